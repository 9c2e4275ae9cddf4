"""All registered methods: no number from thin data, and none without what is not certain of it."""

import math
import re

import pytest

from backend.insights.methods import METHODS
from backend.insights.models import Finding
from backend.insights.statements import Statement
from tests.insights.measured import MINUTE_MS, days_ago, refresh, upload
from tests.insights.risks import be

AN_HOUR = {
    "glucose": ("mg/dL", [100.0] * 12),
    "heart_rate": ("/min", [60.0] * 12),
    "steps": ("{steps}", [80.0] * 12),
    "rr_interval": ("ms", [900.0] * 12),
    "systolic": ("mm[Hg]", [120.0]),
    "diastolic": ("mm[Hg]", [80.0]),
    "body_weight": ("kg", [70.0]),
    "sleep_stage": ("{stage}", [1.0, 0.0]),
    "waist": ("cm", [90.0]),
}


def test_every_method_says_what_it_is_for_and_what_not():
    for method in METHODS.values():
        assert re.search(r"\b(not|no|cannot|nothing|only|trusts|misses)\b", method.purpose.lower())
        assert method.version
        assert method.label


def test_an_empty_record_gives_no_number(cast):
    found = refresh(cast.amina)
    assert set(found) == set(METHODS)
    assert [f.method for f in found.values() if f.value is not None] == []
    assert all(f.abstained for f in found.values())


def test_an_hour_of_everything_gives_no_score(cast):
    be(cast.amina)
    for kind, (unit, values) in AN_HOUR.items():
        upload(cast.amina, kind, days_ago(1, 3), values, unit=unit, step_ms=5 * MINUTE_MS)
    found = refresh(cast.amina)
    assert {f.method for f in found.values() if f.value is not None} <= {"glucose.ahead"}
    assert all(f.abstained for f in Finding.objects.filter(value=None))


@pytest.mark.parametrize("detail", [{}, {"notes": []}])
def test_a_number_without_its_uncertainty_is_no_statement(detail):
    with pytest.raises(ValueError, match="without its uncertainty"):
        Statement(14.7, None, None, detail)
    with pytest.raises(ValueError, match="without its uncertainty"):
        Statement(14.7, 12.0, None, detail)


def test_an_interval_a_count_or_words_are_enough():
    assert Statement(14.7, 12.0, 17.0).value == 14.7
    assert Statement(3.0, None, None).value == 3
    assert Statement(14.7, None, None, {"notes": [{"says": "of people"}]}).value == 14.7
    assert math.isclose(Statement(0.5, 0.0, 1.0).upper or 0, 1.0)

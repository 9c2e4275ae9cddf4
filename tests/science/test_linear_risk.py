"""A stored linear risk: by hand, what is missing, exact parts, and refused when broken."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from backend.science.linear_risk import LinearRisk, Told, risk_of
from backend.science.remedied_risk import Remedy
from tests.insights.judged import MODEL

PERSON = {"stays": 3.0, "age": 80.0, "insulin": "yes"}


def test_a_risk_by_hand_and_what_drives_it():
    told = risk_of(MODEL, PERSON)
    assert isinstance(told, Told)
    odds = -1.5 + 0.4 * (3 - 1) / 2 + 0.3 * 2 + 0.2 * 0.5 - 0.2 * -0.5
    assert told.probability == pytest.approx(1 / (1 + math.exp(-odds)))
    assert told.parts == (
        ("age", pytest.approx(0.6)),
        ("stays", pytest.approx(0.4)),
        ("insulin", pytest.approx(0.2)),
    )
    assert sum(part for _, part in told.parts) + MODEL.intercept == pytest.approx(odds)


def test_a_long_tail_is_capped():
    capped, longer = (risk_of(MODEL, PERSON | {"stays": n}) for n in (5.0, 50.0))
    assert capped == longer


def test_what_is_missing_or_was_never_seen_is_named_and_nothing_is_guessed():
    assert risk_of(MODEL, {"stays": 1.0, "age": None, "insulin": "maybe"}) == [
        "age is missing",
        "insulin is none of yes, no",
    ]
    assert risk_of(MODEL, {}) == ["stays is missing", "age is missing", "insulin is missing"]


def test_it_is_the_same_through_json_and_over_many():
    again = LinearRisk.from_json(json.loads(json.dumps(MODEL.to_json())))
    assert again == MODEL
    columns = {name: np.array([value] * 3) for name, value in PERSON.items()}
    told = risk_of(MODEL, PERSON)
    assert again.probability(columns).tolist() == [told.probability] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"form": "pickle"},
        {"numbers": [{"name": "x"}]},
        {"intercept": "nan"},
        {"levels": None},
        {"remedies": [{"of": "town"}]},
        {"remedies": [{"of": "town", "label": "a", "slope": "inf"}]},
    ],
)
def test_what_is_no_such_model_is_refused(change):
    with pytest.raises(ValueError, match=r"form|whole|finite"):
        LinearRisk.from_json(MODEL.to_json() | change)


MENDED = replace(
    MODEL,
    remedies=(
        Remedy("town", "a", intercept=0.5, slope=1.1),
        Remedy("town", "a", threshold=0.05),
        Remedy("town × sex", "b × male", withheld=True),
    ),
)


def test_remedies_move_a_risk_its_alert_and_its_telling():
    plain = risk_of(MODEL, PERSON)
    odds = math.log(plain.probability / (1 - plain.probability))
    told = risk_of(MENDED, PERSON, {"town": "a", "sex": "male"})
    assert told.probability == pytest.approx(1 / (1 + math.exp(-(0.5 + 1.1 * odds))))
    moved = dict(told.parts)["recalibration"]
    assert sum(part for _, part in plain.parts) + moved == pytest.approx(
        0.5 + 1.1 * odds - MODEL.intercept
    )
    young = PERSON | {"age": 20.0, "stays": 0.0}
    assert [risk_of(MENDED, young, {"town": town, "sex": "female"}).alerts for town in "ac"] == [
        True,
        False,
    ]
    assert risk_of(MENDED, PERSON, {"town": "b", "sex": "female"}) == plain
    (why,) = risk_of(MENDED, PERSON, {"town": "b", "sex": "male"})
    assert why.startswith("no risk is told for town × sex: b × male")
    assert risk_of(MENDED, PERSON) == ["town is missing", "sex is missing"]
    assert LinearRisk.from_json(json.loads(json.dumps(MENDED.to_json()))) == MENDED

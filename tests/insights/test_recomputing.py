"""Findings computed again from what was known then: the same, though more came since."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from backend.core.models import new_id
from backend.insights.models import Finding
from tests.insights.measured import refresh, walk_days, wear_glucose
from tests.people import NOW

GLUCOSE = "glucose.time_in_range"


def told(person, **options):
    out = io.StringIO()
    call_command("recompute_findings", patient=person.id, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_every_finding_comes_out_again_though_data_came_late(cast):
    wear_glucose(cast.amina, first=14, days=10, mg_dl=[110, 190])
    walk_days(cast.amina, first=20, steps=[4000, 6000, 5000, 7000] * 5)
    refresh(cast.amina)
    later = NOW + timedelta(hours=1)
    wear_glucose(cast.amina, first=4, days=4, mg_dl=[60], now=later)
    refresh(cast.amina, now=later)
    found = told(cast.amina)
    assert [one["again"] for one in found if one["method"] == GLUCOSE] == ["same", "same"]
    assert {one["again"] for one in found} == {"same"}


def test_a_finding_that_was_tampered_with_is_found(cast):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=[110, 190])
    refresh(cast.amina)
    Finding.objects.filter(method=GLUCOSE).update(value=99.0)
    with pytest.raises(CommandError, match=f"1 findings came out otherwise: {GLUCOSE}"):
        told(cast.amina)


def test_another_version_is_said_and_so_is_nobody(cast):
    refresh(cast.amina)
    Finding.objects.filter(method=GLUCOSE).update(version="0.1")
    (one,) = told(cast.amina, method=GLUCOSE)
    assert one["again"] == "other version"
    with pytest.raises(CommandError, match="no such patient"):
        call_command("recompute_findings", patient=new_id(), stdout=io.StringIO())

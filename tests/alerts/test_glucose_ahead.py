"""Lows to come reach the team where the plan says so, while the forecast holds."""

from datetime import timedelta

import pytest
from django.db import transaction

from backend.alerts.conditions import conditions_of
from backend.alerts.judging import judge
from backend.patients.access import Category
from backend.streams.plans import set_plan
from tests.insights.measured import FIVE_MIN_MS, refresh, upload
from tests.people import NOW, chart

LOW = {"alarm": "low", "alarm_minutes": 10, "last_mg_dl": 76.0, "tells_team": True}


@pytest.mark.parametrize("change", [{"alarm": ""}, {"alarm": "high"}, {"tells_team": False}])
def test_only_a_low_that_the_plan_tells_is_a_reason_to_look(change):
    assert "76 mg/dL" in judge("glucose.ahead", 62.0, LOW).reason
    assert judge("glucose.ahead", 62.0, LOW | change) is None


def test_it_stands_on_the_worklist_for_two_hours(cast):
    who = cast.amina
    with transaction.atomic():
        by_bo = chart(cast.bo, who, Category.STREAMS, change=True)
        set_plan(by_bo, "glucose", now=NOW, tell_team=True)
    fall = [74.0 + 4 * n for n in range(39, -1, -1)]
    start = NOW - timedelta(minutes=5 * len(fall))
    upload(who, "glucose", start, fall, unit="mg/dL", step_ms=FIVE_MIN_MS)
    refresh(who)
    patients, shared = {who.id: who.patient}, {Category.INSIGHTS: [who.id]}
    for now, keys in ((NOW, ["glucose.ahead"]), (NOW + timedelta(hours=2), [])):
        found = conditions_of(patients, shared, now=now)
        assert [one.key for one in found[who.id] if one.key == "glucose.ahead"] == keys

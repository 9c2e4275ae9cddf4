"""Glucose in the next two hours: told while readings are fresh, with alarms that are told once."""

from datetime import timedelta

import pytest
from django.db import transaction

from backend.insights.glucose_ahead import METHOD
from backend.notices.models import Occurrence
from backend.notices.wording import words_of
from backend.patients.access import Category
from backend.streams.plans import set_plan
from tests.insights.measured import FIVE_MIN_MS, refresh, upload
from tests.people import NOW, chart

LATELY = timedelta(minutes=3)


def wear(who, mg_dl, *, until=NOW - LATELY, now=NOW):
    """Five-minute readings that end at `until`."""
    start = until - timedelta(minutes=5 * (len(mg_dl) - 1))
    upload(who, "glucose", start, mg_dl, unit="mg/dL", step_ms=FIVE_MIN_MS, now=now)


def falling(last, readings=40, step=4.0):
    return [last + step * n for n in range(readings - 1, -1, -1)]


def left(who):
    return list(Occurrence.objects.filter(patient=who.id).order_by("due_at"))


def alarms(who):
    return [one.template for one in left(who) if one.template.startswith("glucose_")]


def test_an_hour_ahead_is_told_with_its_interval_until_two_hours_after_the_last_reading(cast):
    wear(cast.amina, [120.0] * 100)
    told = refresh(cast.amina)[METHOD]
    assert told.lower < told.value < told.upper
    assert told.value == pytest.approx(120, abs=8)
    assert told.valid_until == NOW - LATELY + timedelta(hours=2)
    assert len(told.detail["mean_mg_dl"]) == len(told.detail["lower_mg_dl"]) == 24
    assert told.detail["alarm"] == ""
    assert told.detail["says"].startswith("In an hour your glucose may be about")
    assert alarms(cast.amina) == []


def test_a_fall_alarms_once_an_hour_and_says_what_to_do(cast):
    wear(cast.amina, falling(74.0))
    told = refresh(cast.amina)[METHOD]
    assert told.detail["alarm"] == "low"
    (one,) = [o for o in left(cast.amina) if o.template == "glucose_low"]
    assert one.due_at == NOW
    assert one.grace == timedelta(minutes=20)
    words = words_of("glucose_low", one.values, cast.amina.patient, one.due_at, late=False)
    assert "under 70 mg/dL" in words.body
    assert "70" not in words.lock_screen

    later = NOW + timedelta(minutes=5)
    wear(cast.amina, [72.0], until=later - LATELY, now=later)
    assert refresh(cast.amina, now=later)[METHOD].detail["alarm"] == "low"
    assert alarms(cast.amina) == ["glucose_low"]

    much_later = NOW + timedelta(minutes=65)
    wear(cast.amina, falling(74.0, 10), until=much_later - LATELY, now=much_later)
    refresh(cast.amina, now=much_later)
    assert alarms(cast.amina) == ["glucose_low", "glucose_low"]


def test_a_steep_rise_alarms_of_a_high(cast):
    wear(cast.amina, [120.0] * 40 + [120.0 + 6 * n for n in range(1, 22)])
    assert refresh(cast.amina)[METHOD].detail["alarm"] == "high"
    assert alarms(cast.amina) == ["glucose_high"]


def test_readings_that_come_late_are_not_forecast_from_and_never_alarm(cast):
    wear(cast.amina, falling(80.0), until=NOW - timedelta(minutes=21))
    told = refresh(cast.amina)[METHOD]
    assert told.value is None
    assert not told.is_thin
    assert alarms(cast.amina) == []
    assert refresh(cast.amina, now=NOW + timedelta(days=1))[METHOD].id == told.id


def test_who_is_low_already_gets_no_forecast_of_it(cast):
    wear(cast.amina, falling(66.0))
    assert refresh(cast.amina)[METHOD].detail["alarm"] == ""


def test_a_gap_in_the_last_hour_abstains_in_words(cast):
    wear(cast.amina, [110.0] * 30, until=NOW - timedelta(hours=2))
    wear(cast.amina, [110.0] * 5)
    told = refresh(cast.amina)[METHOD]
    assert told.value is None
    assert told.abstained == "There are 25 minutes of readings since the last gap. We need 60."


def test_the_team_is_told_where_the_plan_says_so(cast):
    wear(cast.amina, falling(74.0))
    assert refresh(cast.amina)[METHOD].detail["tells_team"] is False
    with transaction.atomic():
        by_bo = chart(cast.bo, cast.amina, Category.STREAMS, change=True)
        set_plan(by_bo, "glucose", now=NOW, tell_team=True)
    assert refresh(cast.amina)[METHOD].detail["tells_team"] is True

"""Glucose in the next two hours: told while readings are fresh, with alarms that are told once."""

from datetime import timedelta

import pytest
from django.db import transaction

from backend.core.problems import Invalid
from backend.insights.glucose_ahead import METHOD, record_phone_alarm
from backend.insights.queries import row_of
from backend.notices.models import Delivery, Notice, Occurrence
from backend.notices.wording import words_of
from backend.patients.access import Category
from backend.streams.plans import set_plan
from backend.wire.ids import uuid7
from backend.wire.messages import GlucoseAlarmEvent
from tests.insights.measured import FIVE_MIN_MS, refresh, standing, upload
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


def test_words_are_in_the_patients_unit_and_language(cast):
    wear(cast.amina, falling(74.0))
    refresh(cast.amina)
    patient = cast.amina.patient
    (one,) = [o for o in left(cast.amina) if o.template == "glucose_low"]
    for language, unit, said in (
        ("en", "mmol/L", "under 3.9 mmol/L"),
        ("en", "mg/dL", "under 70 mg/dL"),
        ("es", "mmol/L", "3,9 mmol/L"),
        ("fr", "mmol/L", "3,9 mmol/L"),
        ("pt", "mmol/L", "3,9 mmol/L"),
        ("sw", "mmol/L", "3.9 mmol/L"),
    ):
        patient.language, patient.units = language, {"glucose": unit}
        body = words_of("glucose_low", one.values, patient, one.due_at, late=False).body
        assert said in body
        (told,) = [row for row in told_rows(cast.amina, patient) if row.method == METHOD]
        assert unit in told.detail["says"]


def told_rows(who, patient):
    said = standing(who)
    return [row_of(finding, patient) for finding in said.values()]


def phone_said(kind="low", last=NOW - LATELY, at=NOW, **more):
    return GlucoseAlarmEvent(uuid7(at), at, kind=kind, last_reading_at=last, minutes=15, **more)


def told_by_phone(who, event, now=NOW):
    with transaction.atomic():
        opened = chart(who, who, Category.NOTICES, Category.INSIGHTS, change=True, now=now)
        record_phone_alarm(opened, event, now=now)


def test_what_the_phone_told_by_itself_is_not_told_again(cast):
    last = NOW - timedelta(minutes=12)
    told_by_phone(cast.amina, phone_said(last=last, at=NOW - timedelta(minutes=10)))
    wear(cast.amina, falling(74.0))
    assert refresh(cast.amina)[METHOD].detail["alarm"] == "low"
    assert alarms(cast.amina) == ["glucose_low"]
    (one,) = [o for o in left(cast.amina) if o.template == "glucose_low"]
    assert Delivery.objects.get(key=one.key).outcome == "cancelled"
    card = Notice.objects.get(patient=cast.amina.id, template="glucose_low")
    assert (card.state, card.shown_at) == ("shown", NOW - timedelta(minutes=10))
    assert "under 70 mg/dL" in card.body
    told_by_phone(cast.amina, phone_said(kind="high"))
    assert alarms(cast.amina) == ["glucose_low", "glucose_high"]


def test_the_same_warning_of_both_is_one_notice(cast):
    wear(cast.amina, falling(74.0))
    refresh(cast.amina)
    told_by_phone(cast.amina, phone_said())
    assert alarms(cast.amina) == ["glucose_low"]
    (card,) = Notice.objects.filter(patient=cast.amina.id, template="glucose_low")
    assert card.state == "shown"


def test_a_warning_before_its_reading_is_refused(cast):
    with pytest.raises(Invalid):
        told_by_phone(cast.amina, phone_said(last=NOW + timedelta(minutes=6)))

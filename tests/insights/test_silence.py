"""A stream that stops: one notice, settled when data come, and the line sleeps until then."""

from datetime import timedelta

import pytest
from django.db import transaction

from backend.agenda.actions import work_off
from backend.agenda.models import Line
from backend.core.problems import NotFound
from backend.insights import silence
from backend.insights.models import Silence
from backend.insights.silence import spells, watch_patient
from backend.notices.models import Delivery, Occurrence
from backend.notices.wording import words_of
from backend.patients.access import Category
from backend.streams.merging import merge_patient
from backend.streams.plans import set_plan
from tasks.work import HANDLERS
from tests.insights.measured import days_ago, refresh, upload, wear_glucose
from tests.people import NOW, chart

FIVE_MIN_MS = 300_000
HOUR = timedelta(hours=1)
LAST = days_ago(0, 6)  # six in the morning of a Monday, local; NOW is at ten


def watch(who, *, now=NOW):
    with transaction.atomic():
        merge_patient(who.id, now=now)
        return watch_patient(who.id, now=now)


def wear(who, *, kind="glucose", unit="mg/dL", until=LAST, hours=96, value=110, source="watch"):
    """Five-minute samples up to, and with, this moment."""
    values = [value] * (hours * 12)
    start = until - timedelta(minutes=5 * (len(values) - 1))
    upload(who, kind, start, values, unit=unit, step_ms=FIVE_MIN_MS, source=source)


def said(who):
    return list(Occurrence.objects.filter(patient=who.id, template="no_data").order_by("due_at"))


def settled(occurrence):
    return Delivery.objects.filter(pk=occurrence.key, outcome="cancelled").exists()


def plan(cast, kind, **fields):
    with transaction.atomic():
        set_plan(chart(cast.bo, cast.amina, Category.STREAMS, change=True), kind, now=NOW, **fields)


def test_a_live_stream_sleeps_until_twelve_hours_after_its_last_sample(cast):
    wear(cast.amina)
    assert watch(cast.amina) == LAST + 12 * HOUR
    assert said(cast.amina) == []


def test_a_silence_is_told_once_and_settled_when_data_come(cast):
    wear(cast.amina)
    evening = LAST + 12 * HOUR
    due = watch(cast.amina, now=evening)
    (told,) = said(cast.amina)
    assert told.key == f"silence:{cast.amina.id}:glucose:{int(LAST.timestamp() * 1000)}"
    assert told.due_at == evening  # six in the evening is no quiet hour
    assert due == evening + timedelta(days=14)
    for later in (1, 24, 72):
        watch(cast.amina, now=evening + later * HOUR)
    assert said(cast.amina) == [told]
    assert not settled(told)
    back = evening + 73 * HOUR
    upload(cast.amina, "glucose", back, [99.0], unit="mg/dL", step_ms=1000, now=back)
    assert watch(cast.amina, now=back) == back + 12 * HOUR
    assert settled(told)
    assert Silence.objects.get(patient=cast.amina.id).ended_at == back


def test_the_words_name_the_kind_and_since_when_and_the_lock_screen_neither(cast):
    wear(cast.amina)
    watch(cast.amina, now=LAST + 13 * HOUR)
    (told,) = said(cast.amina)
    words = words_of("no_data", told.values, cast.amina.patient, told.due_at, late=False)
    assert words.title == "No glucose since Monday 23 November"
    assert "no glucose since Monday 23 November at 06:00" in words.body
    assert "lucose" not in words.lock_screen + words.push
    late = words_of("no_data", told.values, cast.amina.patient, told.due_at, late=True)
    assert "no glucose since" in late.body


def test_at_night_it_waits_for_the_end_of_the_quiet_hours(cast):
    wear(cast.amina, until=days_ago(0, 10))
    watch(cast.amina, now=days_ago(0, 22))
    (told,) = said(cast.amina)
    assert told.due_at == days_ago(-1, 8)


def test_a_dead_watch_is_one_trouble_not_three(cast):
    wear(cast.amina, kind="heart_rate", unit="/min", value=60)
    wear(cast.amina, kind="spo2", unit="%", value=97, until=LAST + timedelta(minutes=20))
    wear(cast.amina, kind="respiratory_rate", unit="/min", value=14, until=LAST + 3 * HOUR)
    watch(cast.amina, now=LAST + 12 * HOUR)
    (told,) = said(cast.amina)
    assert told.values["kinds"] == ["heart rate", "oxygen saturation"]
    watch(cast.amina, now=LAST + 15 * HOUR)  # the third, of the same device: nobody asks again
    assert said(cast.amina) == [told]
    assert Silence.objects.filter(patient=cast.amina.id, notice_key=told.key).count() == 3
    back = LAST + 20 * HOUR
    for kind, unit in (("heart_rate", "/min"), ("spo2", "%")):
        upload(cast.amina, kind, back, [80.0], unit=unit, step_ms=1000, now=back)
    watch(cast.amina, now=back)
    assert not settled(told)  # one of three is still away
    upload(cast.amina, "respiratory_rate", back, [14.0], unit="/min", step_ms=1000, now=back)
    watch(cast.amina, now=back)
    assert settled(told)


def test_another_device_that_stops_later_is_another_notice(cast):
    wear(cast.amina, kind="heart_rate", unit="/min", value=60)
    wear(cast.amina, until=LAST + 5 * HOUR, source="G6")
    watch(cast.amina, now=LAST + 12 * HOUR)
    watch(cast.amina, now=LAST + 17 * HOUR)
    assert [one.values["kinds"] for one in said(cast.amina)] == [["heart rate"], ["glucose"]]


def test_late_data_settle_it_and_late_data_that_end_too_early_do_not(cast):
    wear(cast.amina, until=LAST - 20 * HOUR)
    watch(cast.amina, now=NOW)
    (told,) = said(cast.amina)
    wear(cast.amina, until=LAST - 12 * HOUR, hours=8)  # sixteen hours ago by now: silent still
    watch(cast.amina, now=NOW)
    assert not settled(told)
    assert Silence.objects.get(patient=cast.amina.id).last_at == LAST - 12 * HOUR
    wear(cast.amina, until=LAST, hours=12)
    watch(cast.amina, now=NOW)
    assert settled(told)
    assert said(cast.amina) == [told]


def test_a_second_silence_is_told_again_under_its_own_key(cast):
    wear(cast.amina)
    watch(cast.amina, now=LAST + 12 * HOUR)
    wear(cast.amina, until=LAST + 20 * HOUR, hours=7)
    watch(cast.amina, now=LAST + 20 * HOUR)
    watch(cast.amina, now=LAST + 33 * HOUR)
    first, second = said(cast.amina)
    assert settled(first)
    assert not settled(second)


@pytest.mark.parametrize("per_day", [1, 4])
def test_finger_sticks_are_no_sensor_that_could_fall_silent(cast, per_day):
    for n in range(10):
        step = 4 * 3_600_000
        values = [110.0] * per_day
        upload(cast.amina, "glucose", days_ago(10 - n, 7), values, unit="mg/dL", step_ms=step)
    assert watch(cast.amina) is None
    assert said(cast.amina) == []


def test_an_export_of_long_ago_and_a_kind_measured_at_will_are_not_missed(cast):
    wear_glucose(cast.amina, first=60, days=20, mg_dl=[110])
    upload(cast.amina, "body_weight", days_ago(2), [70.0], unit="kg", step_ms=1000)
    assert watch(cast.amina) is None
    assert said(cast.amina) == []


def test_a_silence_of_two_weeks_is_given_up_and_its_card_withdrawn(cast):
    wear(cast.amina)
    due = watch(cast.amina, now=LAST + 12 * HOUR)
    assert watch(cast.amina, now=due) is None
    (told,) = said(cast.amina)
    assert settled(told)
    assert not Silence.objects.filter(patient=cast.amina.id, ended_at=None).exists()


def test_a_plan_shortens_the_wait_and_tells_the_team(cast):
    wear(cast.amina, until=NOW - 2 * HOUR)
    assert watch(cast.amina) == NOW + 10 * HOUR
    plan(cast, "glucose", every_s=1200, tell_team=True)
    watch(cast.amina)
    (told,) = said(cast.amina)
    assert told.due_at == NOW
    (spell,) = spells(chart(cast.bo, cast.amina, Category.INSIGHTS))
    assert (spell.kind, spell.tell_team, spell.last_at) == ("glucose", True, NOW - 2 * HOUR)
    assert [s.pk for s in silence.spells_for_team([cast.amina.id])] == [spell.pk]
    plan(cast, "glucose", every_s=None, tell_team=True)
    watch(cast.amina)
    assert settled(told)
    assert silence.spells_for_team([cast.amina.id]) == []


def test_a_new_plan_has_the_silence_looked_at_at_once(cast):
    wear(cast.amina)
    refresh(cast.amina)
    plan(cast, "glucose", every_s=600)
    assert work_off({silence.SILENCE: HANDLERS[silence.SILENCE]}, now=NOW, rounds=1) == 1
    assert len(said(cast.amina)) == 1


def test_a_planned_weekly_weight_is_missed_after_three_weeks(cast):
    upload(cast.amina, "body_weight", days_ago(22), [70.0], unit="kg", step_ms=1000)
    plan(cast, "body_weight", every_s=7 * 86_400)
    watch(cast.amina)
    (told,) = said(cast.amina)
    assert told.values["kinds"] == ["body weight"]


def test_a_plan_that_does_not_ask_for_it_tells_the_team_nothing(cast):
    wear(cast.amina)
    watch(cast.amina, now=LAST + 13 * HOUR)
    assert len(said(cast.amina)) == 1
    assert silence.spells_for_team([cast.amina.id]) == []


def test_uploads_keep_one_line_that_wakes_when_a_silence_could_begin(cast):
    def line():
        return Line.objects.get(patient=cast.amina.id, kind=silence.SILENCE)

    wear(cast.amina)
    refresh(cast.amina)
    assert line().due_at == NOW + 12 * HOUR
    called = line().called
    for _ in range(3):
        refresh(cast.amina)
    assert line().called == called  # a live stream costs nothing
    watch(cast.amina, now=LAST + 13 * HOUR)
    refresh(cast.amina, now=LAST + 13 * HOUR)
    assert line().called == called + 1  # while it is silent every upload has it looked at


def test_by_agenda_lines_alone(cast):
    wear(cast.amina, until=LAST - 20 * HOUR)
    with transaction.atomic():
        merge_patient(cast.amina.id, now=NOW)
    refresh(cast.amina)
    Line.objects.filter(kind=silence.SILENCE).update(due_at=NOW - HOUR)
    work_off({silence.SILENCE: HANDLERS[silence.SILENCE]}, now=NOW, rounds=1)
    assert len(said(cast.amina)) == 1


def test_one_patients_silence_is_no_others(cast):
    wear(cast.amina)
    wear(cast.stranger, until=NOW)
    for who in (cast.amina, cast.stranger):
        watch(who, now=LAST + 13 * HOUR)
    assert said(cast.stranger) == []
    assert silence.spells_for_team([cast.stranger.id]) == []


def test_a_chart_that_was_not_opened_for_insights_shows_no_spell(cast):
    with pytest.raises(NotFound):
        spells(chart(cast.bo, cast.amina, Category.STREAMS))

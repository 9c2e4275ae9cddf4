"""The limits of nudging hold for any history, zone and clock, whatever the policy wants."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.guidance.envelope import (
    CONTROL_SHARE,
    LIMITS,
    SAY_NOTHING,
    Said,
    why_silent,
    with_control,
)
from backend.patients.models import Patient

START = datetime(2026, 3, 20, tzinfo=UTC)  # a week before European, after American summer time
BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

zones = st.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Africa/Casablanca",
    ]
)
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def silent(now, said=(), *, zone=BERLIN, is_quiet=lambda local: False, **more):
    return why_silent(now, zone=zone, is_quiet=is_quiet, said=said, **more)


def moment(hours):
    return START + hours * HOUR


@st.composite
def lives(draw):
    """Three weeks of moments at which a nudge might be said, and which of them were opened."""
    minutes = draw(st.lists(st.integers(0, 21 * 24 * 60), min_size=1, max_size=150, unique=True))
    return [(START + timedelta(minutes=m), draw(st.booleans())) for m in sorted(minutes)]


@settings(max_examples=150, deadline=None)
@given(lives(), zones, zones, clocks, clocks)
def test_no_life_breaks_a_limit(life, zone, zone_later, quiet_from, quiet_until):
    """Says a nudge whenever it may, moves to another zone half-way, then checks every limit."""
    patient = Patient(quiet_from=quiet_from, quiet_until=quiet_until)
    said = []
    for at, opened in life:
        here = ZoneInfo(zone if at < START + 10 * DAY else zone_later)
        if not silent(at, said, zone=here, is_quiet=patient.is_quiet_at):
            assert not patient.is_quiet_at(at.astimezone(here).time())
            today = at.astimezone(here).date()
            assert sum(s.at.astimezone(here).date() == today for s in said) < LIMITS.a_day
            said.append(Said(at, opened=opened))
    times = [s.at for s in said]
    assert all(
        later - earlier >= LIMITS.gap for earlier, later in zip(times, times[1:], strict=False)
    )
    for at in times:
        assert sum(at - DAY < other <= at for other in times) <= LIMITS.a_day
        assert sum(at - 7 * DAY < other <= at for other in times) <= LIMITS.a_week
    assert_rests(said)


def assert_rests(said):
    """After two in a row that nobody opened, and that had time to be, comes the cool-down."""
    for first, second, third in zip(said, said[1:], said[2:], strict=False):
        had_time = third.at - second.at >= LIMITS.time_to_answer
        if had_time and not first.opened and not second.opened:
            assert third.at - second.at >= LIMITS.cool_down


@given(st.lists(st.integers(0, 500)), st.integers(0, 500))
def test_the_order_of_the_history_does_not_matter(hours, now):
    said = [Said(moment(h), opened=h % 3 == 0) for h in hours]
    assert silent(moment(now), said) == silent(moment(now), said[::-1])


def test_each_reason_has_its_name():
    now = moment(200)
    assert silent(now) == ""
    assert silent(now, opted_out=True) == "opted_out"
    assert silent(now, is_quiet=lambda local: True) == "quiet_hours"
    assert silent(now, [Said(now - HOUR, opened=True)]) == "too_soon"
    assert silent(now, [Said(now - n * 3 * HOUR, opened=True) for n in (1, 2, 3)]) == "day_full"
    week = [Said(now - n * 14 * HOUR, opened=True) for n in range(1, 11)]
    assert silent(now, week) == "week_full"
    assert silent(now, [Said(now - 13 * HOUR), Said(now - 30 * HOUR)]) == "cooling_down"


def test_advice_counts_for_the_gap_but_not_for_the_day():
    now = moment(200)
    assert silent(now, [Said(now - HOUR, nudge=False)]) == "too_soon"
    assert silent(now, [Said(now - n * 3 * HOUR, nudge=False) for n in range(1, 7)]) == ""


def test_one_that_was_just_said_is_not_yet_ignored():
    now = moment(200)
    assert silent(now, [Said(now - 3 * HOUR), Said(now - 30 * HOUR)]) == ""


def test_an_opened_one_ends_the_row_of_ignored_ones():
    now = moment(200)
    said = [Said(now - 50 * HOUR), Said(now - 30 * HOUR, opened=True), Said(now - 13 * HOUR)]
    assert silent(now, said) == ""


def test_a_clock_set_back_does_not_open_the_gate():
    now = moment(200)
    assert silent(now, [Said(now + 5 * HOUR, opened=True)]) == "too_soon"


def test_quiet_hours_are_those_of_the_patients_zone_on_the_days_clocks_change():
    patient = Patient(quiet_from=time(21), quiet_until=time(8))
    # 2026-03-29, Berlin: 07:30 UTC is 09:30 in summer time; the day before, 07:30 UTC was 08:30.
    before, after = (
        datetime(2026, 3, 28, 6, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 6, 30, tzinfo=UTC),
    )
    assert silent(before, is_quiet=patient.is_quiet_at) == "quiet_hours"
    assert silent(after, is_quiet=patient.is_quiet_at) == ""


chances = st.dictionaries(
    st.sampled_from([SAY_NOTHING, "walk", "plan_doses", "check_in"]), st.floats(0, 1)
)


@given(chances)
def test_silence_keeps_its_share_whatever_the_policy_says(probabilities):
    found = with_control(probabilities)
    assert found[SAY_NOTHING] >= CONTROL_SHARE
    assert abs(sum(found.values()) - 1) < 1e-9
    assert all(p >= 0 for p in found.values())


def test_a_policy_that_leaves_room_for_silence_is_not_changed():
    asked = {SAY_NOTHING: 0.4, "walk": 0.35, "check_in": 0.25}
    assert with_control(asked) == pytest.approx(asked)


def test_a_policy_that_has_lost_its_numbers_is_silent():
    nan = float("nan")
    assert with_control({"walk": nan, SAY_NOTHING: nan}) == {SAY_NOTHING: 1.0}
    assert with_control({"walk": float("inf"), "check_in": 0.5})["check_in"] == 0.8

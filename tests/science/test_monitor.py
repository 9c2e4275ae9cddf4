"""The three phases of one medicine, and what a pill monitor's openings tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.adherence import NOT_TAKEN, TAKEN, UNANSWERED
from backend.science.monitor import DueDoses, Implementation, phases
from backend.science.monitor_openings import monitored
from backend.science.refusal import Refusal

NOBODY = np.empty(0, np.int64)
T, N, U = TAKEN, NOT_TAKEN, UNANSWERED


def daily(outcomes, *, minutes_off=0.0, per_day=1):
    """Doses of `per_day` a day from day 100 on."""
    count = len(outcomes)
    off = np.where(np.array(outcomes) == T, minutes_off, np.nan)
    return DueDoses(
        100 + np.arange(count) // per_day,
        np.array(outcomes, np.int64),
        off.astype(np.float64),
        np.full(count, 1440.0 / per_day),
    )


def told(outcomes, *, away=NOBODY, ended=False, **more):
    doses = daily(outcomes, **more)
    return phases(doses, away=np.array(away), today=int(doses.day[-1]) + 1, ended=ended)


def test_each_phase_has_its_own_answer():
    found = told([N, N] + [T] * 20 + [N] * 4 + [T] * 10 + [N] * 14)
    assert (found.initiation.day, found.initiation.days_waited) == (102, 2)
    assert found.initiation.certain
    kept = found.implementation
    # Neither the wait before nor the end after is a matter of implementation.
    assert (kept.doses, kept.taking.percent) == (34, pytest.approx(100 * 30 / 34))
    assert (kept.holidays, kept.longest_holiday_days) == (1, 4)
    assert (found.persistence.state, found.persistence.days) == ("stopped", 34)


def test_who_has_not_begun_has_no_implementation():
    found = told([N] * 20)
    assert (found.initiation.day, found.initiation.certain) == (None, True)
    assert found.implementation is None
    assert found.persistence is None
    assert not told([N] * 10 + [U] * 10).initiation.certain


def test_silence_widens_and_ends_nothing():
    found = told([T] * 20 + [U] * 10 + [T] * 10 + [U] * 15)
    assert found.persistence.state == "unknown"
    assert (found.persistence.days, found.persistence.days_at_most) == (40, None)
    kept = found.implementation
    assert kept.unanswered_percent == pytest.approx(100 * 25 / 55)
    assert kept.taking.percent == pytest.approx(100 * 30 / 55)
    assert kept.taking.upper == 100.0
    assert (kept.holidays, kept.holidays_at_most) == (0, 2)


def test_a_prescriber_who_ends_it_is_no_end_of_persistence():
    found = told([T] * 30 + [U] * 2, ended=True)
    assert (found.persistence.state, found.persistence.days) == ("ended", 30)
    assert found.persistence.days_at_most == 32


def test_hospital_days_are_taken_out_and_part_holidays():
    outcomes = [T] * 20 + [N] * 6 + [T] * 10
    assert told(outcomes).implementation.longest_holiday_days == 6
    found = told(outcomes, away=[122, 123]).implementation
    assert found.doses == 34
    assert found.holidays == 0  # two days before the stay, two after it
    assert found.taking.percent == pytest.approx(100 * 30 / 34)


def test_timing_goes_by_the_time_to_the_next_dose():
    assert told([T] * 20, minutes_off=180).implementation.on_time.percent == 100
    assert told([T] * 20, minutes_off=181).implementation.on_time.percent == 0
    assert told([T] * 40, minutes_off=-90, per_day=2).implementation.on_time.percent == 100
    assert told([T] * 40, minutes_off=-91, per_day=2).implementation.on_time.percent == 0
    assert told([T] * 20, minutes_off=np.nan).implementation.on_time is None


def test_a_day_is_correct_with_all_its_doses():
    kept = told([T, T] * 10 + [T, N] * 10, per_day=2).implementation
    assert kept.taking.percent == 75
    assert kept.correct_days.percent == 50


def test_too_thin():
    assert told([T] * 10).implementation.code == "too_short_with_medicine"
    assert told([T] * 5 + [U] * 30).implementation.code == "too_few_answers"
    assert isinstance(told([T] * 3, away=[100, 101, 102]), Refusal)


@given(
    outcomes=st.lists(st.sampled_from([T, T, N, U]), min_size=1, max_size=80),
    away=st.sets(st.integers(100, 180), max_size=10),
)
def test_laws(outcomes, away):
    found = told(outcomes, away=sorted(away) or NOBODY)
    if isinstance(found, Refusal) or not isinstance(found.implementation, Implementation):
        return
    kept = found.implementation
    for told_share in (kept.taking, kept.correct_days):
        assert 0 <= told_share.lower <= told_share.percent + 1e-9
        assert told_share.percent <= told_share.upper + 1e-9
    assert kept.holidays <= kept.holidays_at_most
    # An answer given later lies within what was told before it.
    later = [T if outcome == U else outcome for outcome in outcomes]
    best = told(later, away=sorted(away) or NOBODY)
    alike = found.initiation.certain and best.persistence.state == found.persistence.state
    if alike and isinstance(best.implementation, Implementation):
        assert best.implementation.taking.percent <= kept.taking.upper + 1e-9


def openings(days, *, at=(480,)):
    return np.array([day * 1440.0 + minute for day in days for minute in at])


def test_openings_of_a_monitor():
    days = [day for day in range(30) if day not in (10, 11, 12, 13, 20)]
    found = monitored(openings(days), doses_a_day=1, away=NOBODY, first_day=0, last_day=29)
    assert (found.days, found.openings) == (30, 25)
    assert found.taking_percent == pytest.approx(100 * 25 / 30)
    assert found.correct_days.percent == pytest.approx(100 * 25 / 30)
    assert (found.holidays, found.longest_holiday_days) == (1, 4)
    assert found.timing.percent == pytest.approx(100 * 22 / 24)
    away = np.array([12])
    parted = monitored(openings(days), doses_a_day=1, away=away, first_day=0, last_day=29)
    assert (parted.days, parted.holidays) == (29, 0)


def test_a_cap_opened_again_at_once_is_one_opening():
    found = monitored(
        openings(range(20), at=(480, 481, 494)),
        doses_a_day=1,
        away=NOBODY,
        first_day=0,
        last_day=19,
    )
    assert (found.openings, found.repeated) == (20, 40)
    twice = monitored(
        openings(range(20), at=(480, 1200)), doses_a_day=1, away=NOBODY, first_day=0, last_day=19
    )
    assert (twice.taking_percent, twice.correct_days.percent) == (200, 0)


def test_few_days_are_too_few():
    found = monitored(openings(range(5)), doses_a_day=1, away=NOBODY, first_day=0, last_day=4)
    assert isinstance(found, Refusal)

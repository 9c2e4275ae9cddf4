"""How sure: intervals of CV, GRI, counts and means by hand and by obvious twins."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.glucose_certainty import cv_interval, gri_interval, weekly
from backend.science.glucose_consensus import glucose_consensus
from backend.science.intervals import jackknife, mean_of, poisson, student_t_975
from backend.science.refusal import Refusal
from backend.science.sleep_regularity import ASLEEP, AWAKE, NOT_WORN
from backend.science.sleep_states import sleep_states
from backend.science.wear import wear

DAY_MS = 86_400_000
STEP_MS = 300_000
VALUES = st.lists(st.floats(40, 390), min_size=40, max_size=40)


def spread(values, days):
    """The readings over so many days, evenly."""
    return np.linspace(0, days * DAY_MS - 1, len(values)).astype(np.int64), np.array(values)


def without_each_day(at, values, number):
    days = at // DAY_MS
    return np.array([number(values[days != day]) for day in np.unique(days)])


@given(VALUES)
def test_cv_interval_equals_leaving_out_each_day_by_hand(values):
    at, values = spread(values, 8)

    def cv(v):
        return 100 * v.std(ddof=1) / v.mean()

    lower, upper = cv_interval(at, values, cv(values), start_ms=0)
    half = jackknife(without_each_day(at, values, cv))
    assert lower == pytest.approx(max(0, cv(values) - half), abs=1e-3)
    assert upper == pytest.approx(cv(values) + half, abs=1e-3)


@given(VALUES)
def test_gri_interval_equals_leaving_out_each_day_by_hand(values):
    at, values = spread(values, 8)

    def gri(v):
        return 100 * np.mean(
            3.0 * (v < 54)
            + 2.4 * ((v >= 54) & (v < 70))
            + 0.8 * ((v > 180) & (v <= 250))
            + 1.6 * (v > 250)
        )

    lower, upper = gri_interval(at, values, min(100.0, gri(values)), start_ms=0)
    half = jackknife(without_each_day(at, values, gri))
    assert upper == pytest.approx(min(100, min(100, gri(values)) + half), abs=1e-6)
    assert 0 <= lower <= upper <= 100


def test_edges_of_the_ranges_weigh_where_the_consensus_puts_them():
    edges = [54, 69.9, 70, 180, 180.1, 250, 250.1, 53.9]
    at, values = spread([v for edge in edges for v in (edge, 120, 120, 120)], 8)
    profile = glucose_consensus(at, values, window=(0, 8 * DAY_MS), limits=False)
    lower, upper = gri_interval(at, values, profile.gri, start_ms=0)
    assert lower < profile.gri < upper


def test_two_days_leave_everything_open():
    at, values = spread([100, 120, 140, 160], 2)
    assert cv_interval(at, values, 20.0, start_ms=0) == (0, math.inf)
    assert gri_interval(at, values, 20.0, start_ms=0) == (0, 100)


@pytest.mark.parametrize(
    ("count", "exact"), [(0, (0, 3.689)), (1, (0.0253, 5.572)), (10, (4.795, 18.39))]
)
def test_poisson_is_near_the_exact_interval(count, exact):
    assert poisson(count) == pytest.approx(exact, abs=0.1)


def test_weekly_counts_the_time_that_was_seen():
    assert weekly(4, 14.0)[0] == 2
    assert weekly(4, 7.0)[0] == 4


def test_mean_of_by_hand():
    middle, half = mean_of(np.array([1.0, 2.0, 3.0]))
    assert (middle, half) == (2, pytest.approx(student_t_975(2) / math.sqrt(3)))
    assert mean_of(np.array([5.0])) == (5, math.inf)


def test_wear_counts_days_without_data_as_none():
    found = wear(np.array([1.0, 0.5, 0.0, 0.25]), np.array([0.8, 0.4, 0.0, 0.0]))
    assert found.hours_per_day == pytest.approx(24 * 1.75 / 4)
    assert (found.days, found.days_with_data, found.thin_days) == (4, 3, 2)
    assert found.last_day_hours == 6
    assert found.coverage_percent == pytest.approx(30)
    assert found.hours_lower <= found.hours_per_day <= found.hours_upper <= 24


def test_two_days_of_wear_are_no_habit():
    found = wear(np.array([0.9, 0.0, 0.9]), np.zeros(3))
    assert isinstance(found, Refusal)
    assert (found.code, found.have) == ("too_few_days_with_data", 2)


HOUR_MS = 3_600_000
EPOCHS = 2880


def states(stages, noons=(0, DAY_MS, 2 * DAY_MS)):
    at = np.array([hour * HOUR_MS for hour, _ in stages], np.int64)
    asleep = np.array([one for _, one in stages], np.bool_)
    return sleep_states(at, asleep, noons, epochs_per_day=EPOCHS)


def test_sleep_lasts_from_its_stage_to_the_next():
    found = states([(11, True), (15, True), (19, False)])
    assert (found == ASLEEP).sum() == 8 * 120
    assert (found[:EPOCHS] == AWAKE).sum() == 16 * 120
    assert (found[EPOCHS:] == NOT_WORN).all()  # a day without a stage is not known


def test_a_night_that_breaks_off_is_not_known_from_there():
    found = states([(11, True), (15, True)])
    assert (found[:EPOCHS] == ASLEEP).sum() == 4 * 120
    assert (found[:EPOCHS] == NOT_WORN).sum() == 9 * 120


def test_a_day_of_23_hours_keeps_its_place_and_one_of_25_is_cut():
    short = states([(11, True), (19, False)], (0, 23 * HOUR_MS, 47 * HOUR_MS))
    assert len(short) == 2 * EPOCHS
    assert (short[:EPOCHS] == NOT_WORN).sum() == 120
    long = states([(11, True), (19, False)], (0, 25 * HOUR_MS))
    assert len(long) == EPOCHS
    assert len(states([], ())) == 0

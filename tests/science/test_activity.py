"""Theil-Sen trend of steps: twin, laws, size, thin data."""

import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.science.activity import ActivityTrend, activity_trend, theil_sen
from backend.science.refusal import Refusal
from tests.science.timing import fastest

walks = st.lists(st.integers(100, 30_000), min_size=14, max_size=40)


def trend(steps, days=None):
    days = range(len(steps)) if days is None else days
    return activity_trend(np.array(list(days), np.int64), np.array(steps, float))


@settings(max_examples=60)
@given(walks)
def test_slope_equals_the_slow_obvious_twin(steps):
    slopes = sorted(
        (steps[j] - steps[i]) / (j - i) for i, j in itertools.combinations(range(len(steps)), 2)
    )
    n, pairs = len(steps), len(slopes)
    spread = 1.959963984540054 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    slope, lower, upper = theil_sen(np.arange(n, dtype=float), np.array(steps, float))
    assert slope == pytest.approx(statistics.median(slopes))
    assert lower == pytest.approx(slopes[round((pairs - spread) / 2) - 1])
    assert upper == pytest.approx(slopes[round((pairs + spread) / 2)])


@given(walks, st.integers(0, 500))
def test_adding_a_line_adds_its_slope(steps, rise):
    one, two = trend(steps), trend([s + rise * day for day, s in enumerate(steps)])
    gained = two.slope_steps_per_day_per_week - one.slope_steps_per_day_per_week
    assert gained == pytest.approx(7 * rise, abs=1e-6)
    assert one.lower_steps_per_day_per_week <= one.slope_steps_per_day_per_week
    assert one.slope_steps_per_day_per_week <= one.upper_steps_per_day_per_week


def test_a_straight_line_has_its_own_slope_and_leaves_no_doubt():
    hours = np.array([0, 0.25, 0.5, 1, 1.5, 2, 4, 6, 8, 12], float)
    line = 3 + 0.5 * hours
    assert theil_sen(hours, line) == pytest.approx((0.5, 0.5, 0.5))


def test_a_marathon_does_not_make_a_trend():
    steps = [5000 + (i % 5) * 100 for i in range(28)]
    steps[20] = 60_000
    found = trend(steps)
    assert found.lower_steps_per_day_per_week <= 0 <= found.upper_steps_per_day_per_week


def test_a_fall_is_seen():
    found = trend([9000 - 100 * i + (i % 3) * 50 for i in range(28)])
    assert found.upper_steps_per_day_per_week < 0
    assert found.change_percent_per_week < -5


def test_days_in_the_drawer_are_no_days_without_walking():
    steps = [8000] * 20 + [0, 3, 20]
    found = trend(steps)
    assert found.days == 20
    assert found.slope_steps_per_day_per_week == 0


def test_under_14_worn_days_is_refused():
    assert trend([8000] * 13 + [0] * 15) == Refusal("too_few_days", 13, 14, "days")
    assert isinstance(trend([8000] * 14), ActivityTrend)
    assert trend([]) == Refusal("too_few_days", 0, 14, "days")


def test_a_year_of_days_takes_little():
    days = np.arange(365)
    assert fastest(lambda: activity_trend(days, 8000 + 500 * np.sin(days))) < 0.2

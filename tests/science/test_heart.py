"""Night resting heart rate: twin, laws, size, and what is refused."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.science.heart import Night, NightComparison, compare_with_usual, night_rate
from backend.science.refusal import Refusal
from tests.science.timing import fastest

MINUTE = 60_000
NIGHT = 7 * 3_600_000
NONE = np.array([], np.int64)


def rate(heart, steps=()):
    """A night out of (instant in ms, value) pairs."""
    heart_ms, heart_values = split(heart)
    step_ms, counts = split(steps)
    return night_rate(heart_ms, heart_values, step_ms, counts, start_ms=0, end_ms=NIGHT)


def split(pairs):
    pairs = sorted(pairs)
    return np.array([p[0] for p in pairs], np.int64), np.array([p[1] for p in pairs], float)


def night(value):
    return Night(300, value, value - 1, value + 1)


def missing():
    return Night(5, math.nan, math.nan, math.nan)


heart_samples = st.lists(
    st.tuples(st.integers(0, NIGHT - 1), st.integers(40, 120)), min_size=80, max_size=400
)
step_samples = st.lists(st.tuples(st.integers(0, 419), st.integers(0, 80)), max_size=60)


@settings(max_examples=50)
@given(heart_samples, step_samples)
def test_night_rate_equals_the_slow_obvious_twin(heart, minutes_with_steps):
    steps = [(minute * MINUTE, count) for minute, count in minutes_with_steps]
    walked = {at // MINUTE for at, count in steps if count > 0}
    minutes = {}
    for at, value in heart:
        if at // MINUTE not in walked:
            minutes.setdefault(at // MINUTE, []).append(value)
    found = rate(heart, steps)
    assert found.minutes == len(minutes)
    if len(minutes) < 60:
        assert math.isnan(found.rate_per_min)
    else:
        twin = statistics.fmean(statistics.fmean(v) for v in minutes.values())
        assert found.rate_per_min == pytest.approx(twin)
        assert found.lower_per_min <= found.rate_per_min <= found.upper_per_min


def test_minutes_with_steps_do_not_count():
    heart = [(m * MINUTE, 55 if m < 200 else 110) for m in range(400)]
    steps = [(m * MINUTE, 20) for m in range(200, 400)]
    assert rate(heart, steps).rate_per_min == 55


def test_samples_outside_the_night_do_not_count():
    heart = [(m * MINUTE, 55) for m in range(-100, 420)] + [(NIGHT, 200)]
    assert rate(heart).rate_per_min == 55


def test_no_heart_rate_is_a_thin_night():
    found = rate([])
    assert found.minutes == 0
    assert math.isnan(found.rate_per_min)


def test_a_night_of_one_second_samples_takes_few_milliseconds():
    at = np.arange(0, NIGHT, 1000, dtype=np.int64)
    values = 55 + np.sin(at / 5e6)
    none = NONE.astype(float)
    assert fastest(lambda: night_rate(at, values, NONE, none, start_ms=0, end_ms=NIGHT)) < 0.05


def test_a_high_night_is_told_apart_from_the_usual_ones():
    usual = [night(56 + i % 3) for i in range(20)]
    found = compare_with_usual([*usual, night(62.0), night(63.0)])
    assert found.usual_per_min == 57
    assert found.above_usual_per_min == 6
    assert found.robust_z > 3
    assert found.nights_high_in_row == 2
    assert found.usual_upper_per_min < 62


def test_one_odd_night_hardly_moves_the_usual_range():
    plain = compare_with_usual([night(56 + i % 3) for i in range(25)])
    with_one = [night(56 + i % 3) for i in range(25)]
    with_one[10] = night(110.0)
    assert compare_with_usual(with_one).usual_per_min == pytest.approx(plain.usual_per_min, abs=1)


@given(st.lists(st.integers(45, 75), min_size=15, max_size=40), st.integers(-10, 10))
def test_shifting_every_night_shifts_everything_and_changes_no_judgement(rates, by):
    one = compare_with_usual([night(float(r)) for r in rates])
    two = compare_with_usual([night(float(r + by)) for r in rates])
    assert two.usual_per_min == pytest.approx(one.usual_per_min + by)
    assert two.robust_z == pytest.approx(one.robust_z)
    assert two.nights_high_in_row == one.nights_high_in_row


@given(st.lists(st.integers(45, 75), min_size=29, max_size=40))
def test_usual_is_the_median_of_the_28_nights_before(rates):
    found = compare_with_usual([night(float(r)) for r in rates])
    before = rates[-29:-1]
    assert found.usual_per_min == statistics.median(before)
    mad = statistics.median(abs(r - statistics.median(before)) for r in before)
    scale = max(1.0, 1.4826 * mad)
    assert found.robust_z == pytest.approx((rates[-1] - statistics.median(before)) / scale)


def test_too_few_nights_are_refused_and_missing_ones_do_not_count():
    nights = [night(57.0)] * 13 + [missing()] * 10 + [night(58.0)]
    assert compare_with_usual(nights) == Refusal("too_few_nights", 13, 14, "nights")
    assert isinstance(compare_with_usual([night(57.0), *nights]), NightComparison)


def test_a_thin_last_night_is_refused():
    found = compare_with_usual([night(57.0)] * 30 + [missing()])
    assert found == Refusal("too_little_night", 5, 60, "min")
    assert compare_with_usual([]) == Refusal("too_little_night", 0, 60, "min")


def test_a_missing_night_ends_the_row_of_high_ones():
    nights = [night(57.0)] * 20 + [night(65.0), missing(), night(65.0)]
    assert compare_with_usual(nights).nights_high_in_row == 1

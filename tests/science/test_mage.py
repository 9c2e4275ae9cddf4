"""MAGE: iglu's ground truth, a slow twin of its steps, laws, size, and what is refused."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.science.mage import half_excursions, mage, on_grid, turning_points
from backend.science.refusal import Refusal
from tests.science.iglu import excursion_rows, readings
from tests.science.timing import fastest

FIVE_MIN = 300_000
traces = st.lists(st.integers(40, 400), min_size=40, max_size=200)


def even(values, start=0):
    return start + FIVE_MIN * np.arange(len(values), dtype=np.int64), np.array(values, float)


def test_mage_is_iglus_on_every_row_of_its_ground_truth():
    at, values = readings("example_data_5_subject.csv")
    rows = excursion_rows()
    assert len(rows) == 18
    for first, last, _, up, down, both in rows:
        found = mage(at[first - 1 : last], values[first - 1 : last])
        assert found.upward_mg_dl == pytest.approx(up, rel=1e-9)
        assert found.downward_mg_dl == pytest.approx(down, rel=1e-9)
        assert found.mage_mg_dl == pytest.approx(both, rel=1e-9)


def test_mage_is_near_what_people_measured_by_hand():
    at, values = readings("example_data_5_subject.csv")
    off = [
        abs(mage(at[first - 1 : last], values[first - 1 : last]).mage_mg_dl / by_hand - 1)
        for first, last, by_hand, *_ in excursion_rows()
    ]
    assert statistics.median(off) < 0.08  # by hand one direction was taken, here both


def slow_average(values, i, window):
    window_end = max(i, window - 1)
    return statistics.fmean(values[window_end - window + 1 : window_end + 1])


def slow_turning_points(values):
    """The description word by word: crossings, then one extreme after the last up to the next."""
    sides = []
    for i in range(len(values)):
        gap = slow_average(values, i, 5) - slow_average(values, i, 32)
        sides.append(0 if abs(gap) < 1e-9 else math.copysign(1, gap))
    crossings, last = [], 0
    for i, side in enumerate(sides):
        if side and last and side != last:
            crossings.append((i, last))
        last = side or last
    if not crossings:
        return []
    points, start = [], 0
    for end, side in [*crossings, (len(values) - 1, last)]:
        within = list(range(start, end + 1))
        if within:
            best = (max if side > 0 else min)(within, key=lambda i: values[i])
            points.append(best)
            start = best + 1
    return points


@settings(max_examples=60)
@given(traces)
def test_turning_points_equal_the_slow_obvious_twin(values):
    # A value's cents keep the averages from being equal but for rounding.
    jagged = [v + (i * 7919 % 997) / 1e4 for i, v in enumerate(values)]
    assert turning_points(np.array(jagged)) == slow_turning_points(jagged)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30), st.integers(1, 20))
def test_half_excursions_exceed_the_threshold_and_alternate(heights, threshold):
    legs = half_excursions([float(h) for h in heights], threshold)
    assert all(abs(leg) > threshold for leg in legs)
    assert all(one * two < 0 for one, two in zip(legs, legs[1:], strict=False))
    if not legs:
        assert max(heights) - min(heights) <= threshold


def test_a_smaller_turn_is_absorbed():
    assert half_excursions([100, 200, 180, 240, 90], 50) == [140, -150]
    assert half_excursions([100, 110, 95, 160], 50) == [65]


@settings(max_examples=40)
@given(traces, st.integers(0, 100), st.sampled_from([2, 4]))
def test_a_shift_changes_nothing_and_a_scale_scales(values, shift, scale):
    one = mage(*even(values))
    two = mage(*even([scale * v + shift for v in values]))
    if isinstance(one, Refusal):
        assert isinstance(two, Refusal)
    else:
        assert two.mage_mg_dl == pytest.approx(scale * one.mage_mg_dl)


def test_a_wave_has_its_own_height():
    found = mage(*even(150 + 60 * np.cos(2 * np.pi * np.arange(1281) / 128)))
    assert found.upward_mg_dl == pytest.approx(120)
    assert found.downward_mg_dl == pytest.approx(120)


def test_a_gap_of_hours_parts_stretches_and_no_excursion_leads_across_it():
    wave = 150 + 30 * np.sin(np.arange(576) / 20)
    one, two = even(wave), even(wave + 200, start=576 * FIVE_MIN + 6 * 3_600_000)
    both = mage(np.concatenate([one[0], two[0]]), np.concatenate([one[1], two[1]]))
    assert both.mage_mg_dl == pytest.approx(mage(*one).mage_mg_dl)


def test_an_hour_without_readings_is_not_filled_and_half_an_hour_is():
    at, values = even(range(30))
    for missing, there in ((11, 19), (5, 30)):  # 60 and 30 minutes from reading to reading
        kept = (np.arange(30) < 10) | (np.arange(30) >= 10 + missing)
        assert len(on_grid(at[kept], values[kept])) == there


def test_flat_and_short_traces_are_refused():
    assert mage(*even([100.0] * 288)) == Refusal("no_excursion", 0, 1, "excursions")
    assert mage(*even([100.0, 200.0] * 15)) == Refusal("too_short_stretch", 150, 160, "min")
    assert mage(*even([])) == Refusal("too_short_stretch", 0, 160, "min")


def test_a_year_takes_less_than_a_tenth_of_a_second():
    at, values = even(140 + 40 * np.sin(np.arange(288 * 365) / 40))
    assert fastest(lambda: mage(at, values)) < 0.1

"""Means at home: by hand, the first day left out, intervals that hold, pairs that confirm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.home_pressure import HomePressure, days_over, home_pressure, very_high
from backend.science.refusal import Refusal

MINUTE = 60_000


def week(systolic, diastolic, *, days=4, a_day=4):
    """The same numbers each day, from day 100 on."""
    at = np.repeat(np.arange(100, 100 + days), a_day)
    return at, np.resize(np.array(systolic, float), len(at)), np.resize(float(diastolic), len(at))


def test_the_first_day_is_left_out_and_the_rest_is_averaged():
    days, top, bottom = week([130, 140, 150, 160], 80)
    top[:4] = 220
    found = home_pressure(days, top, bottom)
    assert (found.days, found.readings) == (3, 12)
    assert found.systolic_mm_hg == 145
    assert found.systolic_lower_mm_hg == found.systolic_upper_mm_hg == 145  # all days are alike
    assert found.high_percent == 75
    assert found.over_135_85_mm_hg == found.surely_over_135_85_mm_hg == 10
    assert found.over_150_95_mm_hg == -5


def test_the_worse_of_the_two_numbers_counts():
    found = home_pressure(*week([120], 97))
    assert found.over_135_85_mm_hg == 12
    assert found.over_150_95_mm_hg == 2
    assert found.surely_under_135_85_mm_hg == -12


def test_days_over_the_limit_are_named_with_the_worse_of_the_two_numbers():
    days, top, bottom = week([130, 140], 80)
    top[4:8] = 120
    bottom[8:12] = 97
    top[12:] = 150
    top[:4] = 220
    assert days_over(days, top, bottom) == [(102, 12), (103, 15)]
    assert days_over(days[:0], top[:0], bottom[:0]) == []


@pytest.mark.parametrize(
    ("made", "refused"),
    [
        (week([], 80, days=0), Refusal("too_few_pressures", 0, 12, "readings")),
        (week([130], 80, days=1, a_day=40), Refusal("too_few_pressures", 0, 12, "readings")),
        (week([130], 80, days=4, a_day=3), Refusal("too_few_pressures", 9, 12, "readings")),
        (week([130], 80, days=3, a_day=6), Refusal("too_few_pressure_days", 2, 3, "days")),
    ],
)
def test_too_little_is_refused(made, refused):
    days, top, bottom = made
    assert home_pressure(days, top[: len(days)], bottom[: len(days)]) == refused


def test_the_interval_holds_the_true_mean_as_often_as_it_says():
    rng, held = np.random.default_rng(3), 0
    for _ in range(400):
        days = np.repeat(np.arange(8), 4)
        top = 140 + rng.normal(0, 6, 8)[days] + rng.normal(0, 5, 32)
        found = home_pressure(days, top, np.full(32, 80.0))
        assert isinstance(found, HomePressure)
        held += found.systolic_lower_mm_hg <= 140 <= found.systolic_upper_mm_hg
    assert 0.92 <= held / 400 <= 0.98


@given(st.lists(st.integers(60, 250), min_size=16, max_size=40))
def test_more_pressure_is_never_a_lower_mean(tops):
    days = np.arange(len(tops)) // 4
    low = home_pressure(days, np.array(tops, float), np.full(len(tops), 80.0))
    high = home_pressure(days, np.array(tops, float) + 1, np.full(len(tops), 80.0))
    if isinstance(low, HomePressure):
        assert high.systolic_mm_hg == pytest.approx(low.systolic_mm_hg + 1)
        assert high.over_135_85_mm_hg >= low.over_135_85_mm_hg


@pytest.mark.parametrize(
    ("minutes", "tops", "times"),
    [
        ([0, 5], [185, 182], 1),
        ([0, 5, 10], [185, 182, 180], 2),
        ([0, 31], [185, 182], 0),
        ([0, 5], [185, 179], 0),
        ([0, 3, 5], [185, 150, 182], 1),
        ([], [], 0),
    ],
)
def test_a_very_high_reading_counts_when_another_confirms_it(minutes, tops, times):
    at = np.array(minutes, np.int64) * MINUTE
    assert len(very_high(at, np.array(tops, float), np.full(len(at), 80.0))) == times
    low = np.full(len(at), 100.0)
    assert len(very_high(at, low, np.where(np.array(tops) >= 180, 110.0, 90.0))) == times

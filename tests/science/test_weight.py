"""Weight: gains on one scale, somebody else on it, slopes that a new scale does not make."""

import numpy as np
import pytest

from backend.science.refusal import Refusal
from backend.science.weight import WeightTrend, weight_gain, weight_trend


def columns(kg, *, scales=None, days=None):
    days = np.arange(len(kg)) if days is None else np.array(days)
    scales = np.zeros(len(kg), int) if scales is None else np.array(scales)
    return days, scales, np.array(kg, float)


def test_a_gain_over_the_lightest_day_of_three_and_of_seven():
    found = weight_gain(*columns([80, 80.5, 80, 80.2, 81, 81.2, 80.9, 83.1]))
    assert found.gain_3_days_kg == pytest.approx(2.2)
    assert found.gain_7_days_kg == pytest.approx(3.1)
    assert found.gain_7_days_lower_kg < 3.1 < found.gain_7_days_upper_kg
    assert found.days_compared == 7


def test_weeks_without_a_near_day_have_no_gain_in_three_days():
    found = weight_gain(*columns([80, 81], days=[0, 5]))
    assert found.gain_3_days_kg is None
    assert found.gain_7_days_kg == 1


def test_another_scale_is_no_gain():
    kg = [80, 80.2, 79.9, 80.1, 83.4, 83.3]
    found = weight_gain(*columns(kg, scales=[0, 0, 0, 0, 1, 1]))
    assert found.gain_7_days_kg == pytest.approx(-0.1)
    assert weight_gain(*columns(kg[:5], scales=[0, 0, 0, 0, 1])) == Refusal(
        "too_few_weights", 1, 2, "days"
    )


def test_somebody_else_on_the_scale_is_left_out():
    found = weight_gain(*columns([80, 80.2, 58, 80.1, 80]))
    assert found.days_left_out == 1
    assert found.gain_7_days_kg < 0.1
    # The last day itself: nothing can be said of it.
    assert isinstance(weight_gain(*columns([80, 80.2, 80, 80.1, 58])), Refusal)


@pytest.mark.parametrize("kg", [[], [80]])
def test_one_day_or_none_is_no_gain(kg):
    assert weight_gain(*columns(kg)).code == "too_few_weights"


def test_gains_by_chance_are_rare_and_real_ones_are_seen():
    rng, false, seen = np.random.default_rng(5), 0, 0
    for _ in range(500):
        kg = 80 + rng.normal(0, 0.4, 28)
        found = weight_gain(*columns(kg))
        false += found.gain_3_days_kg > 2 or found.gain_7_days_kg >= 2.3
        kg[-3:] += [1, 2, 3]
        seen += weight_gain(*columns(kg)).gain_3_days_kg > 2
    assert false / 500 <= 0.01
    assert seen / 500 >= 0.9


def test_the_interval_is_of_a_persons_own_differences():
    rng, held = np.random.default_rng(7), 0
    for _ in range(500):
        kg = 80 + rng.normal(0, 0.5, 40)
        kg[-2] = 80  # so that the lightest day is not the interval's doing
        found = weight_gain(*columns(kg[[*range(30), 38, 39]], days=[*range(30), 38, 39]))
        held += found.gain_7_days_lower_kg <= 0 <= found.gain_7_days_upper_kg
    assert held / 500 >= 0.93


def test_a_slope_is_found_and_three_months_are_told():
    kg = 100 - 0.5 * np.arange(91) / 7
    found = weight_trend(*columns(kg))
    assert found.kg_per_week == pytest.approx(-0.5, abs=0.01)
    assert found.change_percent_3_months == pytest.approx(-6.7, abs=0.2)
    assert found.pace_kg_per_week == -found.kg_per_week
    assert (found.weeks, found.scales) == (13, 1)


def test_a_new_scale_makes_no_slope():
    kg = np.concatenate([np.full(45, 80.0), np.full(46, 83.0)])
    scales = np.repeat([0, 1], [45, 46])
    one = weight_trend(*columns(kg))
    two = weight_trend(*columns(kg, scales=scales))
    assert one.kg_per_week > 0.1
    assert two.kg_per_week == 0
    assert two.scales == 2


def test_the_interval_of_a_slope_holds_nought_where_there_is_none():
    rng, held = np.random.default_rng(9), 0
    for _ in range(300):
        noise = rng.normal(0, 0.3, 91)
        for day in range(1, 91):
            noise[day] += 0.6 * noise[day - 1]
        found = weight_trend(*columns(80 + noise))
        assert isinstance(found, WeightTrend)
        held += found.kg_per_week_lower <= 0 <= found.kg_per_week_upper
    assert held / 300 >= 0.9


def test_three_weeks_are_refused():
    assert weight_trend(*columns([80] * 21)) == Refusal("too_few_weeks_of_weight", 3, 4, "weeks")
    assert weight_trend(*columns([])).have == 0

"""The heart rate in event forecasts: it helps who follows it, and costs others nothing."""

import numpy as np
import pytest

from backend.science.event_forecast import event_forecast
from backend.science.event_heart import heart_shift
from bench.diaries import with_heart
from bench.events import hearts


def test_who_follows_the_heart_gains_and_who_does_not_loses_next_to_nothing():
    found = hearts(8, days=500)
    assert found.value > -0.002  # of few people; bench: 150
    assert found.detail["skill_without"] > -0.002


def test_nothing_is_known_of_later_days():
    rng = np.random.default_rng(3)
    surprise, rate = rng.normal(0, 0.3, 300), rng.normal(70, 3, 300)
    variance = np.full(300, 0.1)
    whole = heart_shift(surprise, variance, rate)
    part = heart_shift(surprise[:200], variance[:200], rate[:200])
    assert whole[:201] == pytest.approx(part)
    assert len(whole) == 301


def test_days_that_were_not_measured_say_nothing():
    shift = heart_shift(np.ones(50), np.full(50, 0.1), np.full(50, np.nan))
    assert (shift == 0).all()


def test_level_and_unit_of_the_heart_do_not_matter():
    rng = np.random.default_rng(5)
    events, rate = with_heart(rng, 400, strength=1.0)
    first, again = event_forecast(events, rate), event_forecast(events, 3 * rate + 20)
    assert again.probability == pytest.approx(first.probability, nan_ok=True)


def test_the_interval_holds_the_chance_of_a_steady_person():
    rng = np.random.default_rng(6)
    held = []
    for _ in range(40):
        chance = rng.uniform(0.1, 0.4)
        told = event_forecast((rng.random(300) < chance).astype(float))
        lower, upper = told.interval
        held.append(lower <= chance <= upper)
        assert lower < told.probability[-1] < upper
    assert np.mean(held) >= 0.85

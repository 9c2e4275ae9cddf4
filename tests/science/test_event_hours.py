"""Hourly forecasts: a person's own hours are used where there are some, and cost little else."""

import numpy as np
import pytest

from backend.science.event_hours import HourForecast, hour_forecast
from backend.science.refusal import Refusal
from bench.diaries import diary, timed
from bench.events import hours


def one(seed, *, strength, days=730):
    rng = np.random.default_rng(seed)
    while True:
        events = timed(rng, diary(rng, days), strength=strength)
        found = hour_forecast(events)
        if isinstance(found, HourForecast):
            return events, found


def test_people_with_hours_gain_and_people_without_do_not_lose():
    found = hours(24)
    assert found.value > 0.003
    assert found.detail["skill_without_hours"] > -0.001
    assert found.detail["auc"] >= 0.6
    assert found.detail["ece"] <= 0.02


def test_hours_of_the_day_add_up_to_the_day():
    _, found = one(5, strength=0.0)
    known = np.isfinite(found.daily.probability)
    none = np.prod(1 - found.probability[known], axis=1)
    assert 1 - none == pytest.approx(found.daily.probability[known], rel=0.35)


def test_nothing_is_known_of_later_days():
    events, found = one(7, strength=0.9)
    before = hour_forecast(events[:600])
    known = np.isfinite(before.baseline)
    assert before.baseline[known] == pytest.approx(found.baseline[:601][known])
    assert before.probability[known] == pytest.approx(found.probability[:601][known], abs=0.02)


def test_the_next_day_is_told_and_days_not_kept_are_left_out():
    events, _ = one(9, strength=0.9)
    events[300:310] = np.nan
    found = hour_forecast(events)
    assert found.probability.shape == (731, 24)
    assert np.isfinite(found.probability[-1]).all()
    assert ((found.probability[-1] > 0) & (found.probability[-1] < 1)).all()


def test_too_little_is_refused_as_for_days():
    assert hour_forecast(np.zeros((0, 24))) == Refusal("too_few_days_kept", 0, 90, "days")
    assert hour_forecast(np.zeros((200, 24))) == Refusal("too_few_events", 0, 20, "events")

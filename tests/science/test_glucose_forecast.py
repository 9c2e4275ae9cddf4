"""Glucose forecasts: GlucoBench's protocol on iglu, laws, sizes, speed, and what is refused."""

import json

import numpy as np
import pytest

from backend.science.conformal import MISSES, bearable_miss, interval, score_quantiles
from backend.science.glucose_forecast import (
    HORIZONS,
    experts,
    forecast_glucose,
    glucose_forecast_weights,
    weights_from_json,
    weights_to_json,
)
from backend.science.glucose_forecast_fit import fit_glucose_forecast, windows_of
from backend.science.glucose_forecast_grid import latest_window, stretches
from backend.science.refusal import Refusal
from bench.glucobench import IGLU, SEEDS, iglu_people, sizes, split
from tests.science.timing import fastest

MINUTE = 60_000


@pytest.fixture(scope="module")
def people():
    return iglu_people()


def splits(people):
    return [split(people, IGLU, seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def seeds(people):
    """Squared errors and coverage of each seed's split, later days and other people."""
    found = {}
    for parts in splits(people):
        if tuple(sizes(parts)) in found:  # five people give few different splits
            continue
        weights = fit_glucose_forecast(parts.train, horizons=12, made_from="iglu")
        row = []
        for series in (parts.test, parts.others):
            seen, ahead = windows_of(series, 192, 12, stride=6, start=192)
            told = forecast_glucose(weights, seen)
            inside = (ahead >= told.lower) & (ahead <= told.upper)
            row += [((told.mean - ahead) ** 2).mean(), inside.mean()]
        found[tuple(sizes(parts))] = row
    return np.array([found[tuple(sizes(parts))] for parts in splits(people)])


def test_the_split_has_glucobenchs_sizes(people):
    assert sizes(split(people, IGLU, 10)) == [9056, 1774, 1848, 1300]


def test_the_published_linear_result_is_reproduced(people):
    squares = {}
    for parts in splits(people):
        if tuple(sizes(parts)) in squares:
            continue
        inputs, outputs = windows_of(parts.train, 192, 12)
        design = np.column_stack([inputs, np.ones(len(inputs))])
        found = np.linalg.solve(design.T @ design, design.T @ outputs)
        seen, ahead = windows_of(parts.test, 192, 12, stride=6, start=192)
        told = np.column_stack([seen, np.ones(len(seen))]) @ found
        squares[tuple(sizes(parts))] = ((told - ahead) ** 2).mean()
    squares = [squares[tuple(sizes(parts))] for parts in splits(people)]
    assert np.mean(squares) == pytest.approx(377.7, abs=1.5)


def test_every_published_model_is_beaten_on_iglu(seeds):
    assert np.sqrt(seeds[:, 0].mean()) <= 19.0
    assert np.sqrt(seeds[:, 2].mean()) <= 20.6


def test_ninety_percent_intervals_hold_ninety_percent_on_every_seed(seeds):
    assert ((seeds[:, [1, 3]] >= 0.87) & (seeds[:, [1, 3]] <= 0.92)).all()


def wave(length, rows=1, noise=0.0):
    rng = np.random.default_rng(3)
    phase = np.arange(length) / 20 + rng.uniform(0, 6, (rows, 1))
    return 130 + 40 * np.sin(phase) + noise * rng.normal(size=(rows, length))


@pytest.mark.parametrize("length", [12, 13, 36, 84, 120, 192])
def test_any_length_of_window_has_ordered_ends_at_every_horizon(length):
    told = forecast_glucose(glucose_forecast_weights(), wave(length, rows=7, noise=3))
    assert told.mean.shape == (7, HORIZONS)
    assert (told.lower < told.mean).all()
    assert (told.mean < told.upper).all()
    wide = (told.upper - told.lower).mean(axis=0)
    assert wide[0] < wide[5] < wide[11]
    assert told.trust.sum(axis=1) == pytest.approx(1)


def test_one_window_is_forecast_as_among_many():
    many = wave(192, rows=1203, noise=5)
    together = forecast_glucose(glucose_forecast_weights(), many)
    for row in (0, 499, 500, 1202):
        alone = forecast_glucose(glucose_forecast_weights(), many[row : row + 1])
        assert alone.mean[0] == pytest.approx(together.mean[row])
        assert alone.lower[0] == pytest.approx(together.lower[row])


def test_a_flat_line_goes_on_and_ar2_is_nightscouts():
    weights = glucose_forecast_weights()
    flat = forecast_glucose(weights, np.full((1, 100), 110.0))
    assert flat.mean[0, 0] == pytest.approx(110, abs=2)
    _, ar2, still = experts(weights.models[12], np.array([[*[150.0] * 11, 160.0]]), 2)
    before, last = np.log(150 / 140), np.log(160 / 140)
    first = 1.716 * last - 0.723 * before
    assert ar2[0] == pytest.approx(140 * np.exp([first, 1.716 * first - 0.723 * last]))
    assert still[0].tolist() == [160, 160]


def test_misses_in_a_windows_past_widen_its_interval():
    # The steps of the last hour, which the scale goes by, are the same in both.
    calm = wave(192)
    wild = calm + 45 * np.sign(np.sin(np.arange(192) / 4.0)) * (np.arange(192) < 170)
    wild[:, 170:] = calm[:, 170:]
    weights = glucose_forecast_weights()
    one, two = (forecast_glucose(weights, windows) for windows in (calm, wild))
    assert (two.upper - two.lower)[0, 11] > (one.upper - one.lower)[0, 11]


def test_weights_survive_their_file():
    weights = glucose_forecast_weights()
    again = weights_from_json(json.loads(json.dumps(weights_to_json(weights))))
    windows = wave(192, rows=3)
    assert forecast_glucose(again, windows).upper == pytest.approx(
        forecast_glucose(weights, windows).upper
    )
    with pytest.raises(ValueError, match=r"version 0\.1"):
        weights_from_json({"version": "0.1"})


def test_score_quantiles_hold_the_share_that_they_say():
    scores = np.random.default_rng(5).normal(size=(20_000, 2))
    table = score_quantiles(scores)
    miss = np.full(len(scores), 0.1)
    lower, upper = interval(table, np.zeros((len(scores), 2)), np.ones(len(scores)), miss)
    assert ((scores >= lower) & (scores <= upper)).mean() == pytest.approx(0.9, abs=0.005)
    assert upper[0] == pytest.approx([1.645, 1.645], abs=0.06)


def test_bearable_miss_is_the_widest_share_that_still_holds():
    table = score_quantiles(np.random.default_rng(6).normal(size=(5000, 1)))
    bearable = bearable_miss(table, np.array([[0.0], [1.7], [-1.7], [9.0]]))[:, 0]
    assert bearable[0] == MISSES[-1]
    assert MISSES[0] < bearable[1] < 0.1
    assert bearable[3] == 0


def readings(minutes, value=120.0):
    return np.array(minutes, np.int64) * MINUTE, np.full(len(minutes), value)


def test_the_latest_window_ends_at_the_last_reading_and_begins_after_the_last_gap():
    at, values = readings([*range(0, 100, 5), *range(140, 241, 5)])
    values[-1] = 130.0
    window = latest_window(at, values)
    assert len(window) == 21
    assert window[-1] == 130
    assert latest_window(*readings(range(0, 3000, 5))).shape == (192,)


@pytest.mark.parametrize(
    ("minutes", "refused"),
    [
        ([], Refusal("no_readings", 0, 4, "readings")),
        (range(0, 55, 5), Refusal("too_short_since_gap", 55, 60, "min")),
        ([0, 31, 36], Refusal("too_short_since_gap", 10, 60, "min")),
        (range(0, 300, 30), Refusal("too_few_readings_lately", 2, 4, "readings")),
    ],
)
def test_short_and_gappy_windows_are_refused(minutes, refused):
    assert latest_window(*readings(list(minutes))) == refused


def test_fifteen_minute_sensors_and_missing_values_are_welcome():
    at, values = readings(range(0, 601, 15))
    values[5] = np.nan
    assert len(latest_window(at, values)) == 121


def test_stretches_part_at_gaps_and_take_a_time_once():
    at, values = readings([0, 5, 5, 10, 15, 50, 55])
    parts = stretches(at, values, longest_gap_min=30, least_readings=3)
    assert [len(part) for part in parts] == [4]


def test_too_little_to_learn_from_is_said():
    with pytest.raises(ValueError, match="at least 4 stretches"):
        fit_glucose_forecast([wave(300)[0]] * 3, made_from="waves")
    with pytest.raises(ValueError, match="no stretch is 108 readings long"):
        fit_glucose_forecast([wave(90)[0]] * 8, made_from="waves")


def test_ten_thousand_forecasts_take_less_than_a_second():
    weights, windows = glucose_forecast_weights(), wave(192, rows=2_000, noise=4)
    # A fifth of them, and time to spare for a machine with other work: bench/forecast.py measures.
    assert fastest(lambda: forecast_glucose(weights, windows)) < 1.0

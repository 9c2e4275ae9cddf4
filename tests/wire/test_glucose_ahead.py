"""The phone's forecast of glucose is the server's: golden vectors through both, and its alarms."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from backend.science.glucose_forecast import (
    WEIGHTS,
    forecast_glucose,
    glucose_forecast_weights,
    weights_from_json,
)
from backend.science.glucose_forecast_grid import latest_window as servers_window
from backend.science.refusal import Refusal
from backend.wire.glucose_ahead import Ahead, digest_of, forecast, latest_window
from backend.wire.glucose_alarm import Alarm, alarm_of
from backend.wire.glucose_treated import AGES_MIN, Taken, leaning, shares, usual_of

GOLDEN = Path(__file__).parents[1] / "science" / "data" / "glucose_ahead_golden.json"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def weights():
    return json.loads(WEIGHTS.read_text())


@pytest.mark.parametrize("golden", json.loads(GOLDEN.read_text()), ids=lambda one: one["name"])
def test_golden_vectors_come_out_of_both(weights, golden):
    window = golden["window"]
    phone = forecast(weights, window)
    server = forecast_glucose(glucose_forecast_weights(), np.array([window]))
    for side in ("mean", "lower", "upper"):
        assert getattr(phone, side) == pytest.approx(golden[side], abs=1e-6)
        assert getattr(server, side)[0] == pytest.approx(golden[side], abs=1e-6)


@pytest.mark.parametrize(
    "minutes",
    [
        range(0, 955, 5),
        [*range(0, 100, 5), *range(140, 241, 5)],
        [n * 5 + n % 3 for n in range(60)],
        range(0, 600, 15),
        range(0, 55, 5),
        range(0, 300, 30),
        [],
    ],
)
def test_both_look_at_the_same_window(minutes):
    at = [minute * MINUTE for minute in minutes]
    mg_dl = [100.0 + (n * 37) % 50 for n in range(len(at))]
    here = latest_window(at, mg_dl)
    there = servers_window(np.array(at, np.int64), np.array(mg_dl))
    if here is None:
        assert isinstance(there, Refusal)
    else:
        assert here == pytest.approx(there)


def test_another_versions_weights_are_refused_and_each_has_its_digest(weights):
    with pytest.raises(ValueError, match=r"version 0\.1"):
        forecast(weights | {"version": "0.1"}, [100.0] * 12)
    assert digest_of(weights) == digest_of(json.loads(json.dumps(weights)))
    assert digest_of(weights) != digest_of(weights | {"version": "0.1"})


def test_weights_of_before_are_read_by_both_and_go_by_the_trust_of_then(weights):
    then = {name: one for name, one in weights.items() if name != "usual"} | {"version": "1.0"}
    window = [110 + 30 * math.sin(n / 9) for n in range(192)]
    phone = forecast(then, window)
    server = forecast_glucose(weights_from_json(then), np.array([window]))
    assert phone.mean == pytest.approx(server.mean[0].tolist(), abs=1e-6)
    assert phone.mean != pytest.approx(forecast(weights, window).mean, abs=1e-6)


def ahead(mean, half=10.0):
    return Ahead(list(mean), [m - half for m in mean], [m + half for m in mean])


@pytest.mark.parametrize(
    ("last", "mean", "told"),
    [
        (90.0, [85, 75, 69, 65, 62, 60], Alarm("low", 70.0, 15)),
        (69.0, [66, 60, 55, 50, 45, 40], None),  # it is there: the reading tells
        (90.0, [88, 85, 84, 69, 85, 85], None),  # one horizon alone
        (230.0, [240, 251, 260, 270, 280, 290], Alarm("high", 250.0, 10)),
        (255.0, [260, 265, 270, 275, 280, 290], None),
        (120.0, [121, 122, 123, 124, 125, 126], None),
    ],
)
def test_an_alarm_takes_two_horizons_and_is_never_about_what_is_there(last, mean, told):
    assert alarm_of(last, ahead(mean)) == told


def test_what_was_taken_counts_by_its_age_as_a_share_of_a_usual_day(weights):
    now = 10 * DAY
    taken = Taken(
        [now - 7 * HOUR, now - 20 * MINUTE, now, now + MINUTE], [9.0, 5.0, 2.0, 4.0], 20.0
    )
    found = shares(taken, now)
    assert len(found) == len(AGES_MIN) - 1
    assert found[:3] == [0.1, 0.25, 0.0]
    assert sum(found) == pytest.approx(0.35)
    assert shares(Taken([now], [5.0], 0.0), now) == [0.0] * 8
    insulin = leaning(weights, ahead([120.0] * 24), [0.0] * 8 + [0.0, 0.0, 0.3] + [0.0] * 5)
    eaten = leaning(weights, ahead([120.0] * 24), [0.3] + [0.0] * 15)
    assert insulin.mean[-1] < 120 < eaten.mean[-1]
    assert insulin.upper[0] - insulin.lower[0] == pytest.approx(20)


def test_a_usual_day_is_of_the_last_week_and_needs_a_day():
    now = 30 * DAY
    daily = [now - n * DAY for n in range(20)][::-1]
    assert usual_of(daily, [12.0] * 20, now) == pytest.approx(12, rel=0.15)
    assert usual_of([now - HOUR], [12.0], now) == 0
    assert usual_of([], [], now) == 0

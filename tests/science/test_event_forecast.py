"""Event forecasts on simulated diaries: skill, cycles, calibration; laws, what is refused."""

import numpy as np
import pytest

from backend.science.event_forecast import event_forecast
from backend.science.refusal import Refusal
from bench.diaries import diary
from bench.events import BANDS, auc, ece, forecasts, skill


# Few people, so that it is quick; bench/events.py has hundreds.
@pytest.fixture(scope="module")
def usual():
    return forecasts(50, 730, seed=1)


@pytest.fixture(scope="module")
def cyclic():
    return forecasts(20, 1095, seed=1, cycle_days=28)


def test_the_90_day_average_is_beaten_on_diaries_without_cycles(usual):
    assert skill(usual) >= 0.005


def test_no_band_of_rates_loses_by_it(usual):
    for low, high in BANDS:
        band = [row for row in usual if low <= row[0].mean() < high]
        assert skill(band) > -0.001


@pytest.mark.parametrize("which", ["usual", "cyclic"])
def test_what_is_forecast_happens_as_often(which, request):
    happened, told, _, _ = zip(*request.getfixturevalue(which), strict=True)
    happened, told = np.concatenate(happened), np.concatenate(told)
    assert ece(told, happened) <= 0.02


def test_an_injected_cycle_is_found_and_used(cyclic):
    periods = [cycle.cycles[0].period_days if cycle.cycles else 0 for *_, cycle in cyclic]
    assert np.mean(np.abs(np.array(periods) / 28 - 1) < 0.1) >= 0.8
    late = [(h[len(h) // 2 :], p[len(p) // 2 :]) for h, p, _, _ in cyclic]
    assert np.median([auc(p, h) for h, p in late if 0 < h.sum() < len(h)]) >= 0.65
    assert skill(cyclic) > 0.01


def test_cycles_are_not_found_where_there_are_none(usual):
    assert np.mean([told.cycles_used for *_, told in usual]) < 0.2


def test_a_forecast_knows_nothing_of_later_days():
    events = diary(np.random.default_rng(11), 500, cycle_days=20)
    cut = 400
    whole, part = event_forecast(events), event_forecast(events[:cut])
    known = np.isfinite(part.probability)
    # Periods are looked for on a grid that follows the diary's length; averages are the same.
    assert whole.probability[: cut + 1][known] == pytest.approx(part.probability[known], abs=0.08)
    assert whole.baseline[: cut + 1][known] == pytest.approx(part.baseline[known])


def test_the_baseline_is_the_plain_mean_of_ninety_days():
    events = (np.random.default_rng(4).random(400) < 0.2).astype(float)
    events[150:160] = np.nan
    told = event_forecast(events)
    for day in (200, 399, 400):
        before = events[day - 90 : day]
        before = before[np.isfinite(before)]
        assert told.baseline[day] == pytest.approx((before > 0).mean())


def test_numbers_begin_with_the_twentieth_event_and_the_ninetieth_day():
    told = event_forecast(np.tile([0.0, 0, 0, 0, 0, 0, 1], 40))
    first = int(np.flatnonzero(np.isfinite(told.probability))[0])
    assert first == 20 * 7
    assert len(told.probability) == 281


@pytest.mark.parametrize(
    ("events", "refused"),
    [
        ([], Refusal("too_few_days_kept", 0, 90, "days")),
        ([1.0, 0.0] * 44, Refusal("too_few_days_kept", 88, 90, "days")),
        ([1.0, *[0.0] * 9] * 19, Refusal("too_few_events", 19, 20, "events")),
        ([1.0, np.nan] * 100, Refusal("no_day_without_events", 0, 1, "days")),
    ],
)
def test_too_little_is_refused(events, refused):
    assert event_forecast(np.array(events)) == refused


def test_every_day_and_no_day_stay_short_of_certain():
    events = np.concatenate([np.ones(300), np.zeros(300)])
    told = event_forecast(events)
    known = told.probability[np.isfinite(told.probability)]
    assert ((known > 0) & (known < 1)).all()
    assert told.probability[-1] < 0.3 < told.probability[300]

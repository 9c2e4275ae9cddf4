"""The chance of an event (a seizure) in each hour, from a diary with times, beside the average.

Most people have hours in which theirs come (circadian cycles: Karoly et al., Lancet Neurol
2021;20:1038; hourly forecasts: Stirling et al., Front Neurol 2021;12:704060). The day's chance, as
event_forecast tells it, is shared out over the day's hours: evenly by default, and by the person's
own hours only once these have foretold the hours of past events better than even ones did, each
event by those before it. Hours are smoothed on the circle and shrunken to even ones.

Below 20 events or 90 days kept there is no forecast, as for days.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.event_forecast import EventForecast, event_forecast
from backend.science.refusal import Refusal

VERSION: Final = "1.1"
HOURS: Final = 24
SHARPNESS: Final = 8.0  # of the von Mises kernel: about an hour and a half to either side
PRIOR_EVENTS: Final = 8.0  # that even hours are worth
LEAST_GAIN: Final = 2.0  # natural logarithms of likelihood: chance alone has it once in seven
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HourForecast:
    """For each hour (columns) of each day of the diary and the one after it (rows).

    NaN where there is not enough before the day. `hours_used`: for the last day.
    """

    probability: Floats
    baseline: Floats  # the 90 days' average number of events, the same for every hour
    hours_used: bool
    daily: EventForecast


def hour_forecast(events: Floats, heart_rate: Floats | None = None) -> HourForecast | Refusal:
    """`events`: days by 24 hours, how many in each, NaN rows for days that were not kept.

    `heart_rate`: the mean of each day, NaN where it was not measured.
    """
    known: NDArray[np.bool_] = np.asarray(np.isfinite(events).all(axis=1))
    a_day = np.where(known, np.nansum(events, axis=1), np.nan)
    daily = event_forecast(a_day, heart_rate)
    if isinstance(daily, Refusal):
        return daily
    happened = np.where(known[:, None], events > 0, False).astype(np.float64)
    share, used = _shares(happened)
    rate = -np.log1p(-daily.probability) * _hours_an_eventful_day(happened)
    return HourForecast(
        probability=1 - np.exp(-rate[:, None] * share),
        baseline=np.repeat(_mean_before(happened, known)[:, None], HOURS, axis=1)
        + 0 * daily.probability[:, None],
        hours_used=bool(used[-1]),
        daily=daily,
    )


def _shares(happened: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Each hour's share of a day's events, from the days before; and whether it is the own one."""
    turn = 2 * np.pi * np.arange(HOURS) / HOURS
    kernel = np.exp(SHARPNESS * (np.cos(turn[:, None] - turn) - 1))
    kernel /= kernel.sum(axis=1, keepdims=True)
    before = _before(happened)
    own = (before @ kernel + PRIOR_EVENTS / HOURS) / (
        before.sum(axis=1, keepdims=True) + PRIOR_EVENTS
    )
    gain = (happened * np.log(own[:-1] * HOURS)).sum(axis=1)
    used = np.concatenate([[0.0], np.cumsum(gain)]) >= LEAST_GAIN
    return np.where(used[:, None], own, 1 / HOURS), used


def _hours_an_eventful_day(happened: Floats) -> Floats:
    """How many hours of a day with events have one, on average before each day; shrunken to one."""
    hours = _before(happened).sum(axis=1)
    days = _before((happened.sum(axis=1) > 0).astype(np.float64))
    return np.asarray((hours + 5.0) / (days + 5.0))


def _mean_before(happened: Floats, known: NDArray[np.bool_]) -> Floats:
    hours, days = _before(happened.sum(axis=1)), _before(known.astype(np.float64))
    start = np.maximum(np.arange(len(hours)) - 90, 0)
    return np.asarray((hours - hours[start]) / np.maximum(days - days[start], 1.0) / HOURS)


def _before(values: Floats) -> Floats:
    """Sums of all days before each day, and before the day after the last."""
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])

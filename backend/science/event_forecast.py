"""The chance of an event (a seizure) on the next day, from a diary, beside the plain average.

A prospective test found that a moving average beats the published deep model at this (Goldenholz
et al. 2024, PMC11166505), so the default is one, shrunken to what is usual and over the length of
history that has served this person best so far. Cycles (Karoly et al., Lancet Neurol 2021;20:1038)
are added only for a person for whom they have beaten that average, on days not yet seen when they
were found; the heart rate (event_heart.py) likewise, where no cycle is in use. Each day is
forecast from the days before it alone.

Below 20 events or 90 days kept there is no forecast.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.event_heart import heart_shift
from backend.science.intervals import wilson
from backend.science.refusal import Refusal

VERSION: Final = "1.1"
LEAST_EVENTS: Final = 20
LEAST_DAYS: Final = 90
BASELINE_DAYS: Final = 90

WINDOWS: Final = (30, 90, 365, 100_000)  # days that an average looks back; the last: all
USUAL_WINDOWS: Final = np.log([0.05, 0.2, 0.3, 0.45])
PRIOR_SHARE, PRIOR_DAYS = 0.1, 3.0

SHORTEST, LONGEST = 4.0, 60.0  # days of a cycle
MOST_DAYS: Final = 1461  # that cycles are looked for in: they wander over years
MOST_CYCLES: Final = 2
USUAL_STRENGTH, CYCLE_SHARE = 0.8, 0.5  # of people's cycles, before the diary is seen
LEAST_POWER: Final = 14.0  # of chi-squared with 2 degrees: chance alone has it once in 15 diaries
REFIT_DAYS: Final = 7
LEAST_BLOCKS: Final = 4  # of those, forecast with cycles before any is believed
LEAST_GAIN: Final = 0.05  # natural logarithms of likelihood
LEAST_HEART_GAIN: Final = 3.0
LEAST_FACTOR: Final = 0.1
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cycle:
    """`strength`: how much of the rate goes up and down with it, 0 to 1 or more."""

    period_days: float
    strength: float


@dataclass(frozen=True, slots=True)
class EventForecast:
    """For each day of the diary and the one after it; NaN where there is not enough before it."""

    probability: Floats
    baseline: Floats  # mean of the 90 days before
    cycles: tuple[Cycle, ...]  # as found in the whole diary
    cycles_used: bool  # for the last forecast
    heart_used: bool
    interval: tuple[float, float]  # 95 %, of the last forecast: how little so many days tell


def event_forecast(events: Floats, heart_rate: Floats | None = None) -> EventForecast | Refusal:
    """`events`: how many on each day, in order, NaN for a day that was not kept.

    `heart_rate`: the mean of each day, NaN where it was not measured.
    """
    known = np.isfinite(events)
    happened = np.where(known, events > 0, 0.0).astype(np.float64)
    if refused := enough(events):
        return refused
    average, days_behind = _average(happened, known)
    old = max(0, len(events) - MOST_DAYS)
    factor, cycles = _cycle_factors(happened[old:], known[old:], average[old:])
    cycled = average.copy()
    cycled[old:] = np.clip(average[old:] * factor, 0.001, 0.98)
    used = _pretested(happened, known, average, cycled)
    told = np.where(used, cycled, average)
    heart_used = np.zeros(len(told), np.bool_)
    if heart_rate is not None:
        hearted = _with_heart(happened, known, average, heart_rate)
        least = LEAST_HEART_GAIN
        heart_used = ~used & _pretested(happened, known, average, hearted, least_gain=least)
        told = np.where(heart_used, hearted, told)
    ready = _ready(events, known)
    return EventForecast(
        probability=np.where(ready, told, np.nan),
        baseline=np.where(ready, _mean_before(happened, known, BASELINE_DAYS), np.nan),
        cycles=cycles,
        cycles_used=bool(used[-1]),
        heart_used=bool(heart_used[-1]),
        interval=wilson(float(told[-1]) * days_behind, days_behind),
    )


def _with_heart(
    happened: Floats, known: NDArray[np.bool_], average: Floats, heart_rate: Floats
) -> Floats:
    surprise = np.where(known, happened - average[:-1], 0.0)
    variance = np.where(known, average[:-1] * (1 - average[:-1]), 0.0)
    odds = average / (1 - average) * np.exp(heart_shift(surprise, variance, heart_rate))
    found: Floats = odds / (1 + odds)
    return found


def enough(events: Floats) -> Refusal | None:
    """What is missing for a forecast of the day after the diary, if anything."""
    known = np.isfinite(events)
    if (days := int(known.sum())) < LEAST_DAYS:
        return Refusal("too_few_days_kept", days, LEAST_DAYS, "days")
    if (count := float(np.nansum(events))) < LEAST_EVENTS:
        return Refusal("too_few_events", count, LEAST_EVENTS, "events")
    if not (events == 0).any():
        # Somebody who notes events only: days without a row are then no days without events.
        return Refusal("no_day_without_events", 0, 1, "days")
    return None


def _ready(events: Floats, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    count = _before(np.where(known, events, 0.0))
    ready: NDArray[np.bool_] = (count >= LEAST_EVENTS) & (
        _before(known.astype(np.float64)) >= LEAST_DAYS
    )
    return ready


def _before(values: Floats) -> Floats:
    """Sum of all days before each day, and before the day after the last."""
    return np.concatenate([[0.0], np.cumsum(values)])


def _sums(values: Floats, window: int) -> Floats:
    total = _before(values)
    start = np.maximum(np.arange(len(total)) - window, 0)
    found: Floats = total - total[start]
    return found


def _mean_before(happened: Floats, known: NDArray[np.bool_], window: int) -> Floats:
    days = _sums(known.astype(np.float64), window)
    return _sums(happened, window) / np.maximum(days, 1.0)


def _average(happened: Floats, known: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Shrunken averages over several lengths, weighted by how likely each made the past.

    With it, how many days the last one is made of.
    """
    days = np.array([_sums(known.astype(np.float64), window) + PRIOR_DAYS for window in WINDOWS])
    events = [_sums(happened, window) + PRIOR_SHARE * PRIOR_DAYS for window in WINDOWS]
    told = np.array(events) / days
    gained = np.where(known, _log_likelihood(happened, told[:, :-1]), 0.0)
    likely = np.array([_before(row) for row in gained]) + USUAL_WINDOWS[:, None]
    weight = np.exp(likely - likely.max(axis=0))
    weight /= weight.sum(axis=0)
    average: Floats = (weight * told).sum(axis=0)
    return average, float((weight[:, -1] * days[:, -1]).sum())


def _log_likelihood(happened: Floats, told: Floats) -> Floats:
    """Of what happened, day by day."""
    found: Floats = np.log(np.where(happened > 0, told, 1 - told))
    return found


def _cycle_factors(
    happened: Floats, known: NDArray[np.bool_], average: Floats
) -> tuple[Floats, tuple[Cycle, ...]]:
    """What each day's average is to be multiplied by, from cycles found before its week."""
    days = len(happened)
    periods = _periods(days)
    waves = np.exp(2j * np.pi * np.arange(days + 1)[:, None] / periods)
    expected = np.where(known, average[:-1], 0.0)
    surprise = np.where(known, happened - average[:-1], 0.0)
    # Days before the average knows anything would look like a slow cycle.
    surprise[:REFIT_DAYS] = expected[:REFIT_DAYS] = 0.0
    sums = np.cumsum(surprise[:, None] * waves[:-1], axis=0)
    variance = np.cumsum(expected * (1 - expected))
    mass = np.cumsum(expected)
    factor = np.ones(days + 1)
    found: list[tuple[int, complex]] = []
    for start in range(LEAST_DAYS, days + 1, REFIT_DAYS):
        seen = start - 1
        found = _peaks(periods, sums[seen], (variance[seen], mass[seen]), start)
        block = slice(start, min(start + REFIT_DAYS, days + 1))
        likely = _likely_strengths(periods, sums[seen], (variance[seen], mass[seen]), start)
        factor[block] += (np.conj(waves[block]) @ likely).real
    cycles = tuple(Cycle(float(periods[place]), float(abs(size))) for place, size in found)
    return np.maximum(factor, LEAST_FACTOR), cycles


def _periods(days: int) -> Floats:
    """So close that the best is in step with any cycle to a quarter turn over the whole diary."""
    spacing = 1 / (2 * max(days, LEAST_DAYS))
    return 1 / np.arange(1 / LONGEST, 1 / SHORTEST, spacing)


def _likely_strengths(
    periods: Floats, sums: NDArray[np.complex128], spread: tuple[float, float], days: int
) -> NDArray[np.complex128]:
    """Each period's (complex) strength by how likely it is that there is such a cycle.

    Averaging over periods, none included, wins over the best one while the evidence is thin.
    """
    variance, mass = spread
    power = 2 * np.abs(sums) ** 2 / max(variance, 1e-9)
    ratio = USUAL_STRENGTH**2 * mass / 2  # of what strengths usually are to their doubt
    held = ratio / (1 + ratio)
    evidence = power / 2 * held - np.log1p(ratio)
    evidence[periods > days / 2] = -np.inf
    most = max(float(evidence.max()), 0.0)
    none = len(periods) * (1 - CYCLE_SHARE) / CYCLE_SHARE * np.exp(-most)
    weight = np.exp(evidence - most)
    strengths: NDArray[np.complex128] = 2 * sums / mass * held * weight / (weight.sum() + none)
    return strengths


def _peaks(
    periods: Floats, sums: NDArray[np.complex128], spread: tuple[float, float], days: int
) -> list[tuple[int, complex]]:
    """The strongest cycles: place in `periods` and (complex) strength, shrunk by their doubt."""
    variance, mass = spread
    power = 2 * np.abs(sums) ** 2 / max(variance, 1e-9)
    frequency = 1 / periods
    power[periods > days / 2] = 0.0  # a cycle must have been seen twice
    found = []
    for _ in range(MOST_CYCLES):
        place = int(np.argmax(power))
        if power[place] < LEAST_POWER:
            break
        size = 2 * sums[place] / mass * (1 - 2 / power[place])
        found.append((place, complex(size)))
        # A peak has shoulders, which are no cycles of their own.
        power[np.abs(frequency - frequency[place]) < 2 / days] = 0.0
    return found


def _pretested(
    happened: Floats,
    known: NDArray[np.bool_],
    average: Floats,
    cycled: Floats,
    *,
    least_gain: float = LEAST_GAIN,
) -> NDArray[np.bool_]:
    """Days on which the cycles have, up to then, forecast better than the average."""
    told = known & (cycled[:-1] != average[:-1])
    gain = _log_likelihood(happened, cycled[:-1]) - _log_likelihood(happened, average[:-1])
    gained = _before(np.where(told, gain, 0.0))
    tried = _before(told.astype(np.float64))
    enough_tried = tried >= LEAST_BLOCKS * REFIT_DAYS
    used: NDArray[np.bool_] = (gained >= least_gain) & enough_tried & (cycled != average)
    return used

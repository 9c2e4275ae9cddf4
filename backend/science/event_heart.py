"""What the heart rate of the days before says of the chance of an event.

Heart rates go up and down over days to weeks, and in many people seizures come at one phase of
that (Karoly et al., Lancet Neurol 2021;20:1038; Stirling et al., Front Neurol 2021;12:704060). A
phase has two parts, how high the last week is and whether it rises; how much each matters is learnt
from the person's own past alone, shrunken to nothing, and told for a day from the days before it.
"""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

WEEK: Final = 7
USUAL_DAYS: Final = 56  # that high and low are measured by
LEAST_KNOWN: Final = 0.5  # of the days of a stretch
FARTHEST: Final = 2.5  # spreads
PRIOR: Final = 6.0  # events' worth of doubt about each part
FARTHEST_SHIFT: Final = 1.5
Floats = NDArray[np.float64]


def heart_shift(surprise: Floats, variance: Floats, rate: Floats) -> Floats:
    """What each day's log odds are to be moved by, and that of the day after; 0: nothing known.

    `surprise`: what happened over what was expected; `variance`: that of what was expected, both 0
    on days that were not kept; `rate`: the heart rate of each day, NaN where it was not measured.
    """
    parts = _parts(rate)
    slopes = [_learnt(surprise, variance, part) for part in parts]
    told = sum(slope * part for slope, part in zip(slopes, parts, strict=True))
    return np.clip(told, -FARTHEST_SHIFT, FARTHEST_SHIFT)


def _learnt(surprise: Floats, variance: Floats, part: Floats) -> Floats:
    """One step of Newton from nothing, anew for each day from the days before it."""
    score = np.concatenate([[0.0], np.cumsum(surprise * part[:-1])])
    weight = np.concatenate([[0.0], np.cumsum(variance * part[:-1] ** 2)])
    found: Floats = score / (weight + PRIOR)
    return found


def _parts(rate: Floats) -> tuple[Floats, Floats]:
    """How high the week before each day is, and how much higher than the week before that."""
    week = _mean_before(rate, WEEK)
    high = week - _mean_before(rate, USUAL_DAYS)
    spread = _mean_before(high[:-1] ** 2, USUAL_DAYS)
    earlier = np.concatenate([np.full(WEEK, np.nan), week])[: len(week)]
    return _scaled(high, spread), _scaled(week - earlier, spread)


def _scaled(part: Floats, spread: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = part / np.sqrt(spread)
    return np.clip(np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0), -FARTHEST, FARTHEST)


def _mean_before(values: Floats, days: int) -> Floats:
    """Of what is known of the days before each day, and before the day after the last."""
    padded = np.concatenate([np.full(days, np.nan), values])
    windows = sliding_window_view(padded, days)
    known = np.isfinite(windows)
    count = known.sum(axis=1)
    total = np.where(known, windows, 0.0).sum(axis=1)
    enough = count >= LEAST_KNOWN * days
    return np.where(enough, total / np.maximum(count, 1), np.nan)

"""MODD: how much one day's glucose differs from the day before's at the same time.

Molnar et al., Diabetologia 1972;8:342 (doi 10.1007/BF01218495): the mean of |G(t) - G(t - 24 h)|.
Only measured readings are paired, the nearest within half the sensor's step: none is invented in a
gap. Days are of 24 h: over a change to summer time the clock is an hour off, as it is in a body.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.glucose import DAY_MS, sensor_interval_ms
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
LEAST_PAIRED_HOURS: Final = 16.8  # 70 % of one day
HOUR_MS: Final = 3_600_000


def modd_mg_dl(
    instants_ms: NDArray[np.int64],
    mg_dl: NDArray[np.float64],
    *,
    least_paired_hours: float = LEAST_PAIRED_HOURS,
) -> float | Refusal:
    """Mean absolute difference from the day before, readings in order; refuses when few pair.

    `least_paired_hours=0` computes from any pair there is.
    """
    step = sensor_interval_ms(instants_ms)
    later, earlier = _pairs(instants_ms, step)
    hours = len(later) * step / HOUR_MS
    if len(later) == 0 or hours < least_paired_hours:
        return Refusal("too_few_paired_hours", round(hours, 1), least_paired_hours, "h")
    return float(np.abs(mg_dl[later] - mg_dl[earlier]).mean())


def _pairs(at: NDArray[np.int64], step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of readings, and of the reading nearest to 24 h before each."""
    if len(at) < 2:
        none = np.array([], np.int64)
        return none, none
    wanted = at - DAY_MS
    right = np.clip(np.searchsorted(at, wanted), 1, len(at) - 1)
    nearest = np.where(wanted - at[right - 1] <= at[right] - wanted, right - 1, right)
    later = np.flatnonzero(2 * np.abs(at[nearest] - wanted) < step)
    return later, nearest[later]

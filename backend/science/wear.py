"""How much of each day a device measured: hours a day, and days that were hardly covered."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import mean_of
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
HOURS: Final = 24.0
LEAST_DAYS: Final = 3  # with data, before a habit can be told
THIN_HOURS: Final = 10.0  # a day under it is no worn day (Troiano et al., MSSE 2008;40:181)


@dataclass(frozen=True, slots=True)
class Wear:
    """Over all days looked at, those without data as none; the interval is of the mean."""

    days: int
    days_with_data: int
    thin_days: int
    hours_per_day: float
    hours_lower: float
    hours_upper: float
    last_day_hours: float


def wear(coverage: NDArray[np.float64]) -> Wear | Refusal:
    """From the share of each day that was measured, in order, 0 where nothing was."""
    with_data = int(np.count_nonzero(coverage > 0))
    if with_data < LEAST_DAYS:
        return Refusal("too_few_days_with_data", with_data, LEAST_DAYS, "days")
    hours = HOURS * np.clip(coverage, 0.0, 1.0)
    middle, half = mean_of(hours)
    return Wear(
        days=len(hours),
        days_with_data=with_data,
        thin_days=int(np.count_nonzero(hours < THIN_HOURS)),
        hours_per_day=middle,
        hours_lower=max(0.0, middle - half),
        hours_upper=min(HOURS, middle + half),
        last_day_hours=float(hours[-1]),
    )

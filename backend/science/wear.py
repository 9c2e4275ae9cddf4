"""How long a device was worn each day, and how much of the day its samples cover.

A watch that saves power measures each five or ten minutes and is worn all the same: two samples at
most a quarter of an hour apart were one wear (a sensor that is scanned writes each fifteen).
Coverage counts the samples themselves, and comes with the day's summary.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import mean_of
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
HOURS: Final = 24.0
LEAST_DAYS: Final = 3  # with data, before a habit can be told
MINUTE_MS: Final = 60_000
WORN_WITHIN: Final = 15  # minutes
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
    coverage_percent: float


def wear(worn: NDArray[np.float64], coverage: NDArray[np.float64]) -> Wear | Refusal:
    """From the shares of each day that it was worn and covered, in order, 0 where nothing was."""
    with_data = int(np.count_nonzero(worn > 0))
    if with_data < LEAST_DAYS:
        return Refusal("too_few_days_with_data", with_data, LEAST_DAYS, "days")
    hours = HOURS * np.clip(worn, 0.0, 1.0)
    middle, half = mean_of(hours)
    return Wear(
        days=len(hours),
        days_with_data=with_data,
        thin_days=int(np.count_nonzero(hours < THIN_HOURS)),
        hours_per_day=middle,
        hours_lower=max(0.0, middle - half),
        hours_upper=min(HOURS, middle + half),
        last_day_hours=float(hours[-1]),
        coverage_percent=100.0 * float(np.clip(coverage, 0.0, 1.0).mean()),
    )


def worn_minutes(worn_ms: NDArray[np.int64], start_ms: int, minutes: int) -> NDArray[np.bool_]:
    """Minutes between two signs of wear that are near each other."""
    near = (worn_ms - start_ms) // MINUTE_MS
    near = near[(near >= -WORN_WITHIN) & (near < minutes + WORN_WITHIN)]
    worn = np.zeros(minutes + 1, np.int64)
    if len(near) == 0:
        return np.zeros(minutes, np.bool_)
    begins, ends = near, near + 1
    close = np.diff(near) <= WORN_WITHIN
    ends[:-1] = np.where(close, near[1:], ends[:-1])
    np.add.at(worn, np.clip(begins, 0, minutes), 1)
    np.add.at(worn, np.clip(ends, 0, minutes), -1)
    covered: NDArray[np.bool_] = np.cumsum(worn)[:minutes] > 0
    return covered

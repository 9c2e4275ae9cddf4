"""A week of active days: minutes out of what a watch counted, and the means of the days.

Four worn days of seven stand for a week (Trost et al., Med Sci Sports Exerc 2005;37:S531). Minutes
are only told where the steps were counted by the minute: hourly sums cannot tell a walk from a
day of pottering.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.active_day import ActiveDay, active_day
from backend.science.intervals import mean_of
from backend.science.refusal import Refusal
from backend.science.wear import MINUTE_MS, worn_minutes

VERSION: Final = "1.0"
LEAST_DAYS: Final = 4
COARSEST_MS: Final = 90_000  # between counts while walking
MOST_STEPS_PER_MIN: Final = 250.0  # nobody walks faster: more is a sum of several minutes
MOST_SUMMED: Final = 0.02  # share of such minutes


@dataclass(frozen=True, slots=True)
class ActiveWeek:
    """Means of the worn days; the interval is of active minutes."""

    worn_days: int
    active_minutes_per_day: float
    active_minutes_lower: float
    active_minutes_upper: float
    steps_per_day: float
    sedentary_bouts_per_day: float
    sedentary_hours_per_day: float
    longest_bout_minutes: int
    worn_hours_per_day: float


def active_week(
    step_ms: NDArray[np.int64],
    step_counts: NDArray[np.float64],
    worn_ms: NDArray[np.int64],
    sleep: Sequence[tuple[int, int]],
    days_ms: Sequence[tuple[int, int]],
) -> ActiveWeek | Refusal:
    """From counts and signs of wear in order, the stretches of sleep, and the days [start, end)."""
    if too_coarse := _too_coarse(step_ms, step_counts):
        return too_coarse
    judged = [_day(step_ms, step_counts, worn_ms, sleep, *edges) for edges in days_ms]
    worn = [day for day in judged if isinstance(day, ActiveDay)]
    if len(worn) < LEAST_DAYS:
        return Refusal("too_few_worn_days", len(worn), LEAST_DAYS, "days")
    middle, half = mean_of(np.array([day.active_minutes for day in worn], np.float64))
    return ActiveWeek(
        worn_days=len(worn),
        active_minutes_per_day=middle,
        active_minutes_lower=max(0.0, middle - half),
        active_minutes_upper=middle + half,
        steps_per_day=_mean([day.steps for day in worn]),
        sedentary_bouts_per_day=_mean([day.sedentary_bouts for day in worn]),
        sedentary_hours_per_day=_mean([day.sedentary_bout_minutes / 60 for day in worn]),
        longest_bout_minutes=max(day.longest_bout_minutes for day in worn),
        worn_hours_per_day=_mean([day.worn_minutes / 60 for day in worn]),
    )


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _too_coarse(at: NDArray[np.int64], counts: NDArray[np.float64]) -> Refusal | None:
    if len(at) < 2:
        return None  # too few days says it better
    closest = float(np.quantile(np.diff(at), 0.25))
    if closest > COARSEST_MS:
        return Refusal("steps_too_coarse", closest / MINUTE_MS, 1.0, "min")
    _, minute = np.unique(at // MINUTE_MS, return_inverse=True)
    per_minute = np.bincount(minute, weights=counts)
    walked = per_minute[per_minute > 0]
    summed = float((walked > MOST_STEPS_PER_MIN).mean()) if len(walked) else 0.0
    return Refusal("steps_too_coarse", 2.0, 1.0, "min") if summed > MOST_SUMMED else None


def _day(
    step_ms: NDArray[np.int64],
    step_counts: NDArray[np.float64],
    worn_ms: NDArray[np.int64],
    sleep: Sequence[tuple[int, int]],
    start_ms: int,
    end_ms: int,
) -> ActiveDay | Refusal:
    minutes = -(-(end_ms - start_ms) // MINUTE_MS)
    first, last = np.searchsorted(step_ms, [start_ms, end_ms])
    minute = (step_ms[first:last] - start_ms) // MINUTE_MS
    steps = np.bincount(minute, weights=step_counts[first:last], minlength=minutes)
    worn = worn_minutes(worn_ms, start_ms, minutes)
    worn[minute[step_counts[first:last] > 0]] = True
    for begin, stop in sleep:
        low, high = (max(0, (edge - start_ms) // MINUTE_MS) for edge in (begin, stop))
        worn[low:high] = False
    return active_day(steps.astype(np.float64), worn)

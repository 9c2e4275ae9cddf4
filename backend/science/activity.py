"""Whether a person walks more or less than before: Theil-Sen slope of daily steps.

Sen, J Am Stat Assoc 1968;63:1379: the median of all pairwise slopes, interval by Kendall's S. One
marathon or one lost day does not tip it. Days of a week are not quite independent: the interval
is a little too narrow where a person has fixed lazy days.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import Z_975
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
LEAST_DAYS: Final = 14
LEAST_STEPS_WORN: Final = 100.0  # a day under this was spent by the device in a drawer
DAYS_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class ActivityTrend:
    """Slope in steps a day, gained or lost each week, with its 95 % interval."""

    days: int
    slope_steps_per_day_per_week: float
    lower_steps_per_day_per_week: float
    upper_steps_per_day_per_week: float
    median_steps_per_day: float
    last_week_mean_steps_per_day: float | None
    change_percent_per_week: float


def activity_trend(
    day_numbers: NDArray[np.int64], steps_per_day: NDArray[np.float64]
) -> ActivityTrend | Refusal:
    """Trend over distinct whole days; days without wear are left out; refuses under 14 days."""
    worn = steps_per_day >= LEAST_STEPS_WORN
    days, steps = day_numbers[worn], steps_per_day[worn]
    if len(days) < LEAST_DAYS:
        return Refusal("too_few_days", len(days), LEAST_DAYS, "days")
    slope, lower, upper = theil_sen(days.astype(np.float64), steps)
    middle = float(np.median(steps))
    recent = steps[days > day_numbers.max() - DAYS_A_WEEK]
    return ActivityTrend(
        days=len(days),
        slope_steps_per_day_per_week=slope * DAYS_A_WEEK,
        lower_steps_per_day_per_week=lower * DAYS_A_WEEK,
        upper_steps_per_day_per_week=upper * DAYS_A_WEEK,
        median_steps_per_day=middle,
        last_week_mean_steps_per_day=float(recent.mean()) if len(recent) else None,
        change_percent_per_week=100.0 * slope * DAYS_A_WEEK / middle,
    )


def theil_sen(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float, float]:
    """Median pairwise slope and its 95 % interval; the x are distinct, three or more."""
    n = len(x)
    i, j = np.triu_indices(n, k=1)
    slopes = np.sort((y[j] - y[i]) / (x[j] - x[i]))
    spread = Z_975 * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = max(0, round((len(slopes) - spread) / 2) - 1)
    high = min(len(slopes) - 1, round((len(slopes) + spread) / 2))
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])

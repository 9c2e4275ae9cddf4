"""Continuous glucose in one profile: mean, variability, time in ranges.

Ranges, targets and the rule of 70 % of 14 days: Battelino et al., Diabetes Care 2019;42:1593
(doi 10.2337/dci19-0028). GMI: Bergenstal et al., Diabetes Care 2018;41:2275 (10.2337/dc18-1581).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import ratio_by_blocks
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
DAY_MS: Final = 86_400_000
LONGEST_INTERVAL_MS: Final = 15 * 60_000  # of a sensor; finger sticks are further apart
SHORTEST_INTERVAL_MS: Final = 60_000
LEAST_ACTIVE_PERCENT: Final = 70.0
LEAST_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class GlucoseProfile:
    """Percentages are of readings; the interval is of time in range, over whole days."""

    readings: int
    days: int
    active_percent: float
    mean_mg_dl: float
    sd_mg_dl: float
    cv_percent: float
    gmi_percent: float
    below_70_percent: float
    below_54_percent: float
    from_54_to_69_percent: float
    in_70_180_percent: float
    from_181_to_250_percent: float
    above_250_percent: float
    in_range_lower_percent: float
    in_range_upper_percent: float


def gmi_percent(mean_mg_dl: float) -> float:
    """Glucose management indicator: the HbA1c that this mean would go with."""
    return 3.31 + 0.02392 * mean_mg_dl


def sensor_interval_ms(instants_ms: NDArray[np.int64]) -> int:
    """The sensor's usual step, kept within what sensors do, so that finger sticks cover little."""
    if len(instants_ms) < 2:
        return LONGEST_INTERVAL_MS
    usual = int(np.median(np.diff(instants_ms)))
    # To the full minute: sensors drift by seconds, and a grid finer than the sensor loses slots.
    rounded = round(usual / 60_000) * 60_000
    return min(max(rounded, SHORTEST_INTERVAL_MS), LONGEST_INTERVAL_MS)


def active_percent(instants_ms: NDArray[np.int64], *, start_ms: int, end_ms: int) -> float:
    """Share of the sensor's slots in the window that hold a reading; two in one slot count once."""
    if len(instants_ms) == 0:
        return 0.0
    step = sensor_interval_ms(instants_ms)
    # Slots stand around the first reading, not the window's start: a drift of seconds stays inside.
    slots = (instants_ms - instants_ms[0] + step // 2) // step
    filled = 1 + int(np.count_nonzero(np.diff(slots)))
    return min(100.0, 100.0 * filled * step / (end_ms - start_ms))


def glucose_profile(
    instants_ms: NDArray[np.int64],
    mg_dl: NDArray[np.float64],
    *,
    start_ms: int,
    end_ms: int,
    least_active_percent: float = LEAST_ACTIVE_PERCENT,
) -> GlucoseProfile | Refusal:
    """The profile of the readings in [start, end), in order; refuses under 70 % coverage.

    `least_active_percent=0` computes where coverage would forbid; no reading at all is refused.
    """
    inside = (instants_ms >= start_ms) & (instants_ms < end_ms) & np.isfinite(mg_dl)
    at, values = instants_ms[inside], mg_dl[inside]
    active = active_percent(at, start_ms=start_ms, end_ms=end_ms)
    if len(values) == 0 or active < least_active_percent:
        return Refusal("too_little_sensor_time", round(active, 1), least_active_percent, "%")
    return _profile(at, values, active, start_ms)


def _profile(
    at: NDArray[np.int64], values: NDArray[np.float64], active: float, start_ms: int
) -> GlucoseProfile:
    mean = float(values.mean())
    sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    share = percent_in_bands(values)
    lower, upper, days = _in_range_interval(at, values, start_ms)
    return GlucoseProfile(
        readings=len(values),
        days=days,
        active_percent=active,
        mean_mg_dl=mean,
        sd_mg_dl=sd,
        cv_percent=100.0 * sd / mean,
        gmi_percent=gmi_percent(mean),
        below_70_percent=share[0] + share[1],
        below_54_percent=share[0],
        from_54_to_69_percent=share[1],
        in_70_180_percent=share[2],
        from_181_to_250_percent=share[3],
        above_250_percent=share[4],
        in_range_lower_percent=lower,
        in_range_upper_percent=upper,
    )


def percent_in_bands(mg_dl: NDArray[np.float64]) -> tuple[float, float, float, float, float]:
    """Percent of readings < 54, 54 to < 70, 70 to 180, > 180 to 250 and > 250 mg/dL: no gaps."""
    n = len(mg_dl)
    under_54, under_70 = np.count_nonzero(mg_dl < 54), np.count_nonzero(mg_dl < 70)
    over_180, over_250 = np.count_nonzero(mg_dl > 180), np.count_nonzero(mg_dl > 250)
    counts = (
        under_54,
        under_70 - under_54,
        n - under_70 - over_180,
        over_180 - over_250,
        over_250,
    )
    one, two, three, four, five = (100.0 * float(count) / n for count in counts)
    return one, two, three, four, five


def days_in_order(at: NDArray[np.int64], start_ms: int) -> NDArray[np.int64]:
    """The day of each reading, counted over the days that have any; readings in order."""
    day = (at - start_ms) // DAY_MS
    return np.concatenate([[0], np.cumsum(np.diff(day) > 0)]).astype(np.int64)


def _in_range_interval(
    at: NDArray[np.int64], values: NDArray[np.float64], start_ms: int
) -> tuple[float, float, int]:
    """95 % interval of time in range, by whole days; all is possible under LEAST_DAYS of them."""
    day = days_in_order(at, start_ms)
    totals = np.bincount(day).astype(np.float64)
    good = ((values >= 70) & (values <= 180)).astype(np.float64)
    hits = np.bincount(day, weights=good).astype(np.float64)
    if len(totals) < LEAST_DAYS:
        return 0.0, 100.0, len(totals)
    middle = 100.0 * float(hits.sum() / totals.sum())
    half = 100.0 * ratio_by_blocks(hits, totals)
    return max(0.0, middle - half), min(100.0, middle + half), len(totals)

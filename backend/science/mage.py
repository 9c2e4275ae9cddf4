"""MAGE: the mean amplitude of glycaemic excursions, from turning points.

Service et al., Diabetes 1970;19:644 (doi 10.2337/diab.19.9.644): excursions larger than one
standard deviation, from nadir to peak or from peak to nadir. Turning points: between the crossings
of a short and a long moving average, as Fernandes et al. describe, J Diabetes Sci Technol
2022;16:576 (doi 10.1177/19322968211061165), with their windows, grid and gaps. MAGE here is the
mean of both directions, over stretches without a long gap, each weighted by its length.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.refusal import Refusal

VERSION: Final = "1.0"
GRID_MS: Final = 5 * 60_000
SHORT_WINDOW: Final = 5  # grid points
LONG_WINDOW: Final = 32
LONGEST_BRIDGED_MS: Final = 45 * 60_000  # a longer gap is not interpolated
LONGEST_GAP_MS: Final = 180 * 60_000  # a longer one parts two stretches


@dataclass(frozen=True, slots=True)
class Mage:
    """Mean of both directions, and each alone; NaN where there is no such excursion."""

    mage_mg_dl: float
    upward_mg_dl: float
    downward_mg_dl: float
    legs: int


def mage(instants_ms: NDArray[np.int64], mg_dl: NDArray[np.float64]) -> Mage | Refusal:
    """MAGE of readings in order; refuses short stretches and those without an excursion."""
    cuts = np.flatnonzero(np.diff(instants_ms) > LONGEST_GAP_MS) + 1
    stretches = [
        on_grid(at, values)
        for at, values in zip(np.split(instants_ms, cuts), np.split(mg_dl, cuts), strict=True)
    ]
    longest = max(len(stretch) for stretch in stretches)
    if longest < LONG_WINDOW:
        minutes = GRID_MS // 60_000
        return Refusal("too_short_stretch", longest * minutes, LONG_WINDOW * minutes, "min")
    found = [_of_stretch(stretch) for stretch in stretches if len(stretch) >= LONG_WINDOW]
    legs = sum(one.legs for _, one in found)
    if legs == 0:
        return Refusal("no_excursion", 0, 1, "excursions")
    return Mage(
        mage_mg_dl=_weighted([(weight, one.mage_mg_dl) for weight, one in found]),
        upward_mg_dl=_weighted([(weight, one.upward_mg_dl) for weight, one in found]),
        downward_mg_dl=_weighted([(weight, one.downward_mg_dl) for weight, one in found]),
        legs=legs,
    )


def on_grid(at: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """One stretch at every full five minutes, straight lines between readings; gaps left out."""
    if len(at) == 0:
        return values
    grid = np.arange(-(-at[0] // GRID_MS) * GRID_MS, at[-1] + 1, GRID_MS)
    right = np.searchsorted(at, grid)
    measured = at[right] == grid
    bridged = at[right] - at[np.maximum(right - 1, 0)] <= LONGEST_BRIDGED_MS
    kept: NDArray[np.bool_] = measured | bridged
    filled: NDArray[np.float64] = np.interp(grid[kept], at, values)
    return filled


def _of_stretch(values: NDArray[np.float64]) -> tuple[int, Mage]:
    heights = [float(values[i]) for i in turning_points(values)]
    legs = half_excursions(heights, float(values.std(ddof=1)))
    up, down = _mean([leg for leg in legs if leg > 0]), _mean([-leg for leg in legs if leg < 0])
    both = _mean([mean for mean in (up, down) if not math.isnan(mean)])
    return len(values), Mage(both, up, down, len(legs))


def turning_points(values: NDArray[np.float64]) -> list[int]:
    """Indices of peaks and nadirs in turn: one between each two crossings of the averages."""
    side = np.sign(_moving_mean(values, SHORT_WINDOW) - _moving_mean(values, LONG_WINDOW))
    sided = np.flatnonzero(side)
    crossed = sided[1:][side[sided[1:]] != side[sided[:-1]]]
    if len(crossed) == 0:
        return []
    above = np.concatenate([[-side[crossed[0]]], side[crossed]]) > 0
    points: list[int] = []
    start = 0
    for end, is_peak in zip([*crossed.tolist(), len(values) - 1], above.tolist(), strict=True):
        if start > end:
            continue
        within = values[start : end + 1]
        # From the last turning point, not from the crossing: a quick turn lies before its crossing.
        points.append(start + int(within.argmax() if is_peak else within.argmin()))
        start = points[-1] + 1
    return points


def _moving_mean(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Of the last `window` values; the first full one stands for those before it."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    full = (total[window:] - total[:-window]) / window
    return np.concatenate([np.full(window - 1, full[0]), full])


def half_excursions(heights: list[float], threshold: float) -> list[float]:
    """Signed amplitudes, alternating, of the rises and falls that exceed the threshold."""
    begun = _first_leg(heights, threshold)
    if begun is None:
        return []
    start, end = begun
    rising = heights[end] > heights[start]
    legs: list[float] = []
    for now in range(end + 1, len(heights)):
        change = heights[now] - heights[end]
        if change == 0 or (change > 0) == rising:
            end = now  # goes on: the smaller turn between is absorbed
        elif abs(change) > threshold:
            legs.append(heights[end] - heights[start])
            start, end, rising = end, now, not rising
    return [*legs, heights[end] - heights[start]]


def _first_leg(heights: list[float], threshold: float) -> tuple[int, int] | None:
    low = high = 0
    for now, height in enumerate(heights):
        if height - heights[low] > max(threshold, heights[high] - height):
            return low, now
        if heights[high] - height > threshold:
            return high, now
        low = now if height < heights[low] else low
        high = now if height > heights[high] else high
    return None


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else math.nan


def _weighted(pairs: list[tuple[int, float]]) -> float:
    """Mean of the numbers there are, each with its weight."""
    known = [(weight, number) for weight, number in pairs if not math.isnan(number)]
    total = sum(weight for weight, _ in known)
    return sum(weight * number for weight, number in known) / total if known else math.nan

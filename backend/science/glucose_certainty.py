"""How sure the numbers of two weeks of glucose are: 95 % intervals, one day left out at a time.

Readings of one day are alike, so whole days are the blocks (see intervals.py). Episodes are
counted, so theirs is a Poisson interval.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.glucose import LEAST_DAYS, days_in_order
from backend.science.glucose_risk import MOST_GRI
from backend.science.intervals import jackknife, poisson, ratio_by_blocks

DAYS_A_WEEK: Final = 7.0
WEIGHTS: Final = (3.0, 2.4, 0.0, 0.8, 1.6)  # of GRI: < 54, 54 to 69, in range, 181 to 250, > 250
EDGES: Final = (54.0, 70.0, np.nextafter(180.0, 181.0), np.nextafter(250.0, 251.0))

Span = tuple[float, float]


def cv_interval(
    at: NDArray[np.int64], mg_dl: NDArray[np.float64], cv_percent: float, *, start_ms: int
) -> Span:
    """Of the coefficient of variation."""
    day, days = _days(at, start_ms)
    if days < LEAST_DAYS:
        return 0.0, np.inf
    n = np.bincount(day).astype(np.float64)
    # Around the mean, so that squares of large numbers leave no rounding behind.
    middle = float(mg_dl.mean())
    off = mg_dl - middle
    sums, squares = np.bincount(day, weights=off), np.bincount(day, weights=off**2)
    left, left_sum = n.sum() - n, sums.sum() - sums
    variance = (squares.sum() - squares - left_sum**2 / left) / (left - 1)
    without = 100.0 * np.sqrt(np.maximum(variance, 0.0)) / (middle + left_sum / left)
    half = jackknife(without)
    return max(0.0, cv_percent - half), cv_percent + half


def gri_interval(
    at: NDArray[np.int64], mg_dl: NDArray[np.float64], gri: float, *, start_ms: int
) -> Span:
    """Of the glycaemia risk index, which is a weighted share of readings."""
    day, days = _days(at, start_ms)
    if days < LEAST_DAYS:
        return 0.0, MOST_GRI
    weight = np.array(WEIGHTS)[np.searchsorted(EDGES, mg_dl, side="right")]
    totals = np.bincount(day).astype(np.float64)
    half = 100.0 * ratio_by_blocks(np.bincount(day, weights=weight).astype(np.float64), totals)
    return max(0.0, gri - half), min(MOST_GRI, gri + half)


def weekly(count: int, active_days: float) -> tuple[float, float, float]:
    """Episodes in a week of sensor time, and the interval."""
    lower, upper = poisson(count)
    a_week = DAYS_A_WEEK / active_days
    return count * a_week, lower * a_week, upper * a_week


def _days(at: NDArray[np.int64], start_ms: int) -> tuple[NDArray[np.int64], int]:
    day = days_in_order(at, start_ms)
    return day, int(day[-1]) + 1

"""Conformal intervals: what share of past errors was larger, for the next one.

Split conformal prediction (Vovk et al. 2005; Lei et al., JASA 2018;113:1094) on errors over a local
scale, each side by itself, since glucose errs upwards more than downwards; and adaptive conformal
inference (Gibbs & Candès, NeurIPS 2021), which widens after misses and narrows after hits.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final = "1.0"
TARGET_MISS: Final = 0.1
LEAST_MISS, MOST_MISS = 0.005, 0.4  # how far adaptation may go
Floats = NDArray[np.float64]

# Shares of misses that quantiles are kept for, two sides together.
MISSES: Final = np.array([0.005, 0.02, 0.05, 0.08, 0.1, 0.12, 0.16, 0.25, 0.4])


@dataclass(frozen=True, slots=True)
class ScoreQuantiles:
    """By share of misses and horizon, the scaled errors at both ends."""

    lower: Floats
    upper: Floats


def score_quantiles(scores: Floats) -> ScoreQuantiles:
    """From scaled errors, calibration rows by horizons, with the finite-sample correction."""
    rows = len(scores)
    share = np.minimum(1.0, (1 - MISSES / 2) * (rows + 1) / rows)
    return ScoreQuantiles(
        lower=-np.quantile(-scores, share, axis=0), upper=np.quantile(scores, share, axis=0)
    )


def interval(
    table: ScoreQuantiles, mean: Floats, scale: Floats, miss: Floats
) -> tuple[Floats, Floats]:
    """Lower and upper ends for each row of `mean` (rows by horizons); one scale and miss a row."""
    place = np.interp(miss, MISSES, np.arange(len(MISSES), dtype=np.float64))
    below = np.minimum(place.astype(np.int64), len(MISSES) - 2)
    part = (place - below)[:, None]
    ends = [
        (1 - part) * side[below, : mean.shape[1]] + part * side[below + 1, : mean.shape[1]]
        for side in (table.lower, table.upper)
    ]
    return mean + scale[:, None] * ends[0], mean + scale[:, None] * ends[1]


def bearable_miss(table: ScoreQuantiles, scores: Floats) -> Floats:
    """The largest share of misses whose interval would still have held each scaled error.

    `scores` ends in horizons. A step function on MISSES; 0 where no interval would have held it.
    """
    horizons = scores.shape[-1]
    held = np.zeros(scores.shape, np.int8)
    for low, high in zip(table.lower[:, :horizons], table.upper[:, :horizons], strict=True):
        held += (scores >= low) & (scores <= high)
    return np.concatenate([[0.0], MISSES])[held]


def adapt(miss: Floats, missed: Floats, *, rate: float, target: float = TARGET_MISS) -> Floats:
    """The share of misses to aim at next, after the share that was missed just now."""
    return np.minimum(np.maximum(miss + rate * (target - missed), LEAST_MISS), MOST_MISS)

"""Readings on an even five-minute grid: stretches to learn from, the latest one to forecast.

Stretches are GlucoBench's (Sergazinov et al., ICLR 2024): times to the minute, parted where nothing
was read for longer than the gap allows, linear between readings. Nothing is invented across a gap.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.refusal import Refusal

STEP_MIN: Final = 5
LONGEST_GAP_MIN: Final = 30
LEAST_POINTS: Final = 12  # an hour, the shortest that the model was made for
LEAST_READ: Final = 4  # readings in that hour: a sensor that reads every 15 minutes has them
MOST_POINTS: Final = 192  # 16 h; older readings are not looked at
MINUTE_MS: Final = 60_000


def stretches(
    at_ms: NDArray[np.int64],
    mg_dl: NDArray[np.float64],
    *,
    longest_gap_min: int = LONGEST_GAP_MIN,
    least_readings: int = LEAST_POINTS,
) -> list[NDArray[np.float64]]:
    """One person's readings, in order, as even stretches; short ones are left out."""
    if len(at_ms) == 0:
        return []
    minutes = np.rint(at_ms / MINUTE_MS)
    fresh = np.concatenate([[True], np.diff(minutes) > 0])
    minutes, mg_dl = minutes[fresh], mg_dl[fresh]
    cuts = np.flatnonzero(np.diff(minutes) > longest_gap_min) + 1
    found = []
    for when, values in zip(np.split(minutes, cuts), np.split(mg_dl, cuts), strict=True):
        if len(when) >= least_readings:
            grid = np.arange(when[0], when[-1] + 0.5, STEP_MIN)
            found.append(np.interp(grid, when, values))
    return found


def latest_window(
    at_ms: NDArray[np.int64], mg_dl: NDArray[np.float64]
) -> NDArray[np.float64] | Refusal:
    """Up to 16 h on a grid that ends at the last reading, or why no forecast is made from it."""
    order = np.argsort(at_ms, kind="stable")
    minutes, values = at_ms[order] / MINUTE_MS, mg_dl[order]
    known = np.isfinite(values)
    minutes, values = minutes[known], values[known]
    if len(minutes) == 0:
        return Refusal("no_readings", 0, LEAST_READ, "readings")
    gaps = np.flatnonzero(np.diff(minutes) > LONGEST_GAP_MIN)
    start = int(gaps[-1]) + 1 if len(gaps) else 0
    minutes, values = minutes[start:], values[start:]
    points = min(MOST_POINTS, int((minutes[-1] - minutes[0]) / STEP_MIN + 0.01) + 1)
    if points < LEAST_POINTS:
        return Refusal("too_short_since_gap", points * STEP_MIN, LEAST_POINTS * STEP_MIN, "min")
    lately = int(np.count_nonzero(minutes > minutes[-1] - LEAST_POINTS * STEP_MIN))
    if lately < LEAST_READ:
        return Refusal("too_few_readings_lately", lately, LEAST_READ, "readings")
    grid = minutes[-1] - STEP_MIN * np.arange(points - 1, -1, -1)
    window: NDArray[np.float64] = np.interp(grid, minutes, values)
    return window

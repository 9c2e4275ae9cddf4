"""Asleep, awake or not known, epoch by epoch, out of the sleep stages that a device wrote.

A stage begins at its instant and lasts to the next. Devices write stages of the night alone: on a
day (noon to noon) with a night on it, the hours before and after are awake. A night that ends
without waking broke off: what follows is not known, nor is a day without any stage.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.sleep_regularity import ASLEEP, AWAKE, NOT_WORN

EPOCH_MS: Final = 30_000
LONGEST_STAGE_MS: Final = (
    14 * 3_600_000
)  # many devices write one stage a night; longer is a lost end


def sleep_states(
    instants_ms: NDArray[np.int64],
    asleep: NDArray[np.bool_],
    noons_ms: Sequence[int],
    *,
    epochs_per_day: int,
) -> NDArray[np.int8]:
    """One row of states over the days between noons; a day of 23 or 25 h is cut at its end."""
    days = [
        _day(instants_ms[a:b], asleep[a:b], start, min(end, start + epochs_per_day * EPOCH_MS))
        for (start, end) in zip(noons_ms, noons_ms[1:], strict=False)
        for a, b in [np.searchsorted(instants_ms, [start, end])]
    ]
    whole = np.full((len(days), epochs_per_day), NOT_WORN, np.int8)
    for row, states in zip(whole, days, strict=True):
        row[: len(states)] = states
    return whole.ravel()


def _day(
    at: NDArray[np.int64], asleep: NDArray[np.bool_], start_ms: int, end_ms: int
) -> NDArray[np.int8]:
    epochs = (end_ms - start_ms) // EPOCH_MS
    if len(at) == 0:
        return np.full(epochs, NOT_WORN, np.int8)
    middle = start_ms + EPOCH_MS * np.arange(epochs) + EPOCH_MS // 2
    place = np.searchsorted(at, middle, side="right") - 1
    begun = place >= 0
    inside = np.maximum(place, 0)
    states = np.where(begun & asleep[inside], ASLEEP, AWAKE).astype(np.int8)
    lost = begun & asleep[inside] & (middle - at[inside] > LONGEST_STAGE_MS)
    # Asleep to the last: nobody wrote when it ended.
    broken_off = begun & (place == len(at) - 1) & asleep[-1]
    states[lost | broken_off] = NOT_WORN
    return states

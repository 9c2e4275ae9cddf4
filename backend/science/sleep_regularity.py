"""The sleep regularity index: how alike, 24 hours apart, a person is asleep or awake.

Phillips et al., Sci Rep 2017;7:3216 (doi 10.1038/s41598-017-03171-4): 100 for the same every day, 0
for chance, -100 for the opposite. As in GGIR an epoch that was not worn is missing, and pairs with
a missing half do not count.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import ratio_by_blocks
from backend.science.refusal import Refusal

VERSION: Final = "1.1"
ASLEEP, AWAKE, NOT_WORN = 1, 0, -1
LEAST_DAYS: Final = 7
LEAST_WORN_PERCENT: Final = 70.0


@dataclass(frozen=True, slots=True)
class SleepRegularity:
    """The index from -100 to 100 with its interval by days, and what it rests on."""

    sri: float
    lower_sri: float
    upper_sri: float
    days: float
    worn_percent: float
    pairs: int


def sleep_regularity(
    states: NDArray[np.int8], *, epochs_per_day: int, limits: bool = True
) -> SleepRegularity | Refusal:
    """From one state an epoch (2,880 a day at 30 s), in order, without holes.

    Refuses under seven days, or where less than 70 % was worn; without limits, where nothing pairs.
    """
    days = len(states) / epochs_per_day
    worn = states != NOT_WORN
    worn_percent = 100.0 * float(worn.mean()) if len(states) else 0.0
    if limits and days < LEAST_DAYS:
        return Refusal("too_few_days_of_sleep", round(days, 1), LEAST_DAYS, "days")
    if limits and worn_percent < LEAST_WORN_PERCENT:
        return Refusal("too_little_worn", round(worn_percent, 1), LEAST_WORN_PERCENT, "%")
    both = worn[epochs_per_day:] & worn[: max(0, len(states) - epochs_per_day)]
    pairs = int(np.count_nonzero(both))
    if pairs == 0:
        return Refusal("too_few_days_of_sleep", round(days, 1), 2, "days")
    alike = (states[epochs_per_day:] == states[:-epochs_per_day]) & both
    sri = -100.0 + 200.0 * float(np.count_nonzero(alike)) / pairs
    half = 200.0 * _half_width(alike, both, epochs_per_day)
    return SleepRegularity(
        sri=sri,
        lower_sri=max(-100.0, sri - half),
        upper_sri=min(100.0, sri + half),
        days=days,
        worn_percent=worn_percent,
        pairs=pairs,
    )


def _half_width(alike: NDArray[np.bool_], both: NDArray[np.bool_], epochs_per_day: int) -> float:
    """Of the share of pairs that are alike, by days: neighbouring epochs tell the same."""
    day = np.arange(len(both)) // epochs_per_day
    totals = np.bincount(day, weights=both).astype(np.float64)
    hits = np.bincount(day, weights=alike).astype(np.float64)
    paired = totals > 0
    if np.count_nonzero(paired) < 2:
        return 1.0
    return ratio_by_blocks(hits[paired], totals[paired])

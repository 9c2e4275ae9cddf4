"""One waking day by the minute: steps, active minutes, sedentary bouts.

Active: 100 steps a minute or more, which is moderate walking (Tudor-Locke et al., Br J Sports Med
2018;52:776, doi 10.1136/bjsports-2017-097628). A sedentary bout: 30 minutes or more without a step
(Diaz et al., Ann Intern Med 2017;167:465, doi 10.7326/M17-0212). A day of less than 10 worn hours
is no day (Troiano et al., Med Sci Sports Exerc 2008;40:181). Minutes of sleep are the caller's to
leave out: by steps alone sleep is not told from sitting.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.refusal import Refusal

VERSION: Final = "1.0"
ACTIVE_STEPS_PER_MIN: Final = 100.0
BOUT_MINUTES: Final = 30
LEAST_WORN_MINUTES: Final = 600


@dataclass(frozen=True, slots=True)
class ActiveDay:
    """Counts of minutes that were worn; a bout ends with a step or when the device is taken off."""

    worn_minutes: int
    steps: float
    active_minutes: int
    still_minutes: int
    sedentary_bouts: int
    sedentary_bout_minutes: int
    longest_bout_minutes: int


def active_day(
    steps_per_min: NDArray[np.float64], worn: NDArray[np.bool_], *, limits: bool = True
) -> ActiveDay | Refusal:
    """From one entry a minute, in order; steps count only where worn. Refuses under 10 hours."""
    minutes = int(np.count_nonzero(worn))
    least = LEAST_WORN_MINUTES if limits else 1
    if minutes < least:
        return Refusal("too_little_worn", minutes, least, "min")
    counted = np.where(worn & np.isfinite(steps_per_min), steps_per_min, 0.0)
    still = worn & (counted <= 0)
    lengths = _run_lengths(still)
    bouts = lengths[lengths >= BOUT_MINUTES]
    return ActiveDay(
        worn_minutes=minutes,
        steps=float(counted.sum()),
        active_minutes=int(np.count_nonzero(counted >= ACTIVE_STEPS_PER_MIN)),
        still_minutes=int(np.count_nonzero(still)),
        sedentary_bouts=len(bouts),
        sedentary_bout_minutes=int(bouts.sum()),
        longest_bout_minutes=int(lengths.max(initial=0)),
    )


def _run_lengths(still: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How long each unbroken stretch is."""
    edges = np.diff(np.concatenate([[0], still.astype(np.int64), [0]]))
    lengths: NDArray[np.int64] = np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)
    return lengths

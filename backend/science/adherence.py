"""How much of what was prescribed is taken, from one record for each due dose.

Implementation phase only, in the words of Vrijens et al., Br J Clin Pharmacol 2012;73:691 (doi
10.1111/j.1365-2125.2012.04167.x): PDC is the share of medicine-days on which all due doses were
taken; taking and timing are those of electronic monitors. Initiation and persistence are other
questions.

A dose without an answer is counted as not taken in the value, but the interval reaches up to where
it was taken: nobody knows.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import wilson
from backend.science.refusal import Refusal

VERSION: Final = "1.1"
TAKEN, NOT_TAKEN, UNANSWERED = 1, 0, -1
LEAST_SPAN_DAYS: Final = 14
LEAST_DOSE_DAYS: Final = 4
MOST_UNANSWERED_PERCENT: Final = 50.0
ON_TIME_MINUTES: Final = 180.0


@dataclass(frozen=True, slots=True)
class Adherence:
    """PDC and its 95 % interval; taking and timing; how many doses nobody answered for."""

    doses: int
    dose_days: int
    pdc_percent: float
    pdc_lower_percent: float
    pdc_upper_percent: float
    taking_percent: float
    on_time_percent: float | None
    unanswered_percent: float


def adherence(
    medicines: NDArray[np.int64],
    day_numbers: NDArray[np.int64],
    outcomes: NDArray[np.int64],
    minutes_off: NDArray[np.float64],
) -> Adherence | Refusal:
    """One entry a due dose: its medicine, local day, outcome, minutes from due to taken."""
    refusal = _too_thin(day_numbers, outcomes)
    if refusal is not None:
        return refusal
    covered = _days_covered(medicines, day_numbers, outcomes == TAKEN)
    at_best = _days_covered(medicines, day_numbers, outcomes != NOT_TAKEN)
    # The interval counts days, not medicine-days: medicines skipped together are one decision.
    days = len(np.unique(day_numbers))
    off = minutes_off[(outcomes == TAKEN) & np.isfinite(minutes_off)]
    return Adherence(
        doses=len(outcomes),
        dose_days=days,
        pdc_percent=100 * covered,
        pdc_lower_percent=100 * wilson(covered * days, days)[0],
        pdc_upper_percent=100 * wilson(at_best * days, days)[1],
        taking_percent=_percent(outcomes == TAKEN),
        on_time_percent=_percent(np.abs(off) <= ON_TIME_MINUTES) if len(off) else None,
        unanswered_percent=_percent(outcomes == UNANSWERED),
    )


def _too_thin(day_numbers: NDArray[np.int64], outcomes: NDArray[np.int64]) -> Refusal | None:
    days = np.unique(day_numbers)
    span = int(days[-1] - days[0]) + 1 if len(days) else 0
    if span < LEAST_SPAN_DAYS:
        return Refusal("too_short_with_medicine", span, LEAST_SPAN_DAYS, "days")
    if len(days) < LEAST_DOSE_DAYS:
        return Refusal("too_few_dose_days", len(days), LEAST_DOSE_DAYS, "days")
    silent = _percent(outcomes == UNANSWERED)
    if silent > MOST_UNANSWERED_PERCENT:
        return Refusal(
            "too_few_answers", round(100 - silent, 1), 100 - MOST_UNANSWERED_PERCENT, "%"
        )
    return None


def _days_covered(
    medicines: NDArray[np.int64], day_numbers: NDArray[np.int64], good: NDArray[np.bool_]
) -> float:
    """Share of (medicine, day) pairs in which every due dose is good."""
    first = day_numbers.min()
    pairs = medicines * (day_numbers.max() - first + 1) + day_numbers - first
    _, where = np.unique(pairs, return_inverse=True)
    return float((np.bincount(where) == np.bincount(where, weights=good)).mean())


def _percent(good: NDArray[np.bool_]) -> float:
    return 100.0 * float(good.mean())

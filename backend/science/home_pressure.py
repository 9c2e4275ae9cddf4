"""Blood pressure measured at home: the mean of some days, as the protocols of guidelines ask.

ESH (Parati et al., J Hypertens 2021;39:1742) and NICE NG136: twice in the morning and twice in the
evening, seven days or at least four, the first day left out; so twelve readings over three days are
the least that a mean is made of. High at home is 135/85 mmHg or more (ESH 2023, ESC 2024, NICE),
150/95 NICE's second stage. The interval is by days: readings of one day are alike.

A very high reading (180 or more over 110 or more, either) counts only when another within half an
hour is very high too: a cuff that slipped is no crisis.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import ratio_by_blocks
from backend.science.refusal import Refusal

VERSION: Final = "1.1"
LEAST_READINGS: Final = 12
LEAST_DAYS: Final = 3
HIGH: Final = (135.0, 85.0)  # mmHg, systolic and diastolic
STAGE_2: Final = (150.0, 95.0)
VERY_HIGH: Final = (180.0, 110.0)
PAIR_WITHIN_MS: Final = 30 * 60_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HomePressure:
    """Means with 95 % intervals; `over_*` is how far the worse of the two lies over a limit.

    `surely_over_135_85` is the same for the lower ends: zero or more, and nobody can doubt it.
    """

    days: int
    readings: int
    systolic_mm_hg: float
    systolic_lower_mm_hg: float
    systolic_upper_mm_hg: float
    diastolic_mm_hg: float
    diastolic_lower_mm_hg: float
    diastolic_upper_mm_hg: float
    high_percent: float  # of readings at or over 135/85
    over_135_85_mm_hg: float
    surely_over_135_85_mm_hg: float
    surely_under_135_85_mm_hg: float
    over_150_95_mm_hg: float


def home_pressure(
    days: NDArray[np.int64], systolic: Floats, diastolic: Floats
) -> HomePressure | Refusal:
    """From readings in order, each on its local day; the first day is left out."""
    kept = days > days[0] if len(days) else np.zeros(0, np.bool_)
    days, systolic, diastolic = days[kept], systolic[kept], diastolic[kept]
    distinct = len(np.unique(days))
    if len(days) < LEAST_READINGS:
        return Refusal("too_few_pressures", len(days), LEAST_READINGS, "readings")
    if distinct < LEAST_DAYS:
        return Refusal("too_few_pressure_days", distinct, LEAST_DAYS, "days")
    top, bottom = _mean(days, systolic), _mean(days, diastolic)
    return HomePressure(
        distinct,
        len(days),
        *top,
        *bottom,
        high_percent=100.0 * float(_at_least(systolic, diastolic, HIGH).mean()),
        over_135_85_mm_hg=max(top[0] - HIGH[0], bottom[0] - HIGH[1]),
        surely_over_135_85_mm_hg=max(top[1] - HIGH[0], bottom[1] - HIGH[1]),
        surely_under_135_85_mm_hg=min(HIGH[0] - top[2], HIGH[1] - bottom[2]),
        over_150_95_mm_hg=max(top[0] - STAGE_2[0], bottom[0] - STAGE_2[1]),
    )


def days_over(
    days: NDArray[np.int64], systolic: Floats, diastolic: Floats
) -> list[tuple[int, float]]:
    """Days at or over 135/85 in the mean, the first left out, and by how much the worse of both."""
    found = []
    for day in np.unique(days)[1:].tolist():
        of_day = days == day
        over = max(systolic[of_day].mean() - HIGH[0], diastolic[of_day].mean() - HIGH[1])
        if over >= 0:
            found.append((day, float(over)))
    return found


def very_high(
    instants_ms: NDArray[np.int64], systolic: Floats, diastolic: Floats
) -> NDArray[np.int64]:
    """Places of the readings that were very high soon after another that was."""
    places = np.flatnonzero(_at_least(systolic, diastolic, VERY_HIGH))
    soon = np.diff(instants_ms[places]) <= PAIR_WITHIN_MS
    found: NDArray[np.int64] = places[1:][soon]
    return found


def _mean(days: NDArray[np.int64], values: Floats) -> tuple[float, float, float]:
    """Middle, lower, upper."""
    _, where = np.unique(days, return_inverse=True)
    counts: Floats = np.bincount(where).astype(np.float64)
    half = ratio_by_blocks(np.bincount(where, weights=values).astype(np.float64), counts)
    middle = float(values.mean())
    return middle, middle - half, middle + half


def _at_least(systolic: Floats, diastolic: Floats, limit: tuple[float, float]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (systolic >= limit[0]) | (diastolic >= limit[1])
    return found

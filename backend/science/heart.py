"""Resting heart rate at night, and how it compares with the person's own usual nights.

Night rate: mean of heart rate from 00:00 to 06:59 in minutes without steps, as in NightSignal
(Alavi et al., Nat Med 2022;28:175, doi 10.1038/s41591-021-01593-2). Usual nights: median and MAD,
so that a few odd nights do not move the yardstick (Rousseeuw & Croux, JASA 1993;88:1273).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import Z_975, student_t_975
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
LEAST_MINUTES: Final = 60  # of stillness with heart rate, for a night to count
BASELINE_NIGHTS: Final = 28
LEAST_NIGHTS: Final = 14
LEAST_SCALE_PER_MIN: Final = 1.0  # sensors round to one beat: a smaller spread is their doing
MAD_TO_SD: Final = 1.4826
HIGH_Z: Final = 2.0
HIGH_PER_MIN: Final = 3.0


@dataclass(frozen=True, slots=True)
class Night:
    """One night's resting rate with its 95 % interval; NaN where too little was measured."""

    minutes: int
    rate_per_min: float
    lower_per_min: float
    upper_per_min: float


@dataclass(frozen=True, slots=True)
class NightComparison:
    """The latest night against the nights before it; `nights_high_in_row` ends with the latest."""

    rate_per_min: float
    lower_per_min: float
    upper_per_min: float
    usual_per_min: float
    usual_lower_per_min: float
    usual_upper_per_min: float
    above_usual_per_min: float
    robust_z: float
    baseline_nights: int
    nights_high_in_row: int


THIN_NIGHT: Final = (math.nan, math.nan, math.nan)


def night_rate(
    heart_ms: NDArray[np.int64],
    heart_per_min: NDArray[np.float64],
    step_ms: NDArray[np.int64],
    step_counts: NDArray[np.float64],
    *,
    start_ms: int,
    end_ms: int,
) -> Night:
    """The night [start, end) from samples in order: each still minute counts once."""
    first, last = np.searchsorted(heart_ms, [start_ms, end_ms])
    minute = (heart_ms[first:last] - start_ms) // MINUTE_MS
    begin, stop = np.searchsorted(step_ms, [start_ms, end_ms])
    walked = (step_ms[begin:stop][step_counts[begin:stop] > 0] - start_ms) // MINUTE_MS
    still = ~np.isin(minute, walked)
    minutes, where = np.unique(minute[still], return_inverse=True)
    if len(minutes) < LEAST_MINUTES:
        return Night(len(minutes), *THIN_NIGHT)
    # One value a minute first: a burst of samples must not outweigh the rest of the night.
    per_minute = np.bincount(where, weights=heart_per_min[first:last][still]) / np.bincount(where)
    rate = float(per_minute.mean())
    half = _half_width(per_minute, minutes * MINUTE_MS // HOUR_MS)
    return Night(len(minutes), rate, rate - half, rate + half)


def _half_width(per_minute: NDArray[np.float64], hour: NDArray[np.int64]) -> float:
    """Of the night's mean, by the spread of its hours: minutes next to each other are alike."""
    _, where = np.unique(hour, return_inverse=True)
    hourly = np.bincount(where, weights=per_minute) / np.bincount(where)
    if len(hourly) < 2:
        return float(per_minute.max() - per_minute.min()) / 2
    return student_t_975(len(hourly) - 1) * float(hourly.std(ddof=1)) / math.sqrt(len(hourly))


def compare_with_usual(nights: list[Night]) -> NightComparison | Refusal:
    """The last of the nights, one a date and in order, against up to 28 before it.

    Refuses when the last night is thin, or fewer than 14 nights before it were measured.
    """
    rates = np.array([night.rate_per_min for night in nights], dtype=np.float64)
    if len(rates) == 0 or math.isnan(rates[-1]):
        return Refusal(
            "too_little_night", nights[-1].minutes if nights else 0, LEAST_MINUTES, "min"
        )
    known = _usual(rates, len(rates) - 1)
    if len(known) < LEAST_NIGHTS:
        return Refusal("too_few_nights", len(known), LEAST_NIGHTS, "nights")
    usual, scale = _median_and_scale(known)
    # The next night differs by its own spread and by how well the median is known.
    half = Z_975 * scale * math.sqrt(1 + math.pi / 2 / len(known))
    last = nights[-1]
    return NightComparison(
        rate_per_min=last.rate_per_min,
        lower_per_min=last.lower_per_min,
        upper_per_min=last.upper_per_min,
        usual_per_min=usual,
        usual_lower_per_min=usual - half,
        usual_upper_per_min=usual + half,
        above_usual_per_min=last.rate_per_min - usual,
        robust_z=(last.rate_per_min - usual) / scale,
        baseline_nights=len(known),
        nights_high_in_row=_high_in_row(rates, usual, scale),
    )


def _usual(rates: NDArray[np.float64], last: int) -> NDArray[np.float64]:
    before = rates[max(0, last - BASELINE_NIGHTS) : last]
    return before[~np.isnan(before)]


def _median_and_scale(known: NDArray[np.float64]) -> tuple[float, float]:
    usual = float(np.median(known))
    mad = float(np.median(np.abs(known - usual)))
    return usual, max(LEAST_SCALE_PER_MIN, MAD_TO_SD * mad)


def _high_in_row(rates: NDArray[np.float64], usual: float, scale: float) -> int:
    """Nights up to the last that are high by both yardsticks; a thin night ends the row."""
    row = 0
    for rate in rates[::-1]:
        if not (rate - usual >= HIGH_PER_MIN and rate - usual >= HIGH_Z * scale):
            break
        row += 1
    return row

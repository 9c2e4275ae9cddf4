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
    nights = np.array([[start_ms, end_ms]], np.int64)
    return night_rates(heart_ms, heart_per_min, step_ms, step_counts, nights)[0]


def night_rates(
    heart_ms: NDArray[np.int64],
    heart_per_min: NDArray[np.float64],
    step_ms: NDArray[np.int64],
    step_counts: NDArray[np.float64],
    nights_ms: NDArray[np.int64],
) -> list[Night]:
    """The same of many nights at once: rows of [start, end), in order and apart."""
    if not len(nights_ms):
        return []
    # Each minute of each night has a place of its own in one long row.
    stride = int((nights_ms[:, 1] - nights_ms[:, 0]).max()) // MINUTE_MS + 1
    inside, place = _places(heart_ms, nights_ms, stride)
    stepped, walked_at = _places(step_ms, nights_ms, stride)
    walked = np.zeros(len(nights_ms) * stride, np.bool_)
    walked[walked_at[step_counts[stepped] > 0]] = True
    still = ~walked[place]
    place, values = place[still], heart_per_min[inside][still]
    begins = np.diff(place, prepend=-1) > 0
    where = np.cumsum(begins) - 1
    # One value a minute first: a burst of samples must not outweigh the rest of the night.
    per_minute = np.bincount(where, weights=values) / np.bincount(where)
    minutes = place[begins]
    cuts = np.searchsorted(minutes, stride * np.arange(len(nights_ms) + 1))
    halves = _half_widths(per_minute, minutes, stride, len(nights_ms)).tolist()
    return [
        _night(per_minute[low:high], half)
        for low, high, half in zip(cuts[:-1].tolist(), cuts[1:].tolist(), halves, strict=True)
    ]


def _places(
    at_ms: NDArray[np.int64], nights_ms: NDArray[np.int64], stride: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which samples lie in a night, and the place of each of those minutes."""
    night = np.searchsorted(nights_ms[:, 0], at_ms, side="right") - 1
    inside = (night >= 0) & (at_ms < nights_ms[night, 1])
    night = night[inside]
    return inside, night * stride + (at_ms[inside] - nights_ms[night, 0]) // MINUTE_MS


def _night(per_minute: NDArray[np.float64], half: float) -> Night:
    if len(per_minute) < LEAST_MINUTES:
        return Night(len(per_minute), *THIN_NIGHT)
    rate = float(per_minute.mean())
    if math.isnan(half):  # all in one hour
        half = float(per_minute.max() - per_minute.min()) / 2
    return Night(len(per_minute), rate, rate - half, rate + half)


def _half_widths(
    per_minute: NDArray[np.float64], minutes: NDArray[np.int64], stride: int, nights: int
) -> NDArray[np.float64]:
    """Of each night's mean, by the spread of its hours: minutes next to each other are alike.

    NaN where there is but one hour.
    """
    hours = stride * MINUTE_MS // HOUR_MS + 1
    place = minutes // stride * hours + minutes % stride * MINUTE_MS // HOUR_MS
    shape = (nights, hours)
    counts = np.bincount(place, minlength=nights * hours).reshape(shape)
    sums = np.bincount(place, per_minute, minlength=nights * hours).reshape(shape)
    known = counts > 0
    many = known.sum(axis=1)
    hourly = sums / np.maximum(counts, 1)
    mean = hourly.sum(axis=1) / np.maximum(many, 1)
    off = np.where(known, hourly - mean[:, None], 0.0)
    spread = np.sqrt((off**2).sum(axis=1) / np.maximum(many - 1, 1))
    t = np.array([math.nan, math.nan, *(student_t_975(n) for n in range(1, hours))])
    half: NDArray[np.float64] = t[many] * spread / np.sqrt(np.maximum(many, 1))
    return half


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

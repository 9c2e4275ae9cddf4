"""Body weight: a fast gain, as of water, and a slow change over months.

Fast: over 2 kg in three days (ESC guidelines on heart failure, Eur Heart J 2021;42:3599), or 5 lb
(2.3 kg) in a week (American Heart Association). Slow: the median of slopes between weeks (Sen),
weeks and not days, because a day is like the day before.

Two scales differ by more than a body does in a week: days are compared only with days of the same
scale (slopes by strata: Hirsch, Slack & Smith, Water Resour Res 1982;18:107). A day that lies far
from the others is somebody else on the scale, or another unit, and is left out.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import Z_975
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
SOON_DAYS: Final = 3
WEEK_DAYS: Final = 7
FAR: Final = 0.15  # of the usual weight
MAD_TO_SD: Final = 1.4826
USUAL_SPREAD: Final = 0.005  # of the weight, from day to day, until enough days are known
LEAST_SPREAD_KG: Final = 0.2
LEAST_PAIRS: Final = 7
LEAST_WEEKS: Final = 4
MONTHS_WEEKS: Final = 13  # three months
Days = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WeightGain:
    """The last day over the lightest of the days before it; negative: it lost.

    The interval is of one difference between days, by the person's own spread.
    """

    weight_kg: float
    gain_7_days_kg: float
    gain_7_days_lower_kg: float
    gain_7_days_upper_kg: float
    gain_3_days_kg: float | None
    days_compared: int
    days_left_out: int


@dataclass(frozen=True, slots=True)
class WeightTrend:
    """Slope with its 95 % interval; the change is that of three months at this pace."""

    weeks: int
    scales: int
    kg_per_week: float
    kg_per_week_lower: float
    kg_per_week_upper: float
    pace_kg_per_week: float  # without its sign, for words
    median_kg: float
    change_percent_3_months: float


def weight_gain(days: Days, scales: Days, kg: Floats) -> WeightGain | Refusal:
    """From one weight a day, days rising; `scales` numbers the device of each."""
    usual = _near(kg)
    if not len(kg) or not usual[-1]:
        return Refusal("too_few_weights", 0.0, 2, "days")
    left_out = int(np.count_nonzero(~usual))
    days, scales, kg = days[usual], scales[usual], kg[usual]
    ours = scales == scales[-1]
    ago = days[-1] - days
    week = ours & (ago > 0) & (ago <= WEEK_DAYS)
    if not week.any():
        return Refusal("too_few_weights", 1.0, 2, "days")
    soon = week & (ago <= SOON_DAYS)
    half = Z_975 * _spread(days[ours], kg[ours])
    gain = float(kg[-1] - kg[week].min())
    return WeightGain(
        weight_kg=float(kg[-1]),
        gain_7_days_kg=gain,
        gain_7_days_lower_kg=gain - half,
        gain_7_days_upper_kg=gain + half,
        gain_3_days_kg=float(kg[-1] - kg[soon].min()) if soon.any() else None,
        days_compared=int(week.sum()),
        days_left_out=left_out,
    )


def _near(kg: Floats) -> NDArray[np.bool_]:
    if not len(kg):
        return np.zeros(0, np.bool_)
    near: NDArray[np.bool_] = np.abs(kg / np.median(kg) - 1.0) <= FAR
    return near


def _spread(days: Days, kg: Floats) -> float:
    """The SD of a difference between two near days, from those before the last three days."""
    before = days <= days[-1] - SOON_DAYS
    known, steps = days[before], np.diff(kg[before])
    steps = steps[np.diff(known) <= SOON_DAYS]
    if len(steps) < LEAST_PAIRS:
        return math.sqrt(2) * USUAL_SPREAD * float(np.median(kg))
    return max(LEAST_SPREAD_KG, MAD_TO_SD * float(np.median(np.abs(steps))))


def weight_trend(days: Days, scales: Days, kg: Floats) -> WeightTrend | Refusal:
    """From one weight a day; refuses below four weeks with a weight on the same scale."""
    near = _near(kg)
    weeks, of_scale, middle = _weekly(days[near], scales[near], kg[near])
    counts = np.unique(of_scale, return_counts=True)[1]
    most = int(counts.max(initial=0))
    if most < LEAST_WEEKS:
        return Refusal("too_few_weeks_of_weight", most, LEAST_WEEKS, "weeks")
    slope, lower, upper = _slope_by_scale(weeks, of_scale, middle, counts)
    median = float(np.median(kg[near]))
    return WeightTrend(
        weeks=len(np.unique(weeks)),
        scales=len(counts),
        kg_per_week=slope,
        kg_per_week_lower=lower,
        kg_per_week_upper=upper,
        pace_kg_per_week=abs(slope),
        median_kg=median,
        change_percent_3_months=100.0 * slope * MONTHS_WEEKS / median,
    )


def _weekly(days: Days, scales: Days, kg: Floats) -> tuple[Days, Days, Floats]:
    """The median of each week, counted back from the last day, of each scale."""
    if not len(days):
        return days, scales, kg
    week = -((days[-1] - days) // WEEK_DAYS)
    pairs = np.unique(np.stack([scales, week], axis=1), axis=0)
    middle = [np.median(kg[(scales == s) & (week == w)]) for s, w in pairs]
    return pairs[:, 1], pairs[:, 0], np.array(middle, np.float64)


def _slope_by_scale(
    weeks: Days, scales: Days, kg: Floats, counts: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Sen's slope over pairs of one scale, with its interval by Kendall's S."""
    i, j = np.triu_indices(len(weeks), k=1)
    same = scales[i] == scales[j]
    i, j = i[same], j[same]
    slopes = np.sort((kg[j] - kg[i]) / (weeks[j] - weeks[i]))
    spread = Z_975 * math.sqrt(float((counts * (counts - 1) * (2 * counts + 5)).sum()) / 18)
    low = max(0, round((len(slopes) - spread) / 2) - 1)
    high = min(len(slopes) - 1, round((len(slopes) + spread) / 2))
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])

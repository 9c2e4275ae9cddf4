"""Nights that are unlike a person's own: a warning some days before, or as, an illness shows.

Each stream's night (resting heart rate, variability, steps, sleep) is set against the median and a
robust spread of the eight weeks before it, weekends apart, two nights of distance kept, so that an
illness is not its own yardstick. A chart of the last nights (night_charts.py) tells how unlike the
usual they are: the heart's nights, and what the other streams add, by how much illness moves them.
At equal false alarms CHART finds more illness of simulated people than a CUSUM; an EWMA finds a
little more, but single wild nights set it off twice as often (bench/early.py).

Nights that are tagged (alcohol, travel, a vaccine) are set aside: neither judged nor a yardstick.
Nights of another device are no yardstick either: a new one is judged once it has six weeks.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from backend.science.night_charts import PAIR, limits
from backend.science.refusal import Refusal

VERSION: Final = "1.1"
CHART: Final = PAIR
STREAMS: Final = ("night_rate", "variability", "steps", "sleep")
WEIGHTS: Final = np.array([-0.3, -0.6, 0.45])  # of all but the heart, as illness moves them
LEAST_SPREAD: Final = np.array(
    [1.0, 1.0, 250.0, 10.0]
)  # /min, ms, steps, minutes: a sensor's grain

BASELINE: Final = 56  # nights
DISTANCE: Final = 2  # nights between a night and its yardstick
LEAST_NIGHTS: Final = 14  # known, for a yardstick
JUDGED: Final = 14  # nights at the end, by a limit from the nights before them
NIGHTS: Final = 98  # that are looked at: fourteen weeks
LEAST_HISTORY: Final = 14  # nights with a yardstick before those, to draw from

FARTHEST: Final = 6.0  # spreads; more is said no louder
FARTHEST_OF_OTHERS: Final = 3.0
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OddNight:
    """One night of the alarm: its day number, beats a minute over the usual, and the score."""

    day: int
    above_per_min: float
    score: float


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """The last night; `odd` are the nights of the alarm that goes on, none where none does.

    `shares` say what each stream but the heart's adds for the last night.
    """

    score: float
    limit: float
    above_per_min: float
    spread_per_min: float  # of usual nights
    odd: tuple[OddNight, ...]
    shares: dict[str, float]
    nights_known: int


def early_warning(
    first_day: int, values: Floats, device: NDArray[np.int64], set_aside: Flags
) -> EarlyWarning | Refusal:
    """From one row a stream (STREAMS' order), one column a night in a row, NaN where unknown.

    `device` numbers what measured the heart each night; `set_aside` marks tagged nights.
    """
    nights = values.shape[1]
    ours = (device == device[-1]) & ~set_aside if nights else np.zeros(0, np.bool_)
    values = np.where(ours, values, np.nan)
    known = int(np.isfinite(values[0]).sum())
    if nights and set_aside[-1]:
        return Refusal("last_night_set_aside", 0.0, 1.0, "nights")
    if not nights or np.isnan(values[0, -1]):
        return Refusal("last_night_unknown", 0.0, 1.0, "nights")
    weekend = np.isin((first_day + np.arange(nights)) % 7, (6, 0))  # Saturday and Sunday mornings
    z, above = deviations(values, np.broadcast_to(weekend, values.shape), LEAST_SPREAD[:, None])
    heart, parts = z[:1], added(z[1:])
    before = slice(max(0, nights - JUDGED - BASELINE), max(0, nights - JUDGED))
    drawn = int(np.isfinite(heart[0, before]).sum())
    if drawn < LEAST_HISTORY or np.isnan(heart[0, -1]):
        return Refusal("too_few_nights_to_warn", drawn, LEAST_HISTORY, "nights")
    others = parts.sum(axis=0, keepdims=True)
    score = CHART.scores(heart, others)[0]
    limit = float(limits(CHART, heart[:, before], others[:, before])[0])
    odd = tuple(
        OddNight(first_day + n, float(above[0, n]), float(score[n]))
        for n in _run(score > limit, heart[0])
    )
    shares = dict(zip(STREAMS[1:], parts[:, -1].tolist(), strict=True))
    return EarlyWarning(
        score=float(score[-1]),
        limit=limit,
        above_per_min=float(above[0, -1]),
        spread_per_min=_spread(values[0], weekend),
        odd=odd,
        shares=shares,
        nights_known=known,
    )


def _run(alarm: Flags, heart: Floats) -> list[int]:
    """The known nights of the alarm that goes on, and the night before it, which it is made of."""
    known = np.flatnonzero(np.isfinite(heart)).tolist()
    run: list[int] = []
    while known and alarm[known[-1]]:
        run.append(known.pop())
    return sorted(run + known[-1:]) if run else []


def deviations(values: Floats, weekend: Flags, least_spread: Floats) -> tuple[Floats, Floats]:
    """Each night over the usual, in the rows' own spreads and in their unit.

    Rows are streams (or people); NaN until LEAST_NIGHTS are known before a night.
    """
    z, above = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    for row in range(len(values)):
        past = _windows(values[row], np.nan), _windows(weekend[row], False)
        usual, shift, spread = _usual(*past, least_spread[row])
        above[row] = values[row] - usual - shift * weekend[row]
        z[row] = np.clip(above[row] / spread, -FARTHEST, FARTHEST)
    return z, above


def _spread(row: Floats, weekend: Flags) -> float:
    """Of the nights that are the last one's yardstick."""
    past = _windows(row, np.nan)[-1:], _windows(weekend, False)[-1:]
    return float(_usual(*past, LEAST_SPREAD[:1])[2][0])


def _windows(row: NDArray[Any], outside: float) -> NDArray[Any]:
    """Of each night, the nights that are its yardstick."""
    before = np.concatenate([np.full(BASELINE + DISTANCE, outside, row.dtype), row])
    return sliding_window_view(before, BASELINE)[: len(row)]


def _usual(values: Floats, weekend: Flags, least_spread: Floats) -> tuple[Floats, Floats, Floats]:
    """The middle of a weekday, what a weekend adds, and the spread about both, of each row."""
    middle = _median(np.where(weekend, np.nan, values))
    many = (np.isfinite(values) & weekend).sum(axis=1)
    shift = _median(np.where(weekend, values, np.nan)) - middle
    # A few weekends say little: what they add is shrunk.
    shift = np.nan_to_num(shift * many / (many + 8))
    off = values - middle[:, None] - shift[:, None] * weekend
    rough = 1.4826 * _median(np.abs(off))[:, None]
    known = np.isfinite(off)
    cut = np.where(known, np.clip(off, -2.5 * rough, 2.5 * rough), 0.0)
    count = np.maximum(known.sum(axis=1), 1)
    mean = cut.sum(axis=1) / count
    spread = np.sqrt((np.where(known, cut - mean[:, None], 0.0) ** 2).sum(axis=1) / count)
    enough = known.sum(axis=1) >= LEAST_NIGHTS
    return (
        np.where(enough, middle + mean, np.nan),
        shift,
        np.maximum(1.03 * spread, least_spread),
    )


def _median(rows: Floats) -> Floats:
    """Of what is known in each row; NaN where nothing is."""
    if not rows.shape[1]:
        return np.full(len(rows), np.nan)
    ordered = np.sort(rows, axis=1)  # NaN last
    count = np.isfinite(rows).sum(axis=1)
    places = np.stack([np.maximum(count - 1, 0) // 2, count // 2], axis=1)
    places = np.minimum(places, rows.shape[1] - 1)
    found: Floats = np.take_along_axis(ordered, places, axis=1).mean(axis=1)
    return np.where(count > 0, found, np.nan)


def added(z: Floats) -> Floats:
    """What each of the other streams adds, in the order of WEIGHTS; what is not known adds none."""
    near = np.clip(np.nan_to_num(z), -FARTHEST_OF_OTHERS, FARTHEST_OF_OTHERS)
    return np.asarray(WEIGHTS.reshape(-1, *[1] * (z.ndim - 1)) * near)

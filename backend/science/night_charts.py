"""Charts over nights: one number a night from the last few, and how high is too high for a person.

A chart is given the heart's nights and what the other streams add, both in a person's own spreads
(early_warning.py). PAIR looks at two nights: near the lower of the two, less where they differ
much, for wine lifts one night and an illness two, and less where the night before them was as high.
EWMA and CUSUM are the classic ones (Roberts, Technometrics 1959;1:239; Page, Biometrika
1954;41:100), of a night's sum, cut. What each finds at equal false alarms: bench/early.py.

How high is too high is judged by the person's own nights: blocks of them are drawn again and again
(block bootstrap, Künsch, Ann Stat 1989;17:1217), which keeps nights that resemble the one before,
and the limit is where such paths would give one false alarm in so many nights. It is drawn towards
what is usual, as eight weeks tell little of what comes once in three months.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

EVERY_NIGHTS: Final = 90.0  # one false alarm in so many
BLOCK: Final = 5  # nights
PATH: Final = 3000  # nights drawn
USUAL_WEIGHT: Final = 168.0  # nights that the usual limit is worth
SEED: Final = 20221

LEAN: Final = 0.2  # of the way from the lower night to the higher, of two that are
ALIKE: Final = 1.0  # spreads apart at most; what is more counts against the pair
UNLIKE: Final = 0.8  # of it
EARLIER: Final = 0.15  # of the night before the pair, from LOWEST to HIGHEST spreads
LOWEST, HIGHEST = -2.0, 3.0
SMOOTH: Final = 0.6  # an EWMA's share of the newest night
MEMORY: Final = 6  # nights that it is made of: of what is older a hundredth would be left
CUT: Final = 2.0  # of the sum that EWMA and CUSUM are of
ALLOWANCE: Final = 1.25  # of the CUSUM
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Chart:
    """`scores` of people by nights, with limits up to `highest`.

    `usual_limit` is people's at EVERY_NIGHTS, `usual_step` what it grows by for e times as many.
    """

    name: str
    scores: Callable[[Floats, Floats], Floats]
    usual_limit: float
    usual_step: float
    highest: float = 5.0

    @property
    def grid(self) -> Floats:
        """The limits that are tried."""
        return np.linspace(0.08, 1.0, 116) * self.highest


def pair_scores(heart: Floats, others: Floats) -> Floats:
    """Of each night and the known one before it, at most two nights back; -inf without it."""
    before = _night_before(heart)
    apart = np.abs(heart - before)
    alike = np.minimum(apart, ALIKE)
    pair = np.minimum(heart, before) + LEAN * alike - UNLIKE * (apart - alike)
    earlier = EARLIER * np.nan_to_num(np.clip(_night_before(before), LOWEST, HIGHEST))
    rest = (others + _night_before(np.where(np.isnan(heart), np.nan, others))) / 2
    return np.where(np.isnan(pair), -np.inf, pair - earlier + rest)


def _night_before(rows: Floats) -> Floats:
    before = np.full(rows.shape, np.nan)
    before[:, 1:] = rows[:, :-1]
    before[:, 2:] = np.where(np.isnan(before[:, 2:]), rows[:, :-2], before[:, 2:])
    return before


def ewma_scores(heart: Floats, others: Floats) -> Floats:
    """Of the sum of a night, cut at CUT."""
    return smoothed(np.clip(heart + others, -CUT, CUT), SMOOTH)


def cusum_scores(heart: Floats, others: Floats) -> Floats:
    """One-sided, of the sum of a night, cut at CUT; a night that is not known adds nothing."""
    total = np.clip(heart + others, -CUT, CUT) - ALLOWANCE
    known = np.isfinite(total)
    risen = np.cumsum(np.where(known, total, 0.0), axis=1)
    lowest = np.minimum(np.minimum.accumulate(risen, axis=1), 0.0)
    return np.where(known, risen - lowest, -np.inf)


def smoothed(rows: Floats, share: float) -> Floats:
    """EWMA of each row; what is not known weighs nothing, and has no value itself."""
    known = np.isfinite(rows)
    weights = share * (1 - share) ** np.arange(MEMORY)[::-1]

    def weighed(values: Floats) -> Floats:
        padded = np.pad(values, ((0, 0), (MEMORY - 1, 0)))
        found: Floats = sliding_window_view(padded, MEMORY, axis=1) @ weights
        return found

    mass = weighed(known.astype(np.float64))
    told = weighed(np.where(known, rows, 0.0)) / np.where(known, mass, 1.0)
    return np.where(known, told, -np.inf)


PAIR: Final = Chart("pair", pair_scores, 2.04, 0.6)
EWMA: Final = Chart("ewma", ewma_scores, 1.85, 0.2, highest=2.5)
CUSUM: Final = Chart("cusum", cusum_scores, 1.85, 0.6)
CHARTS: Final = (PAIR, EWMA, CUSUM)


def limits(
    chart: Chart, heart: Floats, others: Floats, every_nights: float = EVERY_NIGHTS
) -> Floats:
    """The score that each row's own nights would pass once in so many nights."""
    return limits_of(chart, begun_on_paths(chart, heart, others), heart, every_nights)


def begun_on_paths(chart: Chart, heart: Floats, others: Floats) -> NDArray[np.int64]:
    """How many alarms begin along paths drawn from each row's nights, for each limit tried."""
    rng = np.random.default_rng(SEED)  # the same draws on every machine
    starts = rng.integers(0, heart.shape[1], PATH // BLOCK)
    places = (starts[:, None] + np.arange(BLOCK)).ravel() % heart.shape[1]
    drawn = chart.scores(heart[:, places], others[:, places])
    return np.stack([begun(row, chart.grid) for row in drawn])


def limits_of(chart: Chart, begun: NDArray[np.int64], heart: Floats, every_nights: float) -> Floats:
    """The rows' own limits, drawn towards what is usual."""
    rare = begun <= PATH / every_nights
    rare[:, -1] = True  # beyond the last limit tried nobody looks
    own = chart.grid[np.argmax(rare, axis=1)]
    usual = chart.usual_limit + chart.usual_step * math.log(every_nights / EVERY_NIGHTS)
    count = np.isfinite(heart).sum(axis=1)
    found: Floats = (count * own + USUAL_WEIGHT * usual) / (count + USUAL_WEIGHT)
    return found


def begun(score: Floats, grid: Floats) -> NDArray[np.int64]:
    """How many alarms begin along the path, for each limit: that it is passed upwards."""
    before = np.concatenate([[-np.inf], score[:-1]])
    up = (score > before) & (score > grid[0])
    below = [np.searchsorted(np.sort(ends[up]), grid, side="right") for ends in (before, score)]
    return np.asarray(below[0] - below[1], np.int64)


def alarms_begun(alarm: Flags) -> Flags:
    """Nights on which an alarm begins, rather than goes on."""
    found = alarm.copy()
    found[:, 1:] &= ~alarm[:, :-1]
    return found

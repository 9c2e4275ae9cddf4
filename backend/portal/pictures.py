"""A picture of days as lines and a band, in the units of its box: what a page draws as SVG.

A day without data is a gap: no line leads over it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WIDTH: Final = 320
HEIGHT: Final = 110
MARGIN: Final = 6
ROOM: Final = 0.08  # above and below the values, as a share of their spread
Edges = tuple[float | None, float | None]
Days = Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True)
class Picture:
    """`lines` are points of SVG polylines, `dots` days without a neighbour and the last one;
    `band` is (top, height) of the target; `low` and `high` are of the values.
    """

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    band: tuple[float, float] | None
    low: float
    high: float
    width: int = WIDTH
    height: int = HEIGHT


def draw_days(days: Days, *, first: date, count: int, target: Edges | None) -> Picture:
    """The days, in order, at least one of them, over `count` days from `first` on."""
    values = [value for _, value in days]
    y = _scale(values, target)

    def x(day: date) -> float:
        return round(MARGIN + (day - first).days * (WIDTH - 2 * MARGIN) / max(count - 1, 1), 1)

    runs = [[(x(day), y(value)) for day, value in run] for run in _runs(days)]
    lines = tuple(" ".join(f"{a:g},{b:g}" for a, b in run) for run in runs if len(run) > 1)
    alone = (run[0] for run in runs if len(run) == 1)
    dots = tuple(dict.fromkeys((*alone, runs[-1][-1])))
    return Picture(lines, dots, _band(target, y), min(values), max(values))


def _scale(values: Sequence[float], target: Edges | None) -> Callable[[float], float]:
    """Where a value stands; the edges of the target are in the picture unless they lie far off."""
    low, high = min(values), max(values)
    reach = (high - low) or abs(high) or 1.0
    near = [e for e in target or () if e is not None and low - reach <= e <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    spread = (high - low) or reach
    low, high = low - ROOM * spread, high + ROOM * spread

    def y(value: float) -> float:
        share = (min(high, max(low, value)) - low) / (high - low)
        return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    return y


def _runs(days: Days) -> list[list[tuple[date, float]]]:
    runs: list[list[tuple[date, float]]] = []
    for day, value in days:
        if not runs or day - runs[-1][-1][0] > timedelta(days=1):
            runs.append([])
        runs[-1].append((day, value))
    return runs


def _band(target: Edges | None, y: Callable[[float], float]) -> tuple[float, float] | None:
    if target is None:
        return None
    top = MARGIN if target[1] is None else y(target[1])
    bottom = HEIGHT - MARGIN if target[0] is None else y(target[0])
    return top, round(max(bottom - top, 0.0), 1)

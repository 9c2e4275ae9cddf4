"""Charts as plain shapes for an inline SVG: a day as a line or hourly bars, a month as days.

What was not measured is a gap, never a line drawn across it. Pure: numbers in, shapes out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

WIDTH, HEIGHT = 640, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 24
INNER_WIDTH, INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
LEAST_GAP_MS = 15 * 60_000
MOST_POINTS = 300
NICE = (1, 2, 2.5, 5, 10)


class Tick(NamedTuple):
    """A place on an axis and what stands there."""

    at: float
    text: str


class Box(NamedTuple):
    """A rectangle; `text` is its tooltip."""

    x: float
    y: float
    width: float
    height: float
    text: str = ""


class Dot(NamedTuple):
    """A point; `text` is its tooltip."""

    x: float
    y: float
    text: str = ""


class Point(NamedTuple):
    """A measured value; `low` and `high` where it stands for several."""

    at_ms: float
    value: float
    low: float
    high: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in a box of WIDTH × HEIGHT."""

    lines: tuple[str, ...]
    ranges: str
    bars: tuple[Box, ...]
    dots: tuple[Dot, ...]
    target: Box | None
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Axes:
    """From time and value to the box."""

    start_ms: float
    end_ms: float
    low: float
    high: float

    def x(self, at_ms: float) -> float:
        """Across."""
        share = (at_ms - self.start_ms) / (self.end_ms - self.start_ms)
        return round(LEFT + share * INNER_WIDTH, 1)

    def y(self, value: float) -> float:
        """Down."""
        share = (value - self.low) / (self.high - self.low)
        return round(TOP + (1 - min(max(share, 0), 1)) * INNER_HEIGHT, 1)


def thin(at_ms: Sequence[float], values: Sequence[float], start: float, end: float) -> list[Point]:
    """At most MOST_POINTS points: each the mean, lowest and highest of its stretch of time."""
    if len(at_ms) <= MOST_POINTS:
        return [Point(at, v, v, v) for at, v in zip(at_ms, values, strict=True)]
    step = (end - start) / MOST_POINTS
    bins: dict[int, list[tuple[float, float]]] = {}
    for at, value in zip(at_ms, values, strict=True):
        bins.setdefault(int((at - start) / step), []).append((at, value))
    return [_merged(bins[number]) for number in sorted(bins)]


def _merged(pairs: list[tuple[float, float]]) -> Point:
    times, values = zip(*pairs, strict=True)
    return Point(sum(times) / len(times), sum(values) / len(values), min(values), max(values))


def gap_of(points: Sequence[Point]) -> float:
    """Longer than this between two points is a gap: three usual steps, at least a quarter hour."""
    steps = [after.at_ms - before.at_ms for before, after in pairwise(points)]
    return max(LEAST_GAP_MS, 3 * median(steps)) if steps else LEAST_GAP_MS


def draw_line(
    points: Sequence[Point],
    *,
    start_ms: float,
    end_ms: float,
    x_ticks: Sequence[tuple[float, str]],
    target: tuple[float, float] | None = None,
    gap_ms: float | None = None,
    with_dots: bool = False,
) -> Drawing:
    """A line with its ranges; single points between gaps become dots."""
    axes = _axes(points, start_ms, end_ms, target)
    pieces = _pieces(points, gap_of(points) if gap_ms is None else gap_ms)
    lone = [piece[0] for piece in pieces if len(piece) == 1]
    dotted = points if with_dots else lone
    return Drawing(
        lines=tuple(_path(axes, piece) for piece in pieces if len(piece) > 1),
        ranges="".join(_range(axes, point) for point in points if point.high > point.low),
        bars=(),
        dots=tuple(Dot(axes.x(p.at_ms), axes.y(p.value), p.text) for p in dotted),
        target=_target(axes, target),
        y_ticks=_y_ticks(axes),
        x_ticks=tuple(Tick(axes.x(at), text) for at, text in x_ticks),
    )


def draw_bars(
    points: Sequence[Point],
    *,
    start_ms: float,
    end_ms: float,
    width_ms: float,
    x_ticks: Sequence[tuple[float, str]],
) -> Drawing:
    """A bar for each stretch of `width_ms` from its start; none where nothing was measured."""
    top = max((point.value for point in points), default=1) or 1
    axes = Axes(start_ms, end_ms, 0, _nice_bounds(0, top)[1])
    bars = []
    for point in points:
        left, right, y = axes.x(point.at_ms), axes.x(point.at_ms + width_ms), axes.y(point.value)
        wide = max(1.0, right - left - 2)
        bars.append(Box(left + 1, y, round(wide, 1), round(axes.y(0) - y, 1), point.text))
    return Drawing(
        lines=(),
        ranges="",
        bars=tuple(bars),
        dots=(),
        target=None,
        y_ticks=_y_ticks(axes),
        x_ticks=tuple(Tick(axes.x(at), text) for at, text in x_ticks),
    )


def _axes(
    points: Sequence[Point], start_ms: float, end_ms: float, target: tuple[float, float] | None
) -> Axes:
    lows = [point.low for point in points] + ([target[0]] if target else [])
    highs = [point.high for point in points] + ([target[1]] if target else [])
    low, high = _nice_bounds(min(lows, default=0), max(highs, default=1))
    return Axes(start_ms, end_ms, low, high)


def _nice_bounds(low: float, high: float) -> tuple[float, float]:
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    step = _nice_step(high - low)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _nice_step(span: float) -> float:
    rough = span / 4
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in NICE if nice * power >= rough - 1e-12)


def _y_ticks(axes: Axes) -> tuple[Tick, ...]:
    step = _nice_step(axes.high - axes.low)
    count = round((axes.high - axes.low) / step)
    values = [axes.low + number * step for number in range(count + 1)]
    return tuple(Tick(axes.y(value), f"{value:,.6g}") for value in values)


def _pieces(points: Sequence[Point], gap_ms: float) -> list[list[Point]]:
    pieces: list[list[Point]] = []
    for point in points:
        if pieces and point.at_ms - pieces[-1][-1].at_ms <= gap_ms:
            pieces[-1].append(point)
        else:
            pieces.append([point])
    return pieces


def _path(axes: Axes, piece: Sequence[Point]) -> str:
    return "M" + " L".join(f"{axes.x(p.at_ms)},{axes.y(p.value)}" for p in piece)


def _range(axes: Axes, point: Point) -> str:
    return f"M{axes.x(point.at_ms)},{axes.y(point.high)}V{axes.y(point.low)}"


def _target(axes: Axes, target: tuple[float, float] | None) -> Box | None:
    if target is None:
        return None
    top, bottom = axes.y(target[1]), axes.y(target[0])
    return Box(LEFT, top, INNER_WIDTH, round(bottom - top, 1))

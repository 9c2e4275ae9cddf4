"""Charts as plain shapes for an inline SVG: samples of a day or week, longer stretches by days.

What was not measured is a gap, never a line drawn across it. Under the plot stand two strips: which
source counted when, and how much of each day was measured. Pure: numbers in, shapes out.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from backend.wire.decimation import decimate, longest_step, pieces

WIDTH, HEIGHT = 640, 214
LEFT, RIGHT, TOP, BOTTOM = 54, 10, 10, 46
INNER_WIDTH, INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
SOURCE_Y, COVER_Y, STRIP = HEIGHT - 40, HEIGHT - 31, 6
NICE = (1, 2, 2.5, 5, 10)
COLOURS = 5
SHADES = (0.5, 0.7, 0.9)  # of coverage, from hardly any to all of the day
Edges = tuple[float | None, float | None]


class Tick(NamedTuple):
    """A place on an axis and what stands there."""

    at: float
    text: str


class Box(NamedTuple):
    """A rectangle; `text` is its tooltip, `number` its colour or shade."""

    x: float
    y: float
    width: float
    height: float
    text: str = ""
    number: int = 0


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


class Strip(NamedTuple):
    """A stretch of one colour or shade."""

    start_ms: float
    end_ms: float
    number: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every chart of a page shares: the stretch of time and the ticks along it."""

    start_ms: float
    end_ms: float
    x_ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in a box of WIDTH × HEIGHT."""

    lines: tuple[str, ...]
    areas: tuple[str, ...]
    bars: tuple[Box, ...]
    dots: tuple[Dot, ...]
    target: Box | None
    sources: tuple[Box, ...]
    cover: tuple[Box, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    ahead: tuple[str, ...] = ()  # what is forecast: the area of its intervals, and a line
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
        return round(LEFT + min(max(share, 0), 1) * INNER_WIDTH, 1)

    def y(self, value: float) -> float:
        """Down."""
        share = (value - self.low) / (self.high - self.low)
        return round(TOP + (1 - min(max(share, 0), 1)) * INNER_HEIGHT, 1)


def thin(at_ms: Sequence[float], values: Sequence[float], frame: Frame) -> list[Point]:
    """The samples that can be seen: of each pixel the first, lowest, highest and last."""
    kept = decimate(at_ms, values, INNER_WIDTH, start=frame.start_ms, end=frame.end_ms)
    return [Point(at_ms[n], values[n], values[n], values[n]) for n in kept]


def gap_of(at_ms: Sequence[float], every_s: float | None, frame: Frame) -> float:
    """Longer than this between two samples is a gap, unless it is narrower than a pixel."""
    pixel = (frame.end_ms - frame.start_ms) / INNER_WIDTH
    return max(longest_step(at_ms, every_s), pixel)


def draw_line(
    points: Sequence[Point],
    frame: Frame,
    *,
    gap_ms: float,
    target: Edges | None = None,
    strips: tuple[Iterable[Strip], Iterable[Strip]] = ((), ()),
    with_dots: bool = False,
    ahead: Sequence[Point] = (),
) -> Drawing:
    """A line, and the area between lows and highs; single points between gaps become dots.

    `ahead` is what is forecast, drawn apart from what was measured.
    """
    axes = _axes([*points, *ahead], frame, target)
    runs = [points[run.start : run.stop] for run in pieces([p.at_ms for p in points], gap_ms)]
    lone = [run[0] for run in runs if len(run) == 1]
    dotted = points if with_dots else lone
    sources, cover = strips
    return Drawing(
        lines=tuple(_path(axes, run) for run in runs if len(run) > 1),
        areas=tuple(_area(axes, run) for run in runs if any(p.high > p.low for p in run)),
        bars=(),
        dots=tuple(Dot(axes.x(p.at_ms), axes.y(p.value), p.text) for p in dotted),
        target=_target(axes, target),
        sources=_boxes(axes, sources, SOURCE_Y),
        cover=_boxes(axes, cover, COVER_Y),
        y_ticks=_y_ticks(axes),
        x_ticks=tuple(Tick(axes.x(at), text) for at, text in frame.x_ticks),
        ahead=(_area(axes, ahead), _path(axes, ahead)) if len(ahead) > 1 else (),
    )


def draw_bars(
    points: Sequence[Point],
    frame: Frame,
    *,
    width_ms: float,
    strips: tuple[Iterable[Strip], Iterable[Strip]] = ((), ()),
) -> Drawing:
    """A bar for each stretch of `width_ms` from its start; none where nothing was measured."""
    top = max((point.value for point in points), default=1) or 1
    axes = Axes(frame.start_ms, frame.end_ms, 0, _nice_bounds(0, top)[1])
    bars = []
    for point in points:
        left, right, y = axes.x(point.at_ms), axes.x(point.at_ms + width_ms), axes.y(point.value)
        space = 1 if right - left > 4 else 0
        wide = max(1.0, right - left - 2 * space)
        bars.append(Box(left + space, y, round(wide, 1), round(axes.y(0) - y, 1), point.text))
    sources, cover = strips
    return Drawing(
        lines=(),
        areas=(),
        bars=tuple(bars),
        dots=(),
        target=None,
        sources=_boxes(axes, sources, SOURCE_Y),
        cover=_boxes(axes, cover, COVER_Y),
        y_ticks=_y_ticks(axes),
        x_ticks=tuple(Tick(axes.x(at), text) for at, text in frame.x_ticks),
    )


def shade_of(coverage: float) -> int:
    """From 0, hardly any of the day, to 3, nearly all of it."""
    return sum(coverage >= least for least in SHADES)


def joined(strips: Iterable[Strip]) -> list[Strip]:
    """Neighbours of one colour as one: a year need not be 365 boxes."""
    found: list[Strip] = []
    for strip in strips:
        last = found[-1] if found else None
        if last and last.end_ms == strip.start_ms and last[2:] == strip[2:]:
            found[-1] = last._replace(end_ms=strip.end_ms)
        else:
            found.append(strip)
    return found


def _boxes(axes: Axes, strips: Iterable[Strip], y: float) -> tuple[Box, ...]:
    found = []
    for strip in joined(strips):
        left, right = axes.x(strip.start_ms), axes.x(strip.end_ms)
        wide = round(max(0.5, right - left), 1)
        found.append(Box(left, y, wide, STRIP, strip.text, strip.number))
    return tuple(found)


def _axes(points: Sequence[Point], frame: Frame, target: Edges | None) -> Axes:
    edges = [edge for edge in target or () if edge is not None]
    low = min([p.low for p in points] + edges, default=0)
    high = max([p.high for p in points] + edges, default=1)
    return Axes(frame.start_ms, frame.end_ms, *_nice_bounds(low, high))


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


def _path(axes: Axes, run: Sequence[Point]) -> str:
    return "M" + " ".join(f"{axes.x(p.at_ms)},{axes.y(p.value)}" for p in run)


def _area(axes: Axes, run: Sequence[Point]) -> str:
    """Along the highs and back along the lows; a lone day is a narrow column."""
    half = 0.0 if len(run) > 1 else (axes.end_ms - axes.start_ms) / INNER_WIDTH
    wide = [run[0]._replace(at_ms=run[0].at_ms - half), *run[1:-1]]
    wide.append(run[-1]._replace(at_ms=run[-1].at_ms + half))
    there = [f"{axes.x(p.at_ms)},{axes.y(p.high)}" for p in wide]
    back = [f"{axes.x(p.at_ms)},{axes.y(p.low)}" for p in reversed(wide)]
    return "M" + " ".join(there + back) + "Z"


def _target(axes: Axes, target: Edges | None) -> Box | None:
    """An open edge ends at the edge of the plot."""
    if target is None or target == (None, None):
        return None
    low, high = target
    top = axes.y(axes.high if high is None else high)
    bottom = axes.y(axes.low if low is None else low)
    return Box(LEFT, top, INNER_WIDTH, round(bottom - top, 1))

"""One kind of a patient's streams, drawn, with its numbers in words and who measured it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from backend.desk.drawing import (
    COLOURS,
    Drawing,
    Edges,
    Frame,
    Point,
    Strip,
    draw_bars,
    draw_line,
    gap_of,
    shade_of,
    thin,
)
from backend.desk.windows import DAY_MS, HOUR_MS, Window
from backend.patients.access import Chart
from backend.streams import queries
from backend.streams.overview import Day
from backend.wire import diary
from backend.wire.measures import CODED, MEASURES, Measure, express
from backend.wire.messages import StreamPlanRow

# Canonical units, where neither the plan nor the measures table has a target. Blood pressure: below
# 130/80, 2017 ACC/AHA guideline; the lower edge only bounds the shading. SpO2: 94 % and over.
TARGETS: Final[dict[str, tuple[float, float]]] = {
    "systolic": (90.0, 130.0),
    "diastolic": (60.0, 80.0),
    "spo2": (94.0, 100.0),
}
STAGES: Final = {0: "awake", 1: "asleep", 2: "light", 3: "deep", 4: "REM", 5: "in bed"}
NEXT_DAY_MS = 1.5 * DAY_MS
FEW = 60  # samples, each of which is then seen as a dot
RARE = 2  # single values, which words tell better than a picture


@dataclass(frozen=True, slots=True)
class Named:
    """A source in the legend, by the number of its colour."""

    number: int
    name: str
    days: int


@dataclass(frozen=True, slots=True)
class StreamChart:
    """A small chart and what stands around it; `days` are the values that it is drawn from."""

    kind: str
    measure: Measure
    unit: str
    summary: str
    drawing: Drawing | None
    target: str = ""
    sources: list[Named] = field(default_factory=list)
    coverage: float | None = None
    days: list[Day] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stream:
    """What is known of one kind in the window."""

    chart: Chart
    kind: str
    window: Window
    days: list[Day]
    plan: StreamPlanRow | None
    ahead: Sequence[Point] = ()  # what is forecast, in the canonical unit

    @property
    def measure(self) -> Measure:
        """Its line in the table."""
        return MEASURES[self.kind]

    @property
    def unit(self) -> str:
        """The patient's own, if she chose one that the kind has."""
        return unit_of(self.chart, self.kind)

    @property
    def every_s(self) -> int | None:
        """How often a value is expected."""
        planned = self.plan.every_s if self.plan else None
        return planned or self.measure.every_s

    @property
    def target(self) -> Edges | None:
        """In the patient's unit: the plan's, else the usual one."""
        edges: Edges | None = self.measure.target or TARGETS.get(self.kind)
        if self.plan and (self.plan.target_low, self.plan.target_high) != (None, None):
            edges = (self.plan.target_low, self.plan.target_high)
        if edges is None:
            return None
        low, high = (None if e is None else self.shown([e])[0] for e in edges)
        return low, high

    def shown(self, values: Sequence[float]) -> list[float]:
        """Canonical values in the patient's unit."""
        return express(self.kind, self.unit, values)

    @property
    def sums(self) -> bool:
        """Whether values are added up."""
        return self.measure.summary == "sum"

    @property
    def is_rare(self) -> bool:
        """Whether there is so little that a picture would be empty."""
        counts = [day.count for day in self.days]
        return 0 < len(counts) <= RARE and max(counts) == 1 and self.kind not in CODED

    def strips(self) -> tuple[list[Strip], list[Strip]]:
        """Who counted when; and, of what is worn, how much of each day was measured."""
        names = list(dict.fromkeys(day.source for day in self.days))
        sources, cover = [], []
        for day in self.days:
            start = self.window.midnight_ms(day.day)
            end = self.window.midnight_ms(day.day + timedelta(days=1))
            sources.append(Strip(start, end, names.index(day.source) % COLOURS, day.source))
            cover.append(Strip(start, end, shade_of(day.coverage)))
        return sources, cover if self.measure.every_s else []


def unit_of(chart: Chart, kind: str) -> str:
    """The patient's own unit of a kind, if she chose one that it has."""
    wanted = str(chart.patient.units.get(kind, ""))
    return wanted if wanted in MEASURES[kind].units else MEASURES[kind].unit


def unit_name(kind: str, unit: str) -> str:
    """A unit as people write it."""
    measure = MEASURES[kind]
    return measure.shown if unit == measure.unit and measure.shown else unit


def chart_of(stream: Stream) -> StreamChart:
    """By samples if the window is short, else by days; notes are told in words."""
    drawing: Drawing | None = None
    if stream.kind == diary.TAG:
        summary = _notes(stream)
    elif stream.is_rare:
        summary = _values(stream)
    elif stream.window.is_fine and not (stream.sums and stream.window.span == "week"):
        summary, drawing = _by_samples(stream)
    else:
        summary, drawing = _by_days(stream)
    target, unit = stream.target, unit_name(stream.kind, stream.unit)
    worn = [day.coverage for day in stream.days] if stream.measure.every_s else []
    return StreamChart(
        kind=stream.kind,
        measure=stream.measure,
        unit=unit,
        summary=summary,
        drawing=drawing,
        target=f"Shaded: {_edges(target)} {unit}" if target and drawing and not stream.sums else "",
        sources=_legend(stream.days),
        coverage=100 * sum(worn) / stream.window.days if worn else None,
        days=stream.days,
    )


def _notes(stream: Stream) -> str:
    """Each day with what the patient noted of it."""
    window = stream.window
    found = queries.samples(stream.chart, stream.kind, start=window.start, end=window.end)
    days = diary.tags_of(found.instants.tolist(), found.values.tolist(), window.zone)
    told = [f"{day:%a} {day.day} {day:%b} {', '.join(sorted(days[day]))}" for day in sorted(days)]
    return "; ".join(told) or "Nothing noted"


def _values(stream: Stream) -> str:
    """Each with its day."""
    shown = stream.shown([day.mean for day in stream.days])
    told = zip(shown, stream.days, strict=True)
    return "; ".join(
        f"{value:.4g} on {day.day:%a} {day.day.day} {day.day:%b}" for value, day in told
    )


def _edges(target: Edges) -> str:
    low, high = target
    if low is None:
        return f"up to {high:.3g}"
    return f"{low:.3g} and over" if high is None else f"{low:.3g} to {high:.3g}"


def _legend(days: Sequence[Day]) -> list[Named]:
    names = list(dict.fromkeys(day.source for day in days))
    return [
        Named(n % COLOURS, name, sum(day.source == name for day in days))
        for n, name in enumerate(names)
    ]


def _by_samples(stream: Stream) -> tuple[str, Drawing | None]:
    window, frame = stream.window, stream.window.frame()
    found = queries.samples(stream.chart, stream.kind, start=window.start, end=window.end)
    times: list[float] = found.instants.tolist()
    values: list[float] = found.values.tolist()
    if not times:
        return "Nothing measured on this day", None
    if stream.sums:
        hours = _hours(times, values, stream, frame)
        total = stream.shown([sum(values)])[0]
        drawing = draw_bars(hours, frame, width_ms=HOUR_MS, strips=stream.strips())
        return f"{total:,.0f} in all", drawing
    kept = thin(times, values, frame)
    points = _in_unit(stream, kept)
    drawing = draw_line(
        points, frame, gap_ms=gap_of(times, stream.every_s, frame),
        target=stream.target, strips=stream.strips(), with_dots=len(points) <= FEW,
        ahead=_ahead(stream, frame),
    )  # fmt: skip
    said = _range_in_words(stream, values)
    return f"{said}; dashed: the next two hours, likely" if drawing.ahead else said, drawing


def _ahead(stream: Stream, frame: Frame) -> list[Point]:
    found = []
    for point in stream.ahead:
        if frame.start_ms <= point.at_ms <= frame.end_ms:
            value, low, high = stream.shown([point.value, point.low, point.high])
            found.append(Point(point.at_ms, value, low, high))
    return found


def _in_unit(stream: Stream, points: Sequence[Point]) -> list[Point]:
    shown = stream.shown([point.value for point in points])
    return [Point(p.at_ms, v, v, v) for p, v in zip(points, shown, strict=True)]


def _hours(
    times: Sequence[float], values: Sequence[float], stream: Stream, frame: Frame
) -> list[Point]:
    sums: dict[int, float] = {}
    for at, value in zip(times, values, strict=True):
        hour = int((at - frame.start_ms) // HOUR_MS)
        sums[hour] = sums.get(hour, 0.0) + value
    shown = zip(sorted(sums), stream.shown([sums[hour] for hour in sorted(sums)]), strict=True)
    return [
        Point(frame.start_ms + hour * HOUR_MS, total, total, total, f"{hour:02}:00 {total:,.0f}")
        for hour, total in shown
    ]


def _range_in_words(stream: Stream, values: Sequence[float]) -> str:
    if stream.kind in CODED:
        stages = sorted({int(value) for value in values})
        return ", ".join(STAGES.get(stage, str(stage)) for stage in stages)
    low, high, mean = stream.shown([min(values), max(values), sum(values) / len(values)])
    return f"{low:.4g} to {high:.4g}, mean {mean:.4g}"


def _by_days(stream: Stream) -> tuple[str, Drawing | None]:
    window, frame, days = stream.window, stream.window.frame(), stream.days
    if not days or stream.kind in CODED:
        return "Nights are drawn by day" if days else "Nothing measured in these days", None
    points = [_day_point(stream, day) for day in days]
    counted = f"{len(days)} of {window.days} days"
    if stream.sums:
        mean = sum(point.value for point in points) / len(points)
        drawing = draw_bars(points, frame, width_ms=DAY_MS, strips=stream.strips())
        return f"{counted}, {mean:,.4g} a day on average", drawing
    centred = [point._replace(at_ms=point.at_ms + DAY_MS / 2) for point in points]
    at = [point.at_ms for point in centred]
    gap = NEXT_DAY_MS if stream.every_s else gap_of(at, None, frame)
    drawing = draw_line(
        centred, frame, gap_ms=gap, target=stream.target, strips=stream.strips(),
        with_dots=window.days <= 31,
    )  # fmt: skip
    mean = sum(day.mean * day.count for day in days) / sum(day.count for day in days)
    low, high = min(day.low for day in days), max(day.high for day in days)
    low, high, mean = stream.shown([low, high, mean])
    return f"{low:.4g} to {high:.4g}, mean {mean:.4g}; {counted}", drawing


def _day_point(stream: Stream, day: Day) -> Point:
    at = stream.window.midnight_ms(day.day)
    if stream.sums:
        total = stream.shown([day.total])[0]
        return Point(at, total, total, total, f"{day.day}: {total:,.0f}")
    value, low, high = stream.shown([day.mean, day.low, day.high])
    return Point(at, value, low, high, f"{day.day}: mean {value:.4g} ({low:.4g} to {high:.4g})")

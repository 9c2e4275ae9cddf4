"""Charts of what was measured: one day, or the month that ends with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from backend.desk.drawing import Drawing, Point, draw_bars, draw_line, thin
from backend.desk.opening import Opened
from backend.desk.panels.base import Asked, zone_of
from backend.patients.access import Category, Chart
from backend.streams import queries
from backend.wire.measures import CODED, MEASURES, Measure, express
from backend.wire.messages import DaySummary

DAY: Final = "day"
MONTH: Final = "month"
SPANS: Final = (DAY, MONTH)
MONTH_DAYS = 30
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
# Canonical units. Glucose: Battelino et al., Diabetes Care 2019;42:1593. Blood pressure: below
# 130/80, 2017 ACC/AHA guideline; the lower edge only bounds the shading. SpO2: 94 % and over.
TARGETS: Final = {
    "glucose": (70.0, 180.0),
    "systolic": (90.0, 130.0),
    "diastolic": (60.0, 80.0),
    "spo2": (94.0, 100.0),
}
STAGES: Final = {0: "awake", 1: "asleep", 2: "light", 3: "deep", 4: "REM", 5: "in bed"}


@dataclass(frozen=True, slots=True)
class StreamChart:
    """One kind, drawn, with its numbers in words and the sources that it came from."""

    measure: Measure
    unit: str
    sources: list[str]
    summary: str
    drawing: Drawing | None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch that is drawn, in the patient's zone."""

    zone: ZoneInfo
    first: date
    last: date

    @property
    def start(self) -> datetime:
        """Midnight before the first day."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """Midnight after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    def edges(self) -> tuple[float, float]:
        """Both in milliseconds."""
        return self.start.timestamp() * 1000, self.end.timestamp() * 1000

    def midnight_ms(self, day: date) -> float:
        """Where a day begins."""
        return datetime.combine(day, time(), self.zone).timestamp() * 1000


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """A chart for each kind that was measured in the window or lately."""
    chart = opened.chart(Category.STREAMS)
    zone = zone_of(opened)
    is_day = asked.span == DAY
    first = asked.day if is_day else asked.day - timedelta(days=MONTH_DAYS - 1)
    window = Window(zone, first, asked.day)
    sources = queries.sources_of(chart, start=window.start, end=window.end)
    draw = _day_chart if is_day else _month_chart
    step = timedelta(days=1 if is_day else MONTH_DAYS)
    return {
        "charts": [draw(chart, kind, window, named) for kind, named in sources.items()],
        "latest": None if sources else _latest(chart, zone),
        "window": window,
        "span": asked.span,
        "earlier": asked.day - step,
        "later": min(asked.day + step, asked.now.astimezone(zone).date()),
        "is_latest": asked.day >= asked.now.astimezone(zone).date(),
    }


def _latest(chart: Chart, zone: ZoneInfo) -> date | None:
    """The last day with data, for a window that holds none: an old export must not look lost."""
    moment = queries.latest_moment(chart)
    return moment.astimezone(zone).date() if moment else None


def _unit(chart: Chart, kind: str) -> str:
    """The patient's own, if she chose one that the kind has."""
    wanted = str(chart.patient.units.get(kind, ""))
    measure = MEASURES[kind]
    return wanted if wanted in measure.units else measure.unit


def _shown_unit(kind: str, unit: str) -> str:
    measure = MEASURES[kind]
    return measure.shown if unit == measure.unit and measure.shown else unit


def _target(kind: str, unit: str) -> tuple[float, float] | None:
    if kind not in TARGETS:
        return None
    low, high = express(kind, unit, TARGETS[kind])
    return low, high


def _chart(
    kind: str, unit: str, sources: list[str], summary: str, drawing: Drawing | None
) -> StreamChart:
    target, shown = _target(kind, unit), _shown_unit(kind, unit)
    said = f"Shaded: {target[0]:.3g} to {target[1]:.3g} {shown}" if target else ""
    return StreamChart(MEASURES[kind], shown, sources, summary, drawing, said)


def _day_chart(chart: Chart, kind: str, window: Window, sources: list[str]) -> StreamChart:
    found = queries.samples(chart, kind, start=window.start, end=window.end)
    unit = _unit(chart, kind)
    times: list[float] = found.instants.tolist()
    values = express(kind, unit, found.values.tolist())
    if not times:
        return _chart(kind, unit, sources, "Nothing measured on this day", None)
    start_ms, end_ms = window.edges()
    ticks = [(start_ms + hour * HOUR_MS, f"{hour:02}") for hour in range(0, 24, 3)]
    if MEASURES[kind].summary == "sum":
        drawing = draw_bars(
            _hours(times, values, window),
            start_ms=start_ms,
            end_ms=end_ms,
            width_ms=HOUR_MS,
            x_ticks=ticks,
        )
        return _chart(kind, unit, sources, f"{sum(values):,.0f} in all", drawing)
    points = thin(times, values, start_ms, end_ms)
    drawing = draw_line(
        points, start_ms=start_ms, end_ms=end_ms, x_ticks=ticks, target=_target(kind, unit)
    )
    return _chart(kind, unit, sources, _range_in_words(kind, values), drawing)


def _hours(times: Sequence[float], values: Sequence[float], window: Window) -> list[Point]:
    start_ms, _ = window.edges()
    sums: dict[int, float] = {}
    for at, value in zip(times, values, strict=True):
        hour = int((at - start_ms) // HOUR_MS)
        sums[hour] = sums.get(hour, 0.0) + value
    return [
        Point(start_ms + hour * HOUR_MS, total, total, total, f"{hour:02}:00 {total:,.0f}")
        for hour, total in sorted(sums.items())
    ]


def _range_in_words(kind: str, values: Sequence[float]) -> str:
    if kind in CODED:
        stages = sorted({int(value) for value in values})
        return ", ".join(STAGES.get(stage, str(stage)) for stage in stages)
    return f"{min(values):.4g} to {max(values):.4g}, mean {sum(values) / len(values):.4g}"


def _month_chart(chart: Chart, kind: str, window: Window, sources: list[str]) -> StreamChart:
    found = queries.day_summaries(chart, kind, start=window.start, end=window.end)
    unit = _unit(chart, kind)
    if not found or kind in CODED:
        said = "Nights are drawn by day" if found else "Nothing measured in these days"
        return _chart(kind, unit, sources, said, None)
    start_ms, end_ms = window.edges()
    points = [_day_point(kind, unit, summary, window) for summary in found]
    ticks = [
        (window.midnight_ms(day), f"{day.day} {day:%b}")
        for day in (window.first + timedelta(days=n) for n in range(0, MONTH_DAYS, 7))
    ]
    mean = sum(point.value for point in points) / len(points)
    said = f"{len(points)} of {MONTH_DAYS} days, {mean:,.4g} a day on average"
    if MEASURES[kind].summary == "sum":
        drawing = draw_bars(
            points, start_ms=start_ms, end_ms=end_ms, width_ms=DAY_MS, x_ticks=ticks
        )
    else:
        centred = [point._replace(at_ms=point.at_ms + DAY_MS / 2) for point in points]
        drawing = draw_line(
            centred,
            start_ms=start_ms,
            end_ms=end_ms,
            x_ticks=ticks,
            target=_target(kind, unit),
            gap_ms=1.5 * DAY_MS,
            with_dots=True,
        )
    return _chart(kind, unit, sources, said, drawing)


def _day_point(kind: str, unit: str, summary: DaySummary, window: Window) -> Point:
    day = summary.date
    if isinstance(day, datetime):
        day = day.date()
    if summary.sum is not None:
        value = low = high = express(kind, unit, [summary.sum])[0]
        text = f"{day}: {value:,.0f}"
    else:
        value, low, high = express(kind, unit, [summary.mean, summary.min, summary.max])
        text = f"{day}: mean {value:.4g} ({low:.4g} to {high:.4g})"
    return Point(window.midnight_ms(day), value, low, high, text)

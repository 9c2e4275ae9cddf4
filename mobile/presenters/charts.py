"""A chart as numbers and words, without a pixel: lines with gaps, bands, bars, ticks, a target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from backend.wire.decimation import decimate, longest_step, pieces
from mobile.presenters.axes import SPAN_DAYS, Span, Tick, scale, stretch, x_ticks
from mobile.presenters.saying import midnight
from mobile.store import bodies
from mobile.sync.series import Bucket, Series
from mobile.words import Words

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
COLUMNS = 360
DENSE = 4  # samples a day, beyond which a long stretch is drawn by its days' averages
Point = tuple[float, float]
Line = tuple[Point, ...]
Edges = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Band:
    """The spread between low and high at one x."""

    x: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Covered:
    """A stretch that one source measured; `number` is its place in the legend."""

    left: float
    right: float
    number: int


@dataclass(frozen=True, slots=True)
class Looks:
    """How a kind is drawn: `shown` turns canonical values into those that people read."""

    shown: Callable[[Sequence[float]], list[float]]
    sums: bool = False
    every_s: float | None = None
    target: Edges | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw; x in ms since 1970, y in the unit shown. `traces` are samples behind `lines` of
    averages; `ahead` is a forecast, with the band that holds it nine times in ten.
    """

    left: float
    right: float
    bottom: float
    top: float
    lines: tuple[Line, ...]
    traces: tuple[Line, ...]
    bands: tuple[tuple[Band, ...], ...]
    bars: tuple[Point, ...]
    bar_width: float
    target: tuple[float, float] | None
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    sources: tuple[Covered, ...]
    ahead: Line = ()
    ahead_band: tuple[Band, ...] = ()

    @property
    def extent(self) -> tuple[float, float]:
        """From the lowest to the highest that is drawn."""
        drawn = (*self.lines, *self.traces, self.bars)
        values = [y for line in drawn for _, y in line]
        bands = (*self.bands, self.ahead_band)
        values += [edge for band in bands for b in band for edge in (b.low, b.high)]
        return (min(values), max(values)) if values else (0.0, 1.0)


def draw(
    series: Series, looks: Looks, *, span: Span, last: date, zone: ZoneInfo, words: Words
) -> Chart:
    """The chart of a stretch."""
    left, right = (float(bodies.ms_of(moment)) for moment in stretch(span, last, zone))
    chart = Chart(
        left, right, 0.0, 1.0, (), (), (), (), float(HOUR_MS if span == "day" else DAY_MS),
        None, x_ticks(span, last, zone, words), (), covered(series.days, left, right, zone),
    )  # fmt: skip
    if looks.sums:
        chart = replace(chart, bars=_bars(series, looks, span))
    else:
        chart = _with_lines(chart, series, looks, span)
    return rescaled(chart, looks, words)


def rescaled(
    chart: Chart, looks: Looks, words: Words, *, beside: tuple[float, float] | None = None
) -> Chart:
    """With round limits around everything drawn, and around what is drawn `beside` it."""
    edges = [e for e in looks.target or () if e is not None]
    extents = [chart.extent, *([beside] if beside else [])]
    inside = [edge for pair in extents for edge in pair] + looks.shown(edges)
    bottom, top, ticks = scale((min(inside), max(inside)), words, zero=looks.sums)
    target = None
    if looks.target is not None:
        low, high = looks.target
        target = (
            bottom if low is None else looks.shown([low])[0],
            top if high is None else looks.shown([high])[0],
        )
    return replace(chart, bottom=bottom, top=top, y_ticks=ticks, target=target)


def _with_lines(chart: Chart, series: Series, looks: Looks, span: Span) -> Chart:
    traces = _traces(series, looks, chart.left, chart.right)
    if SPAN_DAYS[span] <= 7:
        lines = (*traces, *_means(series.buckets, looks))
        return replace(chart, lines=lines, bands=_bands(series.buckets, looks))
    if series.buckets:  # of some days only the extremes are known: all are drawn alike
        lines = _means(series.days, looks)
        return replace(chart, lines=lines, bands=_bands(series.days, looks))
    if len(series.instants) <= DENSE * len(series.days):
        return replace(chart, lines=traces)
    return replace(chart, lines=_means(series.days, looks), traces=traces)


def _traces(series: Series, looks: Looks, left: float, right: float) -> tuple[Line, ...]:
    """The samples, thinned to what the screen can show; a gap as narrow as a column is none."""
    kept = decimate(series.instants, series.values, COLUMNS, start=left, end=right)
    at = [series.instants[n] for n in kept]
    values = looks.shown([series.values[n] for n in kept])
    longest = longest_step(series.instants, looks.every_s)
    runs = pieces(at, max(longest, (right - left) / COLUMNS))
    return tuple(tuple((float(at[n]), values[n]) for n in run) for run in runs)


def _runs(buckets: Sequence[Bucket], looks: Looks) -> list[Sequence[Bucket]]:
    """Of what is measured all the time one missing hour or day is a gap."""
    starts = [b.start_ms for b in buckets]
    longest = longest_step(starts, None)
    if looks.every_s is not None:
        longest = min(longest, 1.5 * bucket_width(buckets))
    return [[buckets[n] for n in run] for run in pieces(starts, longest)]


def bucket_width(buckets: Sequence[Bucket]) -> int:
    """An hour or a day, in milliseconds."""
    close = any(b.start_ms - a.start_ms < DAY_MS / 2 for a, b in pairwise(buckets))
    return HOUR_MS if close else DAY_MS


def _means(buckets: Sequence[Bucket], looks: Looks) -> tuple[Line, ...]:
    half = bucket_width(buckets) / 2
    return tuple(
        tuple(
            zip([b.start_ms + half for b in run], looks.shown([b.mean for b in run]), strict=True)
        )
        for run in _runs(buckets, looks)
    )


def _bands(buckets: Sequence[Bucket], looks: Looks) -> tuple[tuple[Band, ...], ...]:
    half = bucket_width(buckets) / 2
    return tuple(
        tuple(Band(b.start_ms + half, *looks.shown([b.low, b.high])) for b in run)
        for run in _runs(buckets, looks)
    )


def _bars(series: Series, looks: Looks, span: Span) -> tuple[Point, ...]:
    totals = sorted(bar_totals(series, span).items())
    values = looks.shown([total for _, total in totals])
    return tuple((float(at), value) for (at, _), value in zip(totals, values, strict=True))


def bar_totals(series: Series, span: Span) -> dict[int, float]:
    """By the hour of a day, else by the day: steps of a minute are no bars to look at."""
    if span != "day":
        return {day.start_ms: day.total for day in series.days}
    sums = {hour.start_ms: hour.total for hour in series.buckets}
    for at, value in zip(series.instants, series.values, strict=True):
        sums[at // HOUR_MS * HOUR_MS] = sums.get(at // HOUR_MS * HOUR_MS, 0.0) + value
    return sums


def source_names(days: Sequence[Bucket]) -> list[str]:
    """In the order in which they are first met; "" is a day whose source is not known."""
    return list(dict.fromkeys(day.source for day in days))


def covered(
    days: Sequence[Bucket], left: float, right: float, zone: ZoneInfo
) -> tuple[Covered, ...]:
    """Which source counts when, days in a row together."""
    names = source_names(days)
    found: list[Covered] = []
    for number, group in groupby(days, key=lambda day: names.index(day.source)):
        for day in group:
            begin = float(day.start_ms)
            local = bodies.moment_of(day.start_ms).astimezone(zone).date()
            end = min(right, float(bodies.ms_of(midnight(local + timedelta(days=1), zone))))
            if found and found[-1].number == number and found[-1].right == begin:
                begin = found.pop().left
            found.append(Covered(max(left, begin), end, number))
    return tuple(found)

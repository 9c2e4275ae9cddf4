"""A chart as numbers and words, without a pixel: lines with gaps, bands, bars, ticks, a target."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

from mobile.presenters.decimation import Point, decimate
from mobile.presenters.saying import midnight, number, short_day
from mobile.store import bodies
from mobile.sync.series import Bucket
from mobile.words import Words

Span = Literal["day", "week", "month"]
SPAN_DAYS: dict[Span, int] = {"day": 1, "week": 7, "month": 30}
HOUR_MS = 3_600_000
SHORTEST_GAP_MS = HOUR_MS // 4
COLUMNS = 360
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Band:
    """The spread between low and high at one x."""

    x: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw; x in ms since 1970, y in the unit shown."""

    left: float
    right: float
    bottom: float
    top: float
    lines: tuple[tuple[Point, ...], ...]
    bands: tuple[tuple[Band, ...], ...]
    bars: tuple[Point, ...]
    bar_width: float
    target: tuple[float, float] | None
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]


def first_day(span: Span, last: date) -> date:
    """The day on which a stretch ending with `last` begins."""
    return last - timedelta(days=SPAN_DAYS[span] - 1)


def stretch(span: Span, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Local midnight to local midnight."""
    return midnight(first_day(span, last), zone), midnight(last + timedelta(days=1), zone)


def draw(
    buckets: Sequence[Bucket], *, span: Span, last: date, zone: ZoneInfo, words: Words,
    sums: bool, target: tuple[float, float] | None, shown: Callable[[float], float],
) -> Chart:  # fmt: skip
    """The chart of a stretch; `shown` turns canonical values into those that people read."""
    start, end = (float(bodies.ms_of(moment)) for moment in stretch(span, last, zone))
    goal = None if target is None else (shown(target[0]), shown(target[1]))
    raw = all(b.count == 1 for b in buckets)
    step = _step_ms(buckets, raw=raw)
    lines: tuple[tuple[Point, ...], ...] = ()
    bands: tuple[tuple[Band, ...], ...] = ()
    bars: tuple[Point, ...] = ()
    if sums:
        bars = tuple((b.start_ms, shown(b.total)) for b in _by_hour(buckets, raw=raw))
    else:
        runs = _runs(buckets, step)
        half = 0.0 if raw else step / 2
        lines = tuple(
            tuple(decimate([(b.start_ms + half, shown(b.mean)) for b in run], COLUMNS))
            for run in runs
        )
        if not raw:
            bands = tuple(
                tuple(Band(b.start_ms + half, shown(b.low), shown(b.high)) for b in run)
                for run in runs
            )
    bottom, top, y_ticks = _scale(_extent(lines, bands, bars, goal), zero=sums)
    bar_width = float(HOUR_MS if span == "day" or step <= HOUR_MS else step)
    x_ticks = _x_ticks(span, last, zone, words)
    return Chart(start, end, bottom, top, lines, bands, bars, bar_width, goal, x_ticks, y_ticks)


def _step_ms(buckets: Sequence[Bucket], *, raw: bool) -> float:
    """How far apart neighbours usually are."""
    ahead = [b.start_ms - a.start_ms for a, b in zip(buckets, buckets[1:], strict=False)]
    usual = float(median(ahead)) if ahead else float(HOUR_MS)
    return usual if raw else min(usual, 24.0 * HOUR_MS) if usual > 2 * HOUR_MS else float(HOUR_MS)


def _runs(buckets: Sequence[Bucket], step: float) -> list[list[Bucket]]:
    """Stretches without a gap: where nothing was measured no line is drawn."""
    longest = max(SHORTEST_GAP_MS, 3 * step)
    runs: list[list[Bucket]] = []
    for bucket in buckets:
        if not runs or bucket.start_ms - runs[-1][-1].start_ms > longest:
            runs.append([])
        runs[-1].append(bucket)
    return runs


def _by_hour(buckets: Sequence[Bucket], *, raw: bool) -> list[Bucket]:
    """Counts are drawn by the hour at the finest: steps of a minute are no bars to look at."""
    if not raw:
        return list(buckets)
    hours: dict[int, float] = {}
    for bucket in buckets:
        at = bucket.start_ms // HOUR_MS * HOUR_MS
        hours[at] = hours.get(at, 0.0) + bucket.total
    return [Bucket(at, 1, total, total, total, total) for at, total in sorted(hours.items())]


def _extent(
    lines: Sequence[Sequence[Point]], bands: Sequence[Sequence[Band]], bars: Sequence[Point],
    goal: tuple[float, float] | None,
) -> tuple[float, float]:  # fmt: skip
    values = [y for line in lines for _, y in line] + [y for _, y in bars]
    values += [edge for band in bands for b in band for edge in (b.low, b.high)]
    values += list(goal or ())
    return (min(values), max(values)) if values else (0.0, 1.0)


def _scale(
    extent: tuple[float, float], *, zero: bool
) -> tuple[float, float, tuple[tuple[float, str], ...]]:
    """Round limits and three to six ticks between them."""
    low, high = (0.0 if zero else extent[0]), extent[1]
    if high - low < 1e-9:
        low, high = low - 1.0, high + 1.0
        low = max(0.0, low) if zero else low
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in NICE if n * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if step / power == 2.5 else 0)
    digits = digits if step < 10 else 0
    ticks = tuple((n * step, number(n * step, digits)) for n in range(first, last + 1))
    return first * step, last * step, ticks


def _x_ticks(span: Span, last: date, zone: ZoneInfo, words: Words) -> tuple[tuple[float, str], ...]:
    if span == "day":
        start = midnight(last, zone)
        hours = [start.replace(hour=hour) for hour in (0, 6, 12, 18)]
        return tuple((float(bodies.ms_of(at)), f"{at:%H:%M}") for at in hours)
    days = [first_day(span, last) + timedelta(days=n) for n in range(SPAN_DAYS[span])]
    if span == "week":
        named = words.items("weekdays")
        noons = [
            (midnight(day, zone) + timedelta(hours=12), named[day.weekday()][:3]) for day in days
        ]
    else:
        noons = [
            (midnight(day, zone) + timedelta(hours=12), short_day(day, words).split(" ", 1)[1])
            for day in days[3::8]
        ]
    return tuple((float(bodies.ms_of(at)), text) for at, text in noons)

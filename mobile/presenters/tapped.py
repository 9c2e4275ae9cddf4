"""What a finger on a chart asks for: the value there, when it was, and who measured it."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from mobile.presenters.axes import Span
from mobile.presenters.charts import DAY_MS, HOUR_MS, bar_totals, bucket_width
from mobile.presenters.saying import clock, short_day
from mobile.presenters.streams import Stream, kind_name, unit_name
from mobile.presenters.trends import TrendsFacts
from mobile.store import bodies
from mobile.words import Words


@dataclass(frozen=True, slots=True)
class Tapped:
    """Where the mark stands, in ms and in the unit shown, and what is said of it."""

    at_ms: float
    value: float
    text: str


def tapped(facts: TrendsFacts, at_ms: float, words: Words) -> Tapped | None:
    """The nearest thing measured of the first stream, and what the second one says then."""
    found = _nearest(facts.stream, facts, at_ms, words)
    if found is None or facts.over is None:
        return found
    other = _nearest(facts.over, facts, found.at_ms, words)
    if other is None:
        return found
    texts = [
        f"{kind_name(stream.kind, words)}: {told.text}"
        for stream, told in ((facts.stream, found), (facts.over, other))
    ]
    return Tapped(found.at_ms, found.value, "\n".join(texts))


@dataclass(frozen=True, slots=True)
class _Spot:
    """A sample (no width), or a sum of so many ms; values in the canonical unit."""

    start_ms: int
    width_ms: int
    value: float
    low: float
    high: float

    @property
    def middle(self) -> float:
        """Where it is drawn."""
        return self.start_ms + self.width_ms / 2


def _nearest(stream: Stream, facts: TrendsFacts, at_ms: float, words: Words) -> Tapped | None:
    spots = _bars(stream, facts.asked.span) if stream.looks.sums else _spots(stream, at_ms)
    if not spots:
        return None
    spot = min(spots, key=lambda one: abs(one.middle - at_ms))
    return Tapped(spot.middle, stream.shown([spot.value])[0], _say(stream, spot, facts.zone, words))


def _bars(stream: Stream, span: Span) -> list[_Spot]:
    width = HOUR_MS if span == "day" else DAY_MS
    return [_Spot(at, width, v, v, v) for at, v in bar_totals(stream.series, span).items()]


def _spots(stream: Stream, at_ms: float) -> list[_Spot]:
    """The neighbours of the place among the samples, and what stands where no samples are known."""
    series = stream.series
    place = bisect_left(series.instants, at_ms)
    near = range(max(0, place - 1), min(len(series.instants), place + 1))
    values = series.values
    samples = [_Spot(series.instants[n], 0, values[n], values[n], values[n]) for n in near]
    width = bucket_width(series.buckets)
    return samples + [_Spot(b.start_ms, width, b.mean, b.low, b.high) for b in series.buckets]


def _say(stream: Stream, spot: _Spot, zone: ZoneInfo, words: Words) -> str:
    local = bodies.moment_of(spot.start_ms).astimezone(zone)
    when = short_day(local.date(), words)
    if spot.width_ms < DAY_MS:
        when = words("day_and_clock", day=when, clock=clock(local, zone))
    unit = unit_name(stream.kind, stream.unit)
    key = "tapped" if spot.low == spot.high else "tapped_range"
    said = words(
        key, when=when, unit=unit, value=stream.say(spot.value, words),
        low=stream.say(spot.low, words), high=stream.say(spot.high, words),
    )  # fmt: skip
    source = _source_at(stream, spot.start_ms)
    return words("tapped_source", said=said, source=source) if source else said


def _source_at(stream: Stream, at_ms: int) -> str:
    days = stream.series.days
    place = bisect_right([day.start_ms for day in days], at_ms) - 1
    return days[place].source if place >= 0 else ""

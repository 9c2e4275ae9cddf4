"""Local days: where they begin, which source counts on them, and what they come to. Pure.

Where several sources cover one kind on one day (a phone and a watch count the same walk), one
source counts for all that is drawn, summed or averaged of that day: the first of the patient's plan
that has samples then; without one, the source with samples in the most hours, then the one with
the most samples, then the first by name. Sources are never added.

Coverage is the share of a stretch that samples stand for. A sample stands until the next one, at
most one and a half times the typical interval of that source on that local day (the median of its
gaps), never longer than three times the kind's own interval, and not into the next day. A kind that
is measured at will has no interval: of it an hour with a sample counts as covered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from backend.streams.columns import EMPTY, Columns, Instants, Values, join
from backend.wire.codec import moment_of, ms_of
from backend.wire.measures import DIGITS, MEASURES

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ONE_DAY = timedelta(days=1)
QUARTER_MINUTE_MS = 15_000  # what the coverage of an hour is told in
MOST_INTERVALS = 3  # that one sample may stand for


@dataclass(frozen=True, slots=True)
class Summary:
    """A stretch of one kind, of one source; `coverage` from 0 to 1."""

    count: int
    mean: float
    low: float
    high: float
    total: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Buckets:
    """Stretches that hold samples, as columns: the number of each, and what it comes to."""

    numbers: Instants
    counts: Instants
    covered_ms: Instants
    lows: Values
    highs: Values
    totals: Values

    def summary(self, at: int, length_ms: int) -> Summary:
        """One of them."""
        return _summary(
            int(self.counts[at]),
            float(self.lows[at]),
            float(self.highs[at]),
            float(self.totals[at]),
            int(self.covered_ms[at]) / length_ms,
        )


def utc_day(ms: int) -> date:
    """The UTC day of an instant."""
    return moment_of(ms).date()


def utc_start_ms(day: date) -> int:
    """Where a UTC day begins."""
    return ms_of(datetime.combine(day, time(), UTC))


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day on which a moment falls in `zone`."""
    return moment.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Midnight, or the first moment after it where clocks jump over midnight."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def edges_ms(first: date, last: date, zone: ZoneInfo) -> list[int]:
    """Where the days first … last begin, and where the last one ends."""
    days = (last - first).days + 2
    return [ms_of(day_start(first + n * ONE_DAY, zone)) for n in range(days)]


def touched_days(samples: Columns, zone: ZoneInfo) -> set[date]:
    """The local days that hold samples."""
    if not len(samples):
        return set()
    first = local_day(moment_of(int(samples.instants[0])), zone)
    last = local_day(moment_of(int(samples.instants[-1])), zone)
    if first == last:
        return {first}
    edges = np.array(edges_ms(first, last, zone), np.int64)
    places = np.unique(np.searchsorted(edges, samples.instants, side="right") - 1)
    return {first + int(n) * ONE_DAY for n in places}


def best_source(
    by_source: Mapping[str, Columns], start_ms: int, end_ms: int, priority: Sequence[str] = ()
) -> str | None:
    """The source that counts in [start, end); None if there is nothing."""
    inside = {name: found.between(start_ms, end_ms) for name, found in by_source.items()}
    inside = {name: found for name, found in inside.items() if len(found)}
    for name in priority:
        if name in inside:
            return name
    if len(inside) < 2:
        return next(iter(inside), None)

    def rank(name: str) -> tuple[int, int, str]:
        return -len(np.unique(inside[name].instants // HOUR_MS)), -len(inside[name]), name

    return min(inside, key=rank)


def one_source(
    by_source: Mapping[str, Columns], edges: Sequence[int], priority: Sequence[str] = ()
) -> Columns:
    """The samples of each day from the source that counts on it."""
    if len(by_source) == 1:
        (samples,) = by_source.values()
        return samples.between(edges[0], edges[-1])
    parts = []
    for start, end in zip(edges, edges[1:], strict=False):
        source = best_source(by_source, start, end, priority)
        parts.append(by_source[source].between(start, end) if source else EMPTY)
    return join(parts)


def hour_edges(start_ms: int, end_ms: int) -> list[int]:
    """Where the hours of a day begin, counted from its start, and where the last one ends."""
    return [*range(start_ms, end_ms, HOUR_MS), end_ms]


def standing_ms(instants: Instants, end_ms: int, every_s: int) -> Instants:
    """How long each sample of a source's day stands; the day ends at `end_ms`."""
    gaps = np.diff(instants, append=end_ms)
    limit = MOST_INTERVALS * every_s * 1000
    if len(gaps) > 1:
        middle = (len(gaps) - 2) // 2
        typical = int(np.partition(gaps[:-1], middle)[middle])
    else:
        typical = every_s * 1000
    return np.minimum(gaps, min(typical * 3 // 2, limit))


def day_standing_ms(samples: Columns, edges: Sequence[int], kind: str) -> Instants:
    """`standing_ms` of each day between edges, one after the other; nothing of kinds at will."""
    every_s = MEASURES[kind].every_s
    cuts = np.searchsorted(samples.instants, edges)
    if every_s is None or not len(samples):
        return np.zeros(len(samples), np.int64)
    parts = [
        standing_ms(samples.instants[low:high], end, every_s)
        for low, high, end in zip(cuts, cuts[1:], edges[1:], strict=False)
        if high > low
    ]
    return np.concatenate(parts)


def summarise_each(
    samples: Columns, standing: Instants, edges: Sequence[int], kind: str
) -> Buckets:
    """What each stretch between edges comes to, of those that hold samples."""
    bounds = np.asarray(edges, np.int64)
    cuts = np.searchsorted(samples.instants, bounds)
    numbers = np.flatnonzero(np.diff(cuts))
    if not len(numbers):
        nothing = np.empty(0, np.int64)
        return Buckets(nothing, nothing, nothing, *[np.empty(0)] * 3)
    starts = cuts[numbers]
    values = samples.values[: cuts[-1]]
    if MEASURES[kind].every_s is None:
        covered = np.diff(bounds)
    else:
        covered = _covered_ms(samples.instants, standing, bounds, cuts)
    return Buckets(
        numbers,
        np.diff(cuts)[numbers],
        covered[numbers],
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
        # A sum of values of so many decimals has no more: what adding them in binary left goes.
        np.round(np.add.reduceat(values, starts), DIGITS).astype(np.float64),
    )


def _covered_ms(
    instants: Instants, standing: Instants, bounds: Instants, cuts: Instants
) -> Instants:
    """How much of each stretch samples stand for, also one that began before it."""
    so_far = np.concatenate([[0], np.cumsum(standing)])
    last = np.maximum(cuts - 1, 0)
    beyond = np.where(cuts > 0, instants[last] + standing[last] - bounds, 0)
    return np.diff(so_far[cuts] - np.maximum(beyond, 0))


def summarise_day(
    samples: Columns, start_ms: int, end_ms: int, kind: str
) -> tuple[Summary, Buckets]:
    """A source's whole day, of at least one sample, and its hours."""
    standing = day_standing_ms(samples, [start_ms, end_ms], kind)
    hours = summarise_each(samples, standing, hour_edges(start_ms, end_ms), kind)
    covered_ms = int(hours.covered_ms.sum())
    quarters = (hours.covered_ms + QUARTER_MINUTE_MS // 2) // QUARTER_MINUTE_MS
    hours = replace(hours, covered_ms=quarters * QUARTER_MINUTE_MS)  # as they are stored
    if MEASURES[kind].every_s is not None:
        covered_ms = int(standing.sum())
    whole = _summary(
        len(samples),
        float(hours.lows.min()),
        float(hours.highs.max()),
        round(float(hours.totals.sum()), DIGITS),
        covered_ms / (end_ms - start_ms),
    )
    return whole, hours


def _summary(count: int, low: float, high: float, total: float, coverage: float) -> Summary:
    return Summary(count, total / count, low, high, total, round(coverage, 4))

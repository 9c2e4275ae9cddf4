"""Local days: where they begin, which source counts on them, and what they come to. Pure.

Where several sources cover one kind on one day (a phone and a watch count the same walk), one
source counts for all that is drawn, summed or averaged of that day: the first of the patient's plan
that has samples then; without one, the source with samples in the most hours, then the one with
the most samples, then the first by name. Sources are never added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from backend.streams.columns import EMPTY, Columns, join
from backend.wire.codec import moment_of, ms_of

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Summary:
    """A stretch of one kind, of one source."""

    count: int
    mean: float
    low: float
    high: float
    total: float


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


def summarise(samples: Columns) -> Summary:
    """Of at least one sample."""
    values = samples.values
    total = float(values.sum())
    return Summary(
        len(values), total / len(values), float(values.min()), float(values.max()), total
    )


def summarise_each(samples: Columns, edges: Sequence[int]) -> dict[int, Summary]:
    """The summary of each stretch between edges that holds samples, by its number."""
    cuts = np.searchsorted(samples.instants, edges)
    return {
        n: summarise(Columns(samples.instants[low:high], samples.values[low:high]))
        for n, (low, high) in enumerate(zip(cuts, cuts[1:], strict=False))
        if high > low
    }

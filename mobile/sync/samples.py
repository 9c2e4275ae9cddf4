"""This phone's own samples by local day, in columns: a year of heart beats is half a million."""

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from backend.wire.measures import convert
from mobile.store import outbox

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class DaySamples:
    """A local day from the one source that counts on it; values in the canonical unit."""

    start_ms: int
    source: str
    instants: list[int]
    values: list[float]


@dataclass(frozen=True, slots=True)
class Columns:
    """All of one source, in the order of the instants."""

    instants: list[int]
    values: list[float]

    def between(self, low_ms: int, high_ms: int) -> tuple[list[int], list[float]]:
        """The samples of [low, high)."""
        low, high = bisect_left(self.instants, low_ms), bisect_left(self.instants, high_ms)
        return self.instants[low:high], self.values[low:high]


def own_days(
    db: sqlite3.Connection, kind: str, edges: Sequence[int], order: Sequence[str] = ()
) -> dict[int, DaySamples]:
    """The days between `edges` that this phone measured, by their beginning.

    Of several sources one counts, as on the server: the first in `order` (the plan's), then the one
    with samples in the most hours, then the one with the most, then the first by name.
    """
    sources = own_columns(db, kind, edges[0], edges[-1])
    found: dict[int, DaySamples] = {}
    for low, high in zip(edges, edges[1:], strict=False):
        days = [
            DaySamples(low, source, *columns.between(low, high))
            for source, columns in sources.items()
        ]
        days = [day for day in days if day.instants]
        if days:
            found[low] = days[0] if len(days) == 1 else min(days, key=lambda d: _rank(d, order))
    return found


def _rank(day: DaySamples, order: Sequence[str]) -> tuple[int, int, int, str]:
    place = order.index(day.source) if day.source in order else len(order)
    hours = len({at // HOUR_MS for at in day.instants})
    return place, -hours, -len(day.instants), day.source


def own_columns(
    db: sqlite3.Connection, kind: str, start_ms: int, end_ms: int
) -> dict[str, Columns]:
    """By source; a later upload of the same source and instant is a revision."""
    uploads: dict[str, list[Columns]] = defaultdict(list)
    for source, unit, instants, values in outbox.local_columns(db, kind, start_ms, end_ms):
        uploads[source].append(Columns(instants, _canonical(kind, unit, values)))
    return {source: _overlaid(parts) for source, parts in uploads.items()}


def _canonical(kind: str, unit: str, values: Sequence[float]) -> list[float]:
    try:
        return convert(kind, unit, values)
    except (KeyError, ValueError):
        return list(values)


def _overlaid(parts: list[Columns]) -> Columns:
    """Parts that follow one another are joined as they are; others sample by sample."""
    ordered = sorted(parts, key=lambda part: part.instants[0])
    if all(a.instants[-1] < b.instants[0] for a, b in zip(ordered, ordered[1:], strict=False)):
        return Columns(
            [at for part in ordered for at in part.instants],
            [value for part in ordered for value in part.values],
        )
    laid: dict[int, float] = {}
    for part in parts:
        laid.update(zip(part.instants, part.values, strict=True))
    instants = sorted(laid)
    return Columns(instants, [laid[at] for at in instants])

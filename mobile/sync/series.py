"""A stream for a chart: this phone's own samples, laid over what the server keeps for longer."""

import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from backend.wire.codec import unpack_columns
from backend.wire.measures import MEASURES
from mobile.store import bodies, shadow
from mobile.sync.samples import DaySamples, own_days
from mobile.sync.transport import NoConnection, Transport

Origin = Literal["phone", "server"]
Summed = Literal["hour", "day"]


@dataclass(frozen=True, slots=True)
class Bucket:
    """What an hour or a day comes to, in the kind's canonical unit; `source` as far as known."""

    start_ms: int
    count: int
    mean: float
    low: float
    high: float
    total: float
    origin: Origin = "phone"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A stretch as finely as it is known: samples of some days, sums of the others.

    `days` has every day that holds something, once.
    """

    instants: list[int]
    values: list[float]
    buckets: tuple[Bucket, ...]
    days: tuple[Bucket, ...]


NOTHING = Series([], [], (), ())


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the server said of one day."""

    raw: list[Bucket]
    summed: list[Bucket]
    whole: Bucket | None

    @property
    def known(self) -> int:
        """How many samples the day has as far as sums tell."""
        return max(sum(b.count for b in self.summed), self.whole.count if self.whole else 0)


def read_series(
    db: sqlite3.Connection, kind: str, start: datetime, end: datetime,
    *, summed: Summed = "day", order: Sequence[str] = (),
) -> Series:  # fmt: skip
    """The days of [start, end), counted where `start` lives (a day may have 23 or 25 hours).

    Of phone and server the one that knows more of a day counts: a phone that has just been enrolled
    knows nothing, a phone that has been offline knows all. Where samples are not known, hours or
    days (`summed`) stand for them. `order` is the plan's order of sources.
    """
    edges = day_edges(start, end)
    own = own_days(db, kind, edges, order)
    raw = _by_day(_rows(db, kind, "raw", edges), edges)
    sums = _by_day(_rows(db, kind, summed, edges), edges)
    wholes = {b.start_ms: b for b in _rows(db, kind, "day", edges)}
    days = [
        _day(at, own.get(at), _Kept(raw.get(at, []), sums.get(at, []), wholes.get(at)))
        for at in edges[:-1]
    ]
    return Series(
        [at for day in days for at in day.instants],
        [value for day in days for value in day.values],
        tuple(bucket for day in days for bucket in day.buckets),
        tuple(whole for day in days for whole in day.days),
    )


def day_edges(start: datetime, end: datetime) -> list[int]:
    """Midnights where `start` lives, and where the last day ends."""
    days = [start]
    while days[-1] < end:
        days.append(start + timedelta(days=len(days)))
    return [bodies.ms_of(day) for day in days]


def _rows(db: sqlite3.Connection, kind: str, resolution: str, edges: list[int]) -> list[Bucket]:
    first, last = bodies.wire_time(edges[0]), bodies.wire_time(edges[-1])
    rows = shadow.kept_stream(db, kind, resolution, first, last)
    return [Bucket(**row, origin="server") for row in rows]


def _by_day(found: Sequence[Bucket], edges: list[int]) -> dict[int, list[Bucket]]:
    days: dict[int, list[Bucket]] = defaultdict(list)
    for bucket in found:
        days[edges[bisect_right(edges, bucket.start_ms) - 1]].append(bucket)
    return days


def _day(at: int, own: DaySamples | None, kept: _Kept) -> Series:
    """As whoever knows most of the day tells it, the finer way where both know as much."""
    count = len(own.instants) if own else 0
    if own and count >= max(kept.known, len(kept.raw)):
        whole = summary(at, own.values, "phone", own.source)
        return Series(own.instants, own.values, (), (whole,))
    if kept.raw and len(kept.raw) >= kept.known:
        values = [b.mean for b in kept.raw]
        whole = summary(at, values, "server", kept.whole.source if kept.whole else "")
        return Series([b.start_ms for b in kept.raw], values, (), (whole,))
    parts = kept.summed or ([kept.whole] if kept.whole else [])
    if not parts:
        return NOTHING
    return Series([], [], tuple(parts), (kept.whole or _sum_of(at, parts),))


def summary(at: int, values: Sequence[float], origin: Origin, source: str) -> Bucket:
    """What these values come to."""
    total, count = sum(values), len(values)
    return Bucket(at, count, total / count, min(values), max(values), total, origin, source)


def _sum_of(at: int, parts: Sequence[Bucket]) -> Bucket:
    count, total = sum(b.count for b in parts), sum(b.total for b in parts)
    mean = sum(b.mean * b.count for b in parts) / count
    low, high = min(b.low for b in parts), max(b.high for b in parts)
    return Bucket(at, count, mean, low, high, total, "server", parts[0].source)


def fetch_series(
    transport: Transport, token: str, kind: str, start: datetime, end: datetime, resolution: str
) -> dict[str, dict[str, Any]] | None:
    """Ask the server for a stretch of a stream; rows to keep by moment, None if it did not
    answer.
    """
    path = (
        f"/api/v1/streams/{quote(kind, safe='')}?start={_asked(start)}&end={_asked(end)}"
        f"&resolution={resolution}"
    )
    try:
        answer = transport.call("GET", path, token=token)
    except NoConnection:
        return None
    if answer.status != 200:
        return None
    try:
        found = _raw(answer.body) if resolution == "raw" else _summed(answer.body, start)
    except (KeyError, TypeError, ValueError):
        return None
    return {bodies.wire_time(row["start_ms"]): row for row in found}


def _asked(moment: datetime) -> str:
    return quote(bodies.wire_time(bodies.ms_of(moment)), safe="")


def _raw(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"start_ms": at, "count": 1, "mean": v, "low": v, "high": v, "total": v}
        for at, v in zip(*unpack_columns(body), strict=True)
    ]


def _summed(body: dict[str, Any], start: datetime) -> list[dict[str, Any]]:
    return [
        {
            "start_ms": _start_ms(row["date"], start),
            "count": row["count"],
            "mean": row["mean"],
            "low": row["min"],
            "high": row["max"],
            "total": row["mean"] * row["count"] if row["sum"] is None else row["sum"],
            "source": str(row.get("source", "")),
        }
        for row in body["results"]
    ]


def _start_ms(text: str, start: datetime) -> int:
    """The moment a summary begins: a bare date is midnight where `start` lives."""
    moment = datetime.fromisoformat(text)
    return bodies.ms_of(moment if moment.tzinfo else moment.replace(tzinfo=start.tzinfo))


def own_kinds(db: sqlite3.Connection) -> list[str]:
    """Kinds that this phone has samples or kept summaries of, in the order of the measures
    table.
    """
    rows = db.execute(
        "SELECT DISTINCT kind FROM item WHERE sort = 'upload' AND state != 'refused'"
        " UNION SELECT DISTINCT kind FROM stream_cache"
    )
    found = {row[0] for row in rows}
    names = {kind: db.execute("SELECT tag(?)", (kind,)).fetchone()[0] for kind in MEASURES}
    return [kind for kind in MEASURES if names[kind] in found]

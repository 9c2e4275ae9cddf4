"""A stream for a chart: this phone's own samples, laid over what the server keeps for longer."""

import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from backend.wire.measures import MEASURES, convert
from mobile.store import bodies, outbox, shadow
from mobile.sync.transport import NoConnection, Transport

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """A sample (count 1) or the summary of an hour or a day, in the kind's canonical unit.

    `origin` says who knew it: this phone or the server.
    """

    start_ms: int
    count: int
    mean: float
    low: float
    high: float
    total: float
    origin: Literal["phone", "server"] = "phone"


def read_series(
    db: sqlite3.Connection, kind: str, start: datetime, end: datetime, resolution: str
) -> list[Bucket]:
    """Buckets of [start, end) in order; `resolution` is raw, hour or day (days counted from
    `start`, which must live in the patient's zone: a day there may have 23 or 25 hours).

    Of phone and server the one that knows more of a bucket counts: a phone that has just been
    enrolled knows nothing, a phone that has been offline knows all.
    """
    first, last = bodies.ms_of(start), bodies.ms_of(end)
    edges = _edges(start, end, resolution)
    own = _own(db, kind, first, last, _edges(start, end, "day") or [first])
    best = {b.start_ms: b for b in _summed(own, edges)}
    for bucket in _kept(db, kind, start, end, resolution):
        mine = best.get(bucket.start_ms)
        if mine is None or bucket.count > mine.count:
            best[bucket.start_ms] = bucket
    return [best[at] for at in sorted(best)]


def _own(
    db: sqlite3.Connection, kind: str, start_ms: int, end_ms: int, days: list[int]
) -> list[tuple[int, float]]:
    """This phone's samples; a later upload of the same source and instant is a revision.

    Where two sources count the same thing only the day's fuller one is drawn, never their sum.
    """
    found: dict[int, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for source, unit, pairs in outbox.local_samples(db, kind, start_ms, end_ms):
        inside = [pair for pair in pairs if start_ms <= pair[0] < end_ms]
        values = _canonical(kind, unit, [value for _, value in inside])
        for (at, _), value in zip(inside, values, strict=True):
            found[bisect_right(days, at)][source][at] = value
    fullest = (max(found[day].values(), key=len) for day in sorted(found))
    return [pair for samples in fullest for pair in sorted(samples.items())]


def _canonical(kind: str, unit: str, values: Sequence[float]) -> list[float]:
    try:
        return [float(value) for value in convert(kind, unit, list(values))]
    except (KeyError, ValueError):
        return [float(value) for value in values]


def _edges(start: datetime, end: datetime, resolution: str) -> list[int] | None:
    """Where buckets begin: hours, or midnights where `start` lives (a day may have 23 or 25
    hours).
    """
    if resolution == "raw":
        return None
    if resolution == "hour":
        return list(range(bodies.ms_of(start), bodies.ms_of(end), HOUR_MS))
    days = [start]
    while days[-1] < end:
        days.append(start + timedelta(days=len(days)))
    return [bodies.ms_of(day) for day in days]


def _summed(pairs: Sequence[tuple[int, float]], edges: list[int] | None) -> list[Bucket]:
    if edges is None:
        return [Bucket(at, 1, value, value, value, value) for at, value in pairs]
    groups: dict[int, list[float]] = defaultdict(list)
    for at, value in pairs:
        groups[edges[bisect_right(edges, at) - 1]].append(value)
    return [Bucket(at, len(g), sum(g) / len(g), min(g), max(g), sum(g)) for at, g in groups.items()]


def _kept(
    db: sqlite3.Connection, kind: str, start: datetime, end: datetime, resolution: str
) -> Iterable[Bucket]:
    first, last = bodies.wire_time(bodies.ms_of(start)), bodies.wire_time(bodies.ms_of(end))
    for row in shadow.kept_stream(db, kind, resolution, first, last):
        yield Bucket(**row, origin="server")


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
        found = _raw(answer.body) if resolution == "raw" else _rows(answer.body, start)
    except (KeyError, TypeError, ValueError):
        return None
    return {bodies.wire_time(row["start_ms"]): row for row in found}


def _asked(moment: datetime) -> str:
    return quote(bodies.wire_time(bodies.ms_of(moment)), safe="")


def _raw(body: dict[str, Any]) -> list[dict[str, Any]]:
    if body["start"] is None:
        return []
    pairs = bodies.columns_of(body)
    return [
        {"start_ms": at, "count": 1, "mean": v, "low": v, "high": v, "total": v} for at, v in pairs
    ]


def _rows(body: dict[str, Any], start: datetime) -> list[dict[str, Any]]:
    return [
        {
            "start_ms": _start_ms(row["date"], start),
            "count": row["count"],
            "mean": row["mean"],
            "low": row["min"],
            "high": row["max"],
            "total": row["mean"] * row["count"] if row["sum"] is None else row["sum"],
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
    return [kind for kind in MEASURES if kind in found]

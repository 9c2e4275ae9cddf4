"""What the patient did and the sensors measured, until the server has answered for it.

An item is `waiting`, then `acknowledged` (kept 30 days, for a server restored from a backup) or
`refused` (kept, in sight). From the moment that it is claimed for sending an item never changes:
the server answers a known id with "duplicate", so an edit under the same id would be lost. What
changes later is a new item.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.wire.codec import unpack_columns
from backend.wire.ids import uuid7_from_ms
from backend.wire.messages import DoseEvent, Event
from mobile.store import bodies
from mobile.store.database import keep_setting, setting, writing

UPLOAD_SAMPLES = 2_000
KEEP_ACKNOWLEDGED_MS = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Samples:
    """Measurements of one kind from one source: instants in ms since 1970, values in `unit`."""

    kind: str
    source: str
    unit: str
    instants_ms: Sequence[int]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class LocalEvent:
    """What the patient did, and how far it has come."""

    id: UUID
    subject: str
    at: datetime
    status: str
    state: str
    body: dict[str, Any]


def add_event(db: sqlite3.Connection, event: Event, *, hold_ms: int = 0, now: datetime) -> None:
    """Keep an event for sending; within `hold_ms` it stays here and can be undone."""
    body, size = bodies.pack(bodies.event_body(event))
    at_ms, now_ms = bodies.ms_of(event.at), bodies.ms_of(now)
    with writing(db):
        db.execute(
            "INSERT INTO item (id, sort, kind, subject, first_ms, last_ms, hold_until_ms, size,"
            " body) VALUES (?, 'event', tag(?), tag(?), ?, ?, ?, ?, seal(?))",
            (
                str(event.id),
                event.type,
                _subject(event),
                at_ms,
                at_ms,
                now_ms + hold_ms,
                size,
                body,
            ),
        )
        count_write(db)


def _subject(event: Event) -> str:
    if isinstance(event, DoseEvent):
        return str(event.dose)
    found = getattr(event, event.type, None)
    return str(event.id if found is None else found)


def undo_event(db: sqlite3.Connection, id_: UUID) -> bool:
    """Take back an event that was never handed to a send; False if it is too late for that."""
    with writing(db):
        gone = db.execute(
            "DELETE FROM item WHERE id = ? AND sort = 'event' AND state = 'waiting'"
            " AND sent_version IS NULL",
            (str(id_),),
        ).rowcount
        count_write(db)
    return gone == 1


def record_samples(db: sqlite3.Connection, samples: Samples, *, now: datetime) -> int:
    """Keep samples, coalesced into uploads of at most UPLOAD_SAMPLES; returns how many uploads
    these touched.

    Of two values for one instant the later in the sequence counts. ValueError for NaN or infinity.
    """
    if not samples.instants_ms:
        return 0
    fresh = dict(zip(samples.instants_ms, samples.values, strict=True))
    with writing(db):
        number, columns = _open_upload(db, samples)
        merged = sorted((columns | fresh).items())
        pieces = [merged[i : i + UPLOAD_SAMPLES] for i in range(0, len(merged), UPLOAD_SAMPLES)]
        for piece in pieces:
            _write_upload(db, number, samples, piece, fresh_id(db, now=now))
            number = None
        count_write(db)
    return len(pieces)


def withdraw_samples(
    db: sqlite3.Connection, kind: str, source: str, unit: str, instants_ms: Sequence[int]
) -> int:
    """Take samples out of uploads that were never handed to a send; returns how many were not
    found there: they are with the server, or on their way.
    """
    wanted = set(instants_ms)
    if not wanted:
        return 0
    with writing(db):
        rows = db.execute(
            "SELECT number, id, unseal(body) AS body FROM item WHERE state = 'waiting'"
            " AND sent_version IS NULL AND sort = 'upload'"
            " AND kind = tag(?) AND source = tag(?) AND unit = tag(?) AND first_ms <= ?"
            " AND last_ms >= ?",
            (kind, source, unit, max(wanted), min(wanted)),
        ).fetchall()
        found: set[int] = set()
        for row in rows:
            columns = bodies.columns_of(bodies.unpack(row["body"]))
            rest = [pair for pair in columns if pair[0] not in wanted]
            if len(rest) == len(columns):
                continue
            found.update(at for at, _ in columns if at in wanted)
            _shrink(db, row, Samples(kind, source, unit, [], []), rest)
        count_write(db)
    return len(wanted - found)


def _shrink(
    db: sqlite3.Connection, row: sqlite3.Row, series: Samples, rest: list[tuple[int, float]]
) -> None:
    if rest:
        _write_upload(db, row["number"], series, rest, UUID(row["id"]))
    else:
        db.execute("DELETE FROM item WHERE number = ?", (row["number"],))


def _open_upload(db: sqlite3.Connection, samples: Samples) -> tuple[int | None, dict[int, float]]:
    found = db.execute(
        "SELECT number, unseal(body) AS body FROM item WHERE state = 'waiting'"
        " AND sent_version IS NULL AND kind = tag(?) AND source = tag(?) AND unit = tag(?)"
        " AND sort = 'upload' AND samples < ?"
        " ORDER BY number DESC LIMIT 1",
        (samples.kind, samples.source, samples.unit, UPLOAD_SAMPLES),
    ).fetchone()
    if found is None:
        return None, {}
    return found["number"], dict(bodies.columns_of(bodies.unpack(found["body"])))


def _write_upload(
    db: sqlite3.Connection,
    number: int | None,
    series: Samples,
    piece: list[tuple[int, float]],
    id_: UUID,
) -> None:
    """A grown upload also gets a fresh id: the newest id wins a disputed instant on the server."""
    item = bodies.upload_body(id_, series.kind, series.source, series.unit, piece)
    body, size = bodies.pack(item)
    values = (str(id_), piece[0][0], piece[-1][0], len(piece), size, body)
    if number is not None:
        db.execute(
            "UPDATE item SET id = ?, first_ms = ?, last_ms = ?, samples = ?, size = ?,"
            " body = seal(?), version = version + 1 WHERE number = ?",
            (*values, number),
        )
        return
    db.execute(
        "INSERT INTO item (id, first_ms, last_ms, samples, size, body, sort, kind, source, unit)"
        " VALUES (?, ?, ?, ?, ?, seal(?), 'upload', tag(?), tag(?), tag(?))",
        (*values, series.kind, series.source, series.unit),
    )


def fresh_id(db: sqlite3.Connection, *, now: datetime) -> UUID:
    """A UUIDv7 that sorts after every earlier one of this phone, whatever the clock does."""
    ms = max(bodies.ms_of(now), setting(db, "last_id_ms", 0) + 1)
    keep_setting(db, "last_id_ms", ms)
    return uuid7_from_ms(ms, secrets.randbits(74))


def count_write(db: sqlite3.Connection) -> None:
    """One more local change that the server has not confirmed."""
    keep_setting(db, "writes", setting(db, "writes", 0) + 1)


def local_events(
    db: sqlite3.Connection, kind: str, subjects: Iterable[str] | None = None
) -> list[LocalEvent]:
    """Events of one type that were not refused, oldest first; of these subjects only, if given."""
    wanted = None if subjects is None else set(subjects)
    rows = db.execute(
        "SELECT id, state, unseal(body) AS body FROM item WHERE sort = 'event' AND kind = tag(?)"
        " AND state != 'refused' ORDER BY number",
        (kind,),
    )
    found = [_local(row) for row in rows]
    return [event for event in found if wanted is None or event.subject in wanted]


def _local(row: sqlite3.Row) -> LocalEvent:
    body = bodies.unpack(row["body"])
    at = datetime.fromisoformat(body["at"])
    subject = str(body.get(body["type"]) or row["id"])
    return LocalEvent(UUID(row["id"]), subject, at, body.get("status", ""), row["state"], body)


def unsent_bodies(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """What the server does not have, in the words of the wire; oldest first."""
    rows = db.execute("SELECT unseal(body) FROM item WHERE state != 'acknowledged' ORDER BY number")
    for row in rows:
        yield bodies.unpack(row[0])


def local_columns(
    db: sqlite3.Connection, kind: str, start_ms: int, end_ms: int
) -> Iterator[tuple[str, str, list[int], list[float]]]:
    """(source, unit, instants, values) of each upload of this phone that touches [start, end),
    oldest id first.
    """
    rows = db.execute(
        "SELECT unseal(body) FROM item WHERE sort = 'upload' AND kind = tag(?) AND first_ms < ?"
        " AND last_ms >= ? AND state != 'refused' ORDER BY id",
        (kind, end_ms, start_ms),
    )
    for row in rows:
        body = bodies.unpack(row[0])
        yield body["source"], body["unit"], *unpack_columns(body)


def local_samples(
    db: sqlite3.Connection, kind: str, start_ms: int, end_ms: int
) -> list[tuple[str, str, list[tuple[int, float]]]]:
    """The same with samples as (instant, value) pairs."""
    return [
        (source, unit, list(zip(instants, values, strict=True)))
        for source, unit, instants, values in local_columns(db, kind, start_ms, end_ms)
    ]


def problems_text(problems: Sequence[dict[str, Any]]) -> str:
    """Problems as they are kept beside an item."""
    return json.dumps(list(problems))

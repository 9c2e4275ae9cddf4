"""The outbox's way to the server: claim a batch, settle it by the server's answers, item by
item.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

from backend.wire.messages import Outcome as OutcomeWord
from mobile.store import bodies, outbox
from mobile.store.database import keep_setting, setting, writing


@dataclass(frozen=True, slots=True)
class Claimed:
    """One item in flight: its number here, its id, the version that is sent, its JSON."""

    number: int
    id: str
    sort: str
    version: int
    samples: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request carries, and what this phone knew when it was made."""

    items: tuple[Claimed, ...]
    cursor: str | None
    generation: int
    writes: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not yet with the care team, and what needs the patient's eye."""

    events: int
    uploads: int
    samples: int
    attention: int

    @property
    def items(self) -> int:
        """Everything that is not yet acknowledged."""
        return self.events + self.uploads


@dataclass(frozen=True, slots=True)
class Attention:
    """An item that the server refused, wholly or in part, and why."""

    number: int
    sort: str
    kind: str
    state: str
    at_ms: int
    samples: int
    problems: tuple[dict[str, Any], ...]


def claim(db: sqlite3.Connection, *, max_items: int, max_bytes: int, now: datetime) -> Batch:
    """The oldest waiting items within the limits (at least one), frozen from here on."""
    with writing(db):
        rows = db.execute(
            "SELECT number, id, sort, version, samples, size, unseal(body) AS body FROM item"
            " WHERE state = 'waiting' AND hold_until_ms <= ? ORDER BY number LIMIT ?",
            (bodies.ms_of(now), max_items),
        ).fetchall()
        taken: list[sqlite3.Row] = []
        size = 0
        for row in rows:
            size += row["size"]
            if taken and size > max_bytes:
                break
            taken.append(row)
        db.executemany(
            "UPDATE item SET sent_version = version WHERE number = ?",
            [(r["number"],) for r in taken],
        )
        known = _known(db)
    claimed = tuple(
        Claimed(
            r["number"], r["id"], r["sort"], r["version"], r["samples"], bodies.plain(r["body"])
        )
        for r in taken
    )
    return Batch(claimed, *known)


def empty_batch(db: sqlite3.Connection) -> Batch:
    """A request that only asks."""
    return Batch((), *_known(db))


def _known(db: sqlite3.Connection) -> tuple[str | None, int, int]:
    return setting(db, "cursor"), setting(db, "generation", 0), setting(db, "writes", 0)


def settle(
    db: sqlite3.Connection, batch: Batch, results: dict[str, dict[str, Any]], *, now: datetime
) -> int:
    """Write down the server's outcome of each item; returns how many of the batch were answered.

    An item without a result waits on, and so does one that is no longer what was sent. An answer
    from before a resync counts for nothing: the server that gave it may have been restored since.
    """
    answered = 0
    with writing(db):
        if setting(db, "generation", 0) != batch.generation:
            return 0
        for item in batch.items:
            if (result := results.get(item.id)) is not None:
                answered += _settle_one(db, item, result, bodies.ms_of(now))
    return answered


def _settle_one(db: sqlite3.Connection, item: Claimed, result: dict[str, Any], now_ms: int) -> int:
    if result["outcome"] not in get_args(OutcomeWord):
        return 0
    problems = result.get("problems") or []
    # A lost answer comes back as "duplicate": it still says that nothing was kept.
    refused = result["outcome"] == "refused" or (
        result["outcome"] == "duplicate" and problems and not result.get("stored")
    )
    return db.execute(
        "UPDATE item SET state = ?, acknowledged_ms = ?, problems = iif(?3 = '', '', seal(?3))"
        " WHERE number = ? AND id = ? AND version = ? AND state = 'waiting'",
        (
            "refused" if refused else "acknowledged",
            now_ms,
            outbox.problems_text(problems) if problems or refused else "",
            item.number,
            item.id,
            item.version,
        ),
    ).rowcount


def quarantine(db: sqlite3.Connection, item: Claimed, code: str, detail: str) -> None:
    """Set aside, in sight, an item that the server will not even read; it blocks nothing any
    more.
    """
    problem = {"index": None, "field": "", "code": code, "detail": detail}
    with writing(db):
        db.execute(
            "UPDATE item SET state = 'refused', problems = seal(?)"
            " WHERE number = ? AND version = ?",
            (outbox.problems_text([problem]), item.number, item.version),
        )


def split_upload(db: sqlite3.Connection, item: Claimed, *, now: datetime) -> bool:
    """Replace an upload that is too large by its two halves; False if it cannot be halved."""
    if item.sort != "upload" or item.samples < 2:
        return False
    body = json.loads(item.text)
    columns = bodies.columns_of(body)
    middle = len(columns) // 2
    with writing(db):
        db.execute("DELETE FROM item WHERE number = ?", (item.number,))
        for half in (columns[:middle], columns[middle:]):
            _insert_half(db, body, half, outbox.fresh_id(db, now=now))
    return True


def _insert_half(
    db: sqlite3.Connection, whole: dict[str, Any], half: list[tuple[int, float]], id_: UUID
) -> None:
    kind, source, unit = whole["kind"], whole["source"], whole["unit"]
    body, size = bodies.pack(bodies.upload_body(id_, kind, source, unit, half))
    db.execute(
        "INSERT INTO item (id, sort, kind, source, unit, first_ms, last_ms, samples, sent_version,"
        " size, body) VALUES (?, 'upload', tag(?), tag(?), tag(?), ?, ?, ?, 1, ?, seal(?))",
        (str(id_), kind, source, unit, half[0][0], half[-1][0], len(half), size, body),
    )


def start_over(db: sqlite3.Connection, *, now: datetime) -> int:
    """The server does not know our cursor: ask from the start and offer the last 30 days again.

    Returns how many items wait once more. Ids stay, so a server that still has them says
    "duplicate".
    """
    with writing(db):
        keep_setting(db, "cursor", None)
        keep_setting(db, "generation", setting(db, "generation", 0) + 1)
        keep_setting(db, "resync", True)
        again = db.execute(
            "UPDATE item SET state = 'waiting', problems = '' WHERE state = 'acknowledged'"
            " AND acknowledged_ms >= ?",
            (bodies.ms_of(now) - outbox.KEEP_ACKNOWLEDGED_MS,),
        ).rowcount
        outbox.count_write(db)
    return again


def forget_acknowledged(db: sqlite3.Connection, *, now: datetime) -> int:
    """Drop what the server acknowledged more than 30 days ago; nothing else is ever dropped."""
    with writing(db):
        return db.execute(
            "DELETE FROM item WHERE state = 'acknowledged' AND acknowledged_ms < ?",
            (bodies.ms_of(now) - outbox.KEEP_ACKNOWLEDGED_MS,),
        ).rowcount


def waiting(db: sqlite3.Connection) -> Waiting:
    """Counts for the sync line."""
    events, uploads, samples = db.execute(
        "SELECT coalesce(sum(sort = 'event'), 0), coalesce(sum(sort = 'upload'), 0),"
        " coalesce(sum(samples), 0) FROM item WHERE state = 'waiting'"
    ).fetchone()
    (attention,) = db.execute(
        "SELECT count(*) FROM item WHERE problems != '' AND seen = 0"
    ).fetchone()
    return Waiting(events, uploads, samples, attention)


def waiting_in(path: Path) -> int:
    """How many entries wait in a closed store: states are not sealed."""
    if not path.exists():
        return 0
    db = sqlite3.connect(path)
    try:
        found: int = db.execute("SELECT count(*) FROM item WHERE state = 'waiting'").fetchone()[0]
    except sqlite3.DatabaseError:
        return 0
    finally:
        db.close()
    return found


def next_release_ms(db: sqlite3.Connection) -> int | None:
    """When the next held item may go (ms since 1970), None if nothing waits."""
    found: int | None = db.execute(
        "SELECT min(hold_until_ms) FROM item WHERE state = 'waiting'"
    ).fetchone()[0]
    return found


def attention(db: sqlite3.Connection, limit: int = 50) -> list[Attention]:
    """Refused items and partly refused ones that the patient has not put away, newest first."""
    rows = db.execute(
        "SELECT number, sort, state, first_ms, samples, unseal(body) AS body,"
        " unseal(problems) AS problems FROM item WHERE problems != '' AND seen = 0"
        " ORDER BY number DESC LIMIT ?",
        (limit,),
    )
    return [
        Attention(
            r["number"], r["sort"], _kind_of(r), r["state"], r["first_ms"], r["samples"],
            tuple(json.loads(r["problems"])),
        )
        for r in rows
    ]  # fmt: skip


def _kind_of(row: sqlite3.Row) -> str:
    body = bodies.unpack(row["body"])
    return str(body["type"] if row["sort"] == "event" else body["kind"])


def put_away(db: sqlite3.Connection, number: int) -> None:
    """The patient has seen it; the item itself is kept."""
    with writing(db):
        db.execute("UPDATE item SET seen = 1 WHERE number = ?", (number,))

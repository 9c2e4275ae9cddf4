"""What the server said, row by row; pulled rows always land here, whatever waits in the outbox."""

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

from mobile.store import bodies
from mobile.store.database import keep_setting, setting, writing
from mobile.store.sending import Batch

DUE_FIELDS = ("due_at", "starts_at", "created_at", "computed_at", "answered_at", "written_at")
FAR = datetime.max.replace(tzinfo=UTC)
NAMES = {"plans": "kind", "findings": "method"}  # of these only the newest is wanted


def apply_changes(
    db: sqlite3.Connection, batch: Batch, changes: dict[str, list[dict[str, Any]]], cursor: str,
    *, more: bool,
) -> bool:  # fmt: skip
    """Lay the rows over the shadow and move the cursor, together; False if the answer is out of
    date.

    An answer to another cursor than ours (late, or from before a resync) must not move it back or
    on.
    """
    with writing(db):
        current = setting(db, "cursor"), setting(db, "generation", 0)
        if current != (batch.cursor, batch.generation):
            return False
        for kind, rows in changes.items():
            db.executemany(
                "INSERT INTO shadow VALUES (tag(?), tag(?), ?, ?, ?, seal(?))"
                " ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision,"
                " due_ms = excluded.due_ms, generation = excluded.generation, row = excluded.row",
                [_values(kind, row, batch.generation) for row in rows],
            )
        keep_setting(db, "cursor", cursor)
        if not more and setting(db, "resync", False):
            # What a restored server no longer knows must not stay on the screen.
            db.execute("DELETE FROM shadow WHERE generation < ?", (batch.generation,))
            keep_setting(db, "resync", False)
    return True


def _values(kind: str, row: dict[str, Any], generation: int) -> tuple[Any, ...]:
    due = next((row[name] for name in DUE_FIELDS if row.get(name)), None)
    due_ms = bodies.ms_of(datetime.fromisoformat(due)) if due else None
    id_ = str(row[NAMES.get(kind, "id")])
    return kind, id_, row["revision"], due_ms, generation, json.dumps(row)


def rows(db: sqlite3.Connection, kind: str) -> list[dict[str, Any]]:
    """All rows of a kind, in the order of their moments."""
    found = db.execute(
        "SELECT unseal(row) FROM shadow WHERE kind = tag(?) ORDER BY due_ms, revision", (kind,)
    )
    return [json.loads(row[0]) for row in found]


def rows_between(
    db: sqlite3.Connection, kind: str, start: datetime, end: datetime = FAR
) -> list[dict[str, Any]]:
    """Rows of a kind whose moment lies in [start, end), in order; read through the index."""
    found = db.execute(
        "SELECT unseal(row) FROM shadow WHERE kind = tag(?) AND due_ms >= ? AND due_ms < ?"
        " ORDER BY due_ms, revision",
        (kind, bodies.ms_of(start), bodies.ms_of(end)),
    )
    return [json.loads(row[0]) for row in found]


def row(db: sqlite3.Connection, kind: str, id_: str) -> dict[str, Any] | None:
    """One row, or None."""
    found = db.execute(
        "SELECT unseal(row) FROM shadow WHERE kind = tag(?) AND id = tag(?)", (kind, id_)
    ).fetchone()
    return json.loads(found[0]) if found else None


def profile(db: sqlite3.Connection) -> dict[str, Any] | None:
    """The patient's own row, once the server has sent it."""
    found = rows(db, "profile")
    return found[-1] if found else None


def keep_stream(
    db: sqlite3.Connection, kind: str, resolution: str, rows_by_day: dict[str, Any]
) -> None:
    """Keep summaries fetched from the server, by day or hour, for charts without a network."""
    with writing(db):
        db.executemany(
            "INSERT INTO stream_cache VALUES (tag(?), ?, ?, seal(?))"
            " ON CONFLICT (kind, resolution, day) DO UPDATE SET row = excluded.row",
            [(kind, resolution, day, json.dumps(row)) for day, row in rows_by_day.items()],
        )


def kept_stream(
    db: sqlite3.Connection, kind: str, resolution: str, first: str, last: str
) -> list[dict[str, Any]]:
    """Kept summaries with first <= day < last, in order."""
    found = db.execute(
        "SELECT unseal(row) FROM stream_cache WHERE kind = tag(?) AND resolution = ?"
        " AND day >= ? AND day < ? ORDER BY day",
        (kind, resolution, first, last),
    )
    return [json.loads(row[0]) for row in found]


def last_kept(db: sqlite3.Connection, kind: str) -> int | None:
    """When the newest kept summary of a kind begins, in ms."""
    (day,) = db.execute("SELECT max(day) FROM stream_cache WHERE kind = tag(?)", (kind,)).fetchone()
    return None if day is None else bodies.ms_of(datetime.fromisoformat(day))


def announce_once(db: sqlite3.Connection, key: str, *, now: datetime) -> bool:
    """True for the first to announce this key on this phone."""
    with writing(db):
        return (
            db.execute(
                "INSERT INTO announced VALUES (tag(?), ?) ON CONFLICT (key) DO NOTHING",
                (key, bodies.ms_of(now)),
            ).rowcount
            == 1
        )


def is_announced(db: sqlite3.Connection, key: str) -> bool:
    """Whether this key has been announced on this phone."""
    found = db.execute("SELECT 1 FROM announced WHERE key = tag(?)", (key,)).fetchone()
    return found is not None

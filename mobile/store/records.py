"""What this phone has read from the platform's health store, by record.

The platform names a deleted record by its id alone, and a changed one brings no trace of what it
was before: so each is kept as it was read, for as long as it may be taken back.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Columns = tuple[str, str, str, list[list[float]]]
KEEP_MS = 92 * 86_400_000
READ = "SELECT id, first_ms, last_ms, unseal(body) AS body FROM source_record"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it was read: for each series its kind, source, unit and pairs."""

    id: str
    first_ms: int
    last_ms: int
    series: tuple[Columns, ...]


def packed(content: Any) -> bytes:
    """Content that can be compared byte by byte."""
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode())


def known(db: sqlite3.Connection, topic: str, id_: str) -> Kept | None:
    """The record as it was last read."""
    row = db.execute(f"{READ} WHERE topic = tag(?) AND id = ?", (topic, id_)).fetchone()
    return None if row is None else _kept(row)


def _kept(row: sqlite3.Row) -> Kept:
    series = json.loads(zlib.decompress(row["body"]))["series"]
    return Kept(row["id"], row["first_ms"], row["last_ms"], tuple(map(tuple, series)))


def keep(
    db: sqlite3.Connection,
    topic: str,
    id_: str,
    span: tuple[int, int],
    body: bytes,
    *,
    reading: int,
) -> bool:  # fmt: skip
    """Note a record as seen in this reading; False if it is what was known already."""
    same = db.execute(
        "UPDATE source_record SET reading = ? WHERE topic = tag(?) AND id = ? AND unseal(body) = ?",
        (reading, topic, id_, body),
    ).rowcount
    if same:
        return False
    db.execute(
        "INSERT OR REPLACE INTO source_record VALUES (tag(?), ?, ?, ?, ?, seal(?))",
        (topic, id_, *span, reading, body),
    )
    return True


def forget(db: sqlite3.Connection, topic: str, id_: str) -> None:
    """The record is gone."""
    db.execute("DELETE FROM source_record WHERE topic = tag(?) AND id = ?", (topic, id_))


def touching(db: sqlite3.Connection, topic: str, at_ms: int, but: str) -> Iterable[Kept]:
    """Other records that span an instant."""
    rows = db.execute(
        f"{READ} WHERE topic = tag(?) AND first_ms <= ? AND last_ms >= ? AND id != ?",
        (topic, at_ms, at_ms, but),
    )
    return map(_kept, rows.fetchall())


def not_seen(db: sqlite3.Connection, topic: str, since_ms: int, reading: int) -> Sequence[str]:
    """Records from a moment on that did not come in this reading."""
    rows = db.execute(
        "SELECT id FROM source_record WHERE topic = tag(?) AND first_ms >= ? AND reading != ?",
        (topic, since_ms, reading),
    )
    return [row["id"] for row in rows]


def forget_old(db: sqlite3.Connection, now_ms: int) -> None:
    """What is older is not taken back any more."""
    db.execute("DELETE FROM source_record WHERE last_ms < ?", (now_ms - KEEP_MS,))

"""Making room: what the server can send again goes first, what it does not have never goes."""

import sqlite3
from datetime import datetime

from mobile.store import bodies
from mobile.store.database import keep_setting, setting, writing

DAY_MS = 86_400_000
LOW: str = "storage_low"
CHARTS_MS = 35 * DAY_MS  # summaries of longer ago are fetched again when they are looked at
RECORDS_MS = 30 * DAY_MS
UPLOADS_MS = 7 * DAY_MS  # how long acknowledged samples stay, for a server restored from a backup


def thin(db: sqlite3.Connection, *, now: datetime) -> int:
    """Drop what can be had again and give the room back; returns how many rows went.

    Entries that the server does not have, refused ones, the plan and all that the patient did stay.
    """
    now_ms = bodies.ms_of(now)
    with writing(db):
        gone = db.execute(
            "DELETE FROM stream_cache WHERE day < ?", (bodies.wire_time(now_ms - CHARTS_MS),)
        ).rowcount
        gone += db.execute(
            "DELETE FROM source_record WHERE last_ms < ?", (now_ms - RECORDS_MS,)
        ).rowcount
        gone += db.execute(
            "DELETE FROM item WHERE state = 'acknowledged' AND sort = 'upload'"
            " AND acknowledged_ms < ?",
            (now_ms - UPLOADS_MS,),
        ).rowcount
    db.execute("PRAGMA incremental_vacuum")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return gone


def note_storage(db: sqlite3.Connection, *, low: bool) -> None:
    """For the screen to warn."""
    if is_low(db) != low:
        with writing(db):
            keep_setting(db, LOW, low)


def is_low(db: sqlite3.Connection) -> bool:
    """Whether the device is nearly full."""
    return bool(setting(db, LOW, False))

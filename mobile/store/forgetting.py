"""A phone that was signed out from elsewhere forgets all but what the server does not have."""

import sqlite3

from mobile.store.database import scrub, writing

KEPT_SETTINGS = ("sealed", "last_id_ms", "writes", "generation", "wishes")
GONE = ("shadow", "stream_cache", "source_record", "announced")


def forget_all_but_unsent(db: sqlite3.Connection) -> int:
    """Returns how many entries stay: sealed, shown to nobody, for the same patient's return."""
    kept = ", ".join(f"tag('{key}')" for key in KEPT_SETTINGS)
    with writing(db):
        for table in GONE:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 (names of ours)
        db.execute(f"DELETE FROM setting WHERE key NOT IN ({kept})")  # noqa: S608
        db.execute("DELETE FROM item WHERE state = 'acknowledged'")
    scrub(db)
    found: int = db.execute("SELECT count(*) FROM item").fetchone()[0]
    return found

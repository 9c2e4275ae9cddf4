"""The phone's SQLite file: sealed, one connection per thread, WAL, each commit on the disk before
it returns.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mobile.sealing import WrongKey, seal_of

SCHEMA = """
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE shadow (
    kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, due_ms INTEGER,
    generation INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX shadow_due ON shadow (kind, due_ms);

CREATE TABLE item (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    sort TEXT NOT NULL CHECK (sort IN ('upload', 'event')),
    kind TEXT NOT NULL,
    source TEXT NOT NULL DEFAULT '',
    unit TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    samples INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'acknowledged', 'refused')),
    version INTEGER NOT NULL DEFAULT 1,
    sent_version INTEGER,
    hold_until_ms INTEGER NOT NULL DEFAULT 0,
    acknowledged_ms INTEGER,
    problems TEXT NOT NULL DEFAULT '',
    seen INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX item_waiting ON item (number, samples, sort) WHERE state = 'waiting';
CREATE INDEX item_series ON item (kind, first_ms) WHERE sort = 'upload';
CREATE INDEX item_subject ON item (kind, subject, number) WHERE sort = 'event';
CREATE INDEX item_acknowledged ON item (acknowledged_ms) WHERE state = 'acknowledged';
CREATE INDEX item_attention ON item (number) WHERE problems != '' AND seen = 0;

CREATE TABLE stream_cache (
    kind TEXT NOT NULL, resolution TEXT NOT NULL, day TEXT NOT NULL, row TEXT NOT NULL,
    PRIMARY KEY (kind, resolution, day)
) WITHOUT ROWID;

CREATE TABLE announced (key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;
"""
RECORDS = """
CREATE TABLE source_record (
    topic TEXT NOT NULL, id TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    reading INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (topic, id)
) WITHOUT ROWID;
CREATE INDEX source_record_time ON source_record (topic, first_ms, last_ms);
"""
# From here on contents are sealed and names are digests (sealing.py): what was plain is taken over.
SEALED = """
UPDATE setting SET key = tag(key), value = seal(value);
INSERT INTO setting VALUES (tag('sealed'), seal('true'));
UPDATE shadow SET kind = tag(kind), id = tag(id), row = seal(row);
UPDATE item SET kind = tag(kind), source = tag(source), unit = tag(unit), subject = tag(subject),
    body = seal(body), problems = iif(problems = '', '', seal(problems));
UPDATE stream_cache SET kind = tag(kind), row = seal(row);
UPDATE announced SET key = tag(key);
UPDATE source_record SET topic = tag(topic), body = seal(body);
INSERT INTO setting SELECT tag('scrub'), seal('true') WHERE EXISTS (SELECT 1 FROM item)
    OR EXISTS (SELECT 1 FROM shadow)
"""
STEPS = (SCHEMA, RECORDS, SEALED)  # what brings a file from each version to the next
SCHEMA_VERSION = len(STEPS)


def open_store(path: Path, key: bytes) -> sqlite3.Connection:
    """A connection for the calling thread; makes the file and its tables where they are missing,
    and takes over one of an earlier app. Raises WrongKey.

    FULL, not NORMAL: a phone loses power more often than a server, and a tap is one small commit.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=10, isolation_level=None)
    db.row_factory = sqlite3.Row
    seal_of(key).lend(db)
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes hold in a new file, and at a VACUUM
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    if db.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
        _create(db)
        path.chmod(0o600)
    if setting(db, "sealed") is None:
        db.close()
        raise WrongKey
    if setting(db, "scrub", False):
        scrub(db)
    return db


def _create(db: sqlite3.Connection) -> None:
    with writing(db):
        version = db.execute("PRAGMA user_version").fetchone()[0]
        for statement in ";".join(STEPS[version:]).split(";"):
            db.execute(statement)
        if version < SCHEMA_VERSION:
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def scrub(db: sqlite3.Connection) -> None:
    """Write the file anew, so that nothing deleted or replaced is left in it; a kill repeats it."""
    with writing(db):
        keep_setting(db, "scrub", True)
    with suppress(sqlite3.OperationalError):  # another thread is reading: the next start does it
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        keep_setting(db, "scrub", False)


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """One write transaction, all or nothing; inside another one it simply joins it."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def setting(db: sqlite3.Connection, key: str, otherwise: Any = None) -> Any:
    """The stored value of `key`, or `otherwise`."""
    found = db.execute("SELECT unseal(value) FROM setting WHERE key = tag(?)", (key,)).fetchone()
    return json.loads(found[0]) if found else otherwise


def keep_setting(db: sqlite3.Connection, key: str, value: Any) -> None:
    """Store any JSON value under `key`."""
    db.execute(
        "INSERT INTO setting VALUES (tag(?), seal(?))"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value)),
    )


def change_mark(db: sqlite3.Connection) -> tuple[int, int]:
    """A pair that differs after any commit, by this connection or another: cheap to poll."""
    return db.execute("PRAGMA data_version").fetchone()[0], db.total_changes

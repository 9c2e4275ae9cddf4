"""Reminders a second of one pump: claimed, their cards written, marked.

A million rows stand in the tables and an old snapshot is open, so vacuum can clear nothing away.
Beside it the barest queue that PostgreSQL allows, in the same run: a due-table of as many rows,
claimed by SKIP LOCKED and marked a thousand at a time, without cards, ledger or revisions.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg

from backend.notices import claims
from backend.notices.pump import Pump
from bench.house import Running
from bench.people import phones
from bench.results import Result

STANDING = 1_000_000
DUE = 5_000
PATIENTS = 100
CLAIMED_AT_ONCE = 16  # buckets
BARE_DUE = 50_000
BARE_BATCH = 1_000

OCCURRENCES = """
INSERT INTO notices_occurrence (key, patient_id, bucket, due_at, template, "values", grace, channel)
SELECT %(name)s || n, p.id, p.bucket, clock_timestamp() + %(from)s + n * %(each)s, 'message',
       '{"title": "Hello", "body": "A word"}', interval '12 hours', 'auto'
FROM generate_series(1, %(count)s) AS n
JOIN (SELECT id, bucket, row_number() OVER () - 1 AS place, count(*) OVER () AS people
      FROM patients_patient) AS p ON p.place = n %% p.people
"""
DELIVERED = """
INSERT INTO notices_delivery (key, bucket, claimed_at, sent_at, outcome, channel, attempts)
SELECT key, bucket, due_at, due_at, 'sent', 'in_app', 1 FROM notices_occurrence
WHERE due_at < clock_timestamp()
"""
BARE = """
CREATE TABLE bench_due (id bigint PRIMARY KEY, due_at timestamptz, lease_until timestamptz,
                        done boolean NOT NULL DEFAULT false);
INSERT INTO bench_due (id, due_at)
SELECT n, clock_timestamp() + CASE WHEN n <= %(due)s THEN interval '0' ELSE interval '1 day' END
FROM generate_series(1, %(standing)s) AS n;
CREATE INDEX ON bench_due (due_at) WHERE NOT done AND lease_until IS NULL;
"""
BARE_CLAIM = """
UPDATE bench_due SET lease_until = clock_timestamp() + interval '1 min' WHERE id IN (
    SELECT id FROM bench_due WHERE NOT done AND lease_until IS NULL AND due_at <= clock_timestamp()
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id
"""


def measure(running: Running) -> list[Result]:
    """`pump_claims`."""
    phones(PATIENTS)
    with psycopg.connect(running.database_url, autocommit=True) as db:
        _fill(db)
        with _old_snapshot(running):
            bare = _bare(db)
            reminders = _pump(db)
            claimed = _claims_alone(db)
    return [
        Result(
            "pump_claims",
            round(reminders),
            "reminders/s",
            f"a bare due-table by SKIP LOCKED, {BARE_BATCH:,} a batch: {bare:,.0f}/s",
            round(reminders / bare, 4),
            detail={"claims_alone_s": round(claimed), "standing": STANDING, "due": DUE},
        )
    ]


def _fill(db: psycopg.Connection) -> None:
    """Half of the rows lie behind, delivered; half are yet to come."""
    half = STANDING // 2
    behind = {"name": "behind:", "from": timedelta(days=-10), "each": timedelta(seconds=1)}
    ahead = {"name": "ahead:", "from": timedelta(days=1), "each": timedelta(seconds=1)}
    db.execute(OCCURRENCES, behind | {"count": half})
    db.execute(DELIVERED)
    db.execute(OCCURRENCES, ahead | {"count": half})
    with psycopg.ClientCursor(db) as cursor:
        cursor.execute(BARE, {"due": BARE_DUE, "standing": STANDING})
    claims.ensure_buckets()
    db.execute("ANALYZE")


@contextmanager
def _old_snapshot(running: Running) -> Iterator[None]:
    """Somebody's long report."""
    with psycopg.connect(running.database_url) as report:
        report.execute("SET idle_in_transaction_session_timeout = 0")
        report.commit()
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT count(*) FROM notices_pumpbucket")
        yield


def _come_due(db: psycopg.Connection, name: str) -> None:
    now = {"from": timedelta(seconds=-1), "each": timedelta(0)}
    db.execute(OCCURRENCES, now | {"name": name, "count": DUE})


def _pump(db: psycopg.Connection) -> float:
    _come_due(db, "due:")
    pump = Pump([])
    began = time.perf_counter()
    done = pump.round()
    while done < DUE:
        done += pump.round()
    return done / (time.perf_counter() - began)


def _claims_alone(db: psycopg.Connection) -> float:
    """The same claims, with nobody to tell."""
    _come_due(db, "claimed:")
    began, done = time.perf_counter(), 0
    waiting = claims.waiting()
    for start in range(0, len(waiting), CLAIMED_AT_ONCE):
        is_full = True
        while is_full:
            keys, is_full = claims.claim(waiting[start : start + CLAIMED_AT_ONCE])
            done += len(keys)
    return done / (time.perf_counter() - began)


def _bare(db: psycopg.Connection) -> float:
    began, done = time.perf_counter(), 0
    while ids := [id_ for (id_,) in db.execute(BARE_CLAIM, [BARE_BATCH])]:
        db.execute("UPDATE bench_due SET done = true WHERE id = ANY(%s)", [ids])
        done += len(ids)
    return done / (time.perf_counter() - began)

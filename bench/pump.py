"""What one pump does in a second: claims and marks, and whole reminders with card and ledger entry.

A million rows stand in the tables and an old snapshot is open, so vacuum can clear nothing away.
Both are measured afresh and again after a hundred thousand jobs, by the clock and in CPU time of
the pump and of PostgreSQL, which other work on the machine disturbs less. Beside them the barest
queue that PostgreSQL allows, in the same run: a due-table of as many rows, claimed by SKIP LOCKED
and marked a thousand at a time, without cards, ledger or revisions.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from backend.notices import claims
from backend.notices.models import Delivery
from backend.notices.pump import WIDTH, Pump
from bench.cpu import used_by
from bench.house import Running
from bench.people import patients
from bench.results import Result

STANDING = 1_000_000
DUE = 20_000
JOBS = 100_000
PATIENTS = 2_000
BARE_DUE = 50_000
BARE_BATCH = 1_000

OCCURRENCES = """
INSERT INTO notices_occurrence (key, patient_id, bucket, due_at, template, "values", grace, channel)
SELECT %(name)s || n, p.id, p.bucket, clock_timestamp() + %(from)s + n * %(each)s, 'message',
       '{"title": "Hello", "body": "A word"}', interval '12 hours', 'auto'
FROM generate_series(1, %(count)s) AS n
JOIN (SELECT id, bucket, row_number() OVER () - 1 AS place FROM patients_patient) AS p
  ON p.place = n %% (SELECT count(*) FROM patients_patient)
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


@dataclass(frozen=True, slots=True)
class Pace:
    """What was done in a second of the clock, and what each cost in CPU time."""

    per_s: float
    cpu_us: float


def measure(running: Running) -> list[Result]:
    """`pump_claims` and `pump_reminders`."""
    patients(PATIENTS)
    with psycopg.connect(running.database_url, autocommit=True) as db:
        _fill(db)
        with _old_snapshot(running):
            bare = _bare(db)
            work = _Work(db, running.database)
            claimed, told = work.claims_and_marks("c1:"), work.reminders("r1:", DUE)
            jobs = work.reminders("jobs:", JOBS)
            later, told_later = work.claims_and_marks("c2:"), work.reminders("r2:", DUE)
    against = f"a bare due-table by SKIP LOCKED, {BARE_BATCH:,} a batch: {bare:,.0f}/s"
    return [
        _result("pump_claims", "claims+marks/s", against, claimed, later, bare),
        _result("pump_reminders", "reminders/s", against, told, told_later, bare, jobs=jobs.per_s),
    ]


def _result(
    name: str, unit: str, against: str, first: Pace, later: Pace, bare: float, **more: float
) -> Result:
    detail = {
        "after_100k_jobs": round(later.per_s),
        "times_slower": round(first.per_s / later.per_s, 2),
        "cpu_us": round(first.cpu_us),
        "cpu_us_later": round(later.cpu_us),
        "load": round(os.getloadavg()[0], 1),
        "standing": STANDING,
        "due": DUE,
    } | {key: round(value) for key, value in more.items()}
    ratio = round(first.per_s / bare, 4)
    return Result(name, round(first.per_s), unit, against, ratio, detail=detail)


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


@dataclass(frozen=True, slots=True)
class _Work:
    """What is measured, on the tables of this database; `server` is PostgreSQL's process."""

    db: psycopg.Connection
    server: int

    def reminders(self, name: str, count: int) -> Pace:
        """All that the pump does in a round, its sweeps too."""

        def told() -> None:
            pump, done = Pump([]), 0
            while done < count:
                done += pump.round()

        return self._pace(name, count, told)

    def claims_and_marks(self, name: str) -> Pace:
        """The same claims, each page marked as sent, with nobody to tell."""

        def claimed() -> None:
            left, done = claims.waiting(), 0
            while left:
                keys, left[:WIDTH] = claims.claim(left[:WIDTH])
                claims.mark(keys, Delivery.Outcome.SENT, channel="in_app")
                done += len(keys)
            assert done == DUE

        return self._pace(name, DUE, claimed)

    def _pace(self, name: str, count: int, work: Callable[[], None]) -> Pace:
        """So many come due; then the work."""
        now = {"from": timedelta(seconds=-1), "each": timedelta(0)}
        self.db.execute(OCCURRENCES, now | {"name": name, "count": count})
        with used_by(self.server, ours=True) as used:
            work()
        return Pace(count / used.wall_s, used.cpu_s / count * 1e6)


def _bare(db: psycopg.Connection) -> float:
    began, done = time.perf_counter(), 0
    while ids := [id_ for (id_,) in db.execute(BARE_CLAIM, [BARE_BATCH])]:
        db.execute("UPDATE bench_due SET done = true WHERE id = ANY(%s)", [ids])
        done += len(ids)
    return done / (time.perf_counter() - began)

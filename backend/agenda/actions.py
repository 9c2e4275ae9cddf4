"""Claim, finish, fail: work as rows that outlive any worker. PostgreSQL's clock is the only one."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from backend.agenda.models import Line
from backend.core import statements
from backend.core.models import bucket_of
from backend.core.statements import array

logger = logging.getLogger("evenkeel.agenda")

Handler = Callable[..., datetime | None]  # handler(patient_id, *, now) -> when next due

MOST_ATTEMPTS = 8
LEASE = timedelta(minutes=5)

CALLED_AGAIN = (
    "ON CONFLICT (patient_id, kind) DO UPDATE SET"
    " due_at = least(agenda_line.due_at, excluded.due_at), called = agenda_line.called + 1,"
    " attempts = CASE WHEN agenda_line.dead_at IS NULL THEN agenda_line.attempts ELSE 0 END,"
    " dead_at = NULL"
)
CALL_UP = (
    "INSERT INTO agenda_line"  # noqa: S608 (a constant of ours)
    " (patient_id, kind, bucket, due_at, called, attempts, last_error)"
    " SELECT %s::uuid, kind, %s::smallint, coalesce(%s::timestamptz, clock_timestamp()), 1, 0, ''"
    f" FROM unnest(%s::text[]) AS kind {CALLED_AGAIN}"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A line in hand until its lease runs out; `called` tells later calls from those it answers."""

    line_id: int
    patient_id: UUID
    kind: str
    called: int


def call_up(patient_id: UUID, *kinds: str, due_at: datetime | None = None) -> None:
    """Make these kinds of work due: now, or at `due_at` unless they are due sooner already.

    Part of the caller's transaction. A dead line comes to life again: new data is a new chance.
    """
    statements.run(CALL_UP, [patient_id, bucket_of(patient_id), due_at, array(sorted(set(kinds)))])


def call_up_everyone(*kinds: str) -> None:
    """Make these kinds due for every patient, spread by bucket over the next seventeen minutes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO agenda_line"  # noqa: S608 (a constant of ours)
            " (patient_id, kind, bucket, due_at, called, attempts, last_error)"
            " SELECT id, kind, bucket, clock_timestamp() + make_interval(secs => bucket), 1, 0, ''"
            f" FROM patients_patient, unnest(%s::text[]) AS kind ORDER BY id, kind {CALLED_AGAIN}",
            [sorted(set(kinds))],
        )


def claim(
    *, limit: int, lease: timedelta = LEASE, kinds: Iterable[str] | None = None
) -> list[Claim]:
    """Take up to `limit` due lines; one whose lease ran out is taken again. Commits on its own.

    After MOST_ATTEMPTS a line is dead-lettered: it waits, in sight, for a person or new data.
    """
    wanted = None if kinds is None else list(kinds)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agenda_line SET dead_at = clock_timestamp(), claimed_until = NULL"
            " WHERE due_at <= clock_timestamp() AND dead_at IS NULL AND attempts >= %s"
            " AND (claimed_until IS NULL OR claimed_until < clock_timestamp())",
            [MOST_ATTEMPTS],
        )
        cursor.execute(
            "UPDATE agenda_line SET attempts = attempts + 1,"
            " claimed_until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id IN (SELECT id FROM agenda_line WHERE due_at <= clock_timestamp()"
            " AND dead_at IS NULL AND (claimed_until IS NULL OR claimed_until < clock_timestamp())"
            " AND (%s::text[] IS NULL OR kind = ANY(%s::text[]))"
            " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)"
            " RETURNING id, patient_id, kind, called",
            [lease.total_seconds(), wanted, wanted, limit],
        )
        return [Claim(*row) for row in cursor.fetchall()]


def reclaim(line_ids: Iterable[int]) -> list[Claim]:
    """The claims behind ids that a queue handed over; lines at rest or dead are left out."""
    found = Line.objects.filter(pk__in=list(line_ids), due_at__isnull=False, dead_at=None)
    rows = found.values_list("pk", "patient_id", "kind", "called")
    return [Claim(*row) for row in rows]


def finish(done: Claim, next_due: datetime | None) -> None:
    """The work is done, in the transaction of its results; due again at `next_due`, if any.

    If someone called while it ran the line stays due: what came in may not have been seen.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agenda_line SET claimed_until = NULL, attempts = 0, last_error = '',"
            " finished_at = clock_timestamp(),"
            " due_at = CASE WHEN called = %s THEN %s ELSE due_at END WHERE id = %s",
            [done.called, next_due, done.line_id],
        )


def fail(claimed: Claim, error: str) -> None:
    """Try again later: 10 s, 20 s, 40 s … `error` names a class, never what a patient sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agenda_line SET last_error = %s,"
            " claimed_until = clock_timestamp() + interval '5 s' * 2 ^ least(attempts, 8)"
            " WHERE id = %s",
            [error[:200], claimed.line_id],
        )


def revive(line_ids: Iterable[int]) -> int:
    """An operator gives dead lines another round; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agenda_line SET dead_at = NULL, attempts = 0, claimed_until = NULL,"
            " due_at = clock_timestamp() WHERE id = ANY(%s) AND dead_at IS NOT NULL",
            [list(line_ids)],
        )
        return int(cursor.rowcount)


def work(claimed: Claim, handlers: Mapping[str, Handler], *, now: datetime) -> bool:
    """Run one line's handler and finish it in one transaction; a failure is noted, never raised."""
    try:
        with transaction.atomic():
            next_due = handlers[claimed.kind](claimed.patient_id, now=now)
            finish(claimed, next_due)
    except Exception as error:
        # One patient's bad row must not stop the others; the class alone is fit for a log.
        logger.error("%s failed: %s", claimed.kind, type(error).__name__)
        fail(claimed, type(error).__name__)
        return False
    return True


def work_off(
    handlers: Mapping[str, Handler], *, now: datetime, limit: int = 100, rounds: int = 1000
) -> int:
    """Claim and run until nothing is due; returns how many lines were run."""
    done = 0
    for _ in range(rounds):
        claims = claim(limit=limit, kinds=handlers)
        if not claims:
            return done
        for claimed in claims:
            work(claimed, handlers, now=now)
        done += len(claims)
    return done

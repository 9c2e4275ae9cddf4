"""The state of the agenda, for operators: kinds, ages and counts, nothing about patients."""

from dataclasses import dataclass

from django.db import connection

from backend.core.health import Reading

LATE_S = 120


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is due, how long the oldest has waited, how much is dead."""

    due: int
    oldest_s: float
    dead: int


def backlog() -> Backlog:
    """Read by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE dead_at IS NULL AND due_at <= clock_timestamp()),"
            " coalesce(extract(epoch FROM clock_timestamp() - min(due_at)"
            " FILTER (WHERE dead_at IS NULL AND due_at <= clock_timestamp())), 0),"
            " count(*) FILTER (WHERE dead_at IS NOT NULL) FROM agenda_line"
        )
        due, oldest_s, dead = cursor.fetchone()
    return Backlog(due, float(oldest_s), dead)


def probe() -> Reading:
    """Down when due work waits so long that nobody seems to come for it."""
    found = backlog()
    detail = f"{found.due} due, the oldest for {found.oldest_s:.0f} s, {found.dead} dead"
    return Reading(found.oldest_s <= LATE_S, detail)

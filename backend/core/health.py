"""Is each component up? By the database's clock; nothing about patients.

A process is alive when its work shows in the database, not when it exists: a Celery worker may live
on without consuming. So the worker and the pump leave heartbeats. A room offers a probe of its own
by a line in settings.EVENKEEL_PROBES.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils.module_loading import import_string

HEARTBEAT_LATE_S = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """What a probe saw: up or down, and a word for the operator."""

    up: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A reading with its name and how long it took."""

    name: str
    up: bool
    latency_ms: float
    detail: str


Probe = Callable[[], Reading]


def database() -> Reading:
    """PostgreSQL answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Reading(True)


def migrations() -> Reading:
    """Every migration of this code is applied."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return Reading(not missing, f"{missing} not applied" if missing else "")


def worker() -> Reading:
    """Beat, broker and worker together ran a tick lately."""
    return _heartbeat("worker")


def pump() -> Reading:
    """The pump went round lately."""
    return _heartbeat("pump")


def beat(name: str) -> None:
    """Leave a heartbeat, in the caller's transaction if there is one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_heartbeat (name, beaten_at) VALUES (%s, clock_timestamp())"
            " ON CONFLICT (name) DO UPDATE SET beaten_at = excluded.beaten_at",
            [name],
        )


def take_turn(name: str, *, every_s: float) -> bool:
    """Whether it is the caller's turn at what one of many processes shall do each so many seconds.

    A process that dies at it leaves it to the next turn.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_heartbeat AS h (name, beaten_at) VALUES (%s, clock_timestamp())"
            " ON CONFLICT (name) DO UPDATE SET beaten_at = excluded.beaten_at"
            " WHERE h.beaten_at <= clock_timestamp() - make_interval(secs => %s) RETURNING 1",
            [name, every_s],
        )
        return cursor.fetchone() is not None


def _heartbeat(name: str) -> Reading:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - beaten_at)::float"
            " FROM core_heartbeat WHERE name = %s",
            [name],
        )
        row = cursor.fetchone()
    if row is None:
        return Reading(False, "no heartbeat yet")
    return Reading(row[0] <= HEARTBEAT_LATE_S, f"heartbeat {row[0]:.0f} s ago")


def check(name: str, probe: Probe) -> Component:
    """Run one probe; what it raises is a component that is down."""
    began = time.perf_counter()
    try:
        reading = probe()
    except DatabaseError as error:
        reading = Reading(False, type(error).__name__)
    return Component(
        name, reading.up, round((time.perf_counter() - began) * 1000, 1), reading.detail
    )


def components() -> list[Component]:
    """Every component that settings.EVENKEEL_PROBES names."""
    probes: dict[str, str] = settings.EVENKEEL_PROBES
    return [check(name, import_string(path)) for name, path in probes.items()]


_ready: set[str] = set()


@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when a phone can be served: database up, migrations applied. The broker is only shown."""
    found = [check("database", database)]
    if "migrations" not in _ready:
        found.append(check("migrations", migrations))
    is_ready = all(part.up for part in found)
    if is_ready:
        # Migrations are never taken back under a running process; the plan is slow to make.
        _ready.add("migrations")
    # Without the broker work waits in the database; the phone's door stays open.
    found.append(check("redis", import_string(settings.EVENKEEL_PROBES["redis"])))
    body = {"ready": is_ready, "components": {c.name: "up" if c.up else "down" for c in found}}
    return JsonResponse(body, status=200 if is_ready else 503)

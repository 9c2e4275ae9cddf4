"""The agenda's handler that reads a file into the streams: all of it and the row's end, or nothing.

Its transaction is seen by nobody until it commits, so how far it is goes over a connection of its
own; by the same way it learns that it was cancelled. A worker that is killed leaves no more than a
row that says "running" and no lock: whoever is handed the line next begins anew.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from backend.accounts.actors import actor_of
from backend.core.problems import NotFound
from backend.imports import folder
from backend.imports.actions import LOAD
from backend.imports.models import UNDER_WAY, Import
from backend.imports.options import options_of
from backend.patients.access import Category, Deed, open_chart
from backend.streams.importers.reading import Export, Row, Run, Unreadable
from backend.streams.importers.table import read_export
from backend.streams.importing import import_rows
from backend.streams.verdicts import Report

T = TypeVar("T")
TOLD_EVERY_S = 0.25
MOST_BEGINNINGS = 4
AGAIN = timedelta(seconds=20)
NEVER_ENDED = (
    "It was begun several times and never came to its end. Try a smaller file, or ask whoever runs"
    " this server to import it with manage.py import_stream."
)
NO_FILE = "The file is not there any more. Choose it again."
NO_RIGHT = "Whoever asked for it may not change this patient's data any more."


class Cancelled(Exception):
    """Somebody pressed the button meanwhile."""


def load_patient(patient_id: UUID, *, now: datetime) -> datetime | None:
    """Read the file that has waited longest; due again at once while others wait."""
    if not _alone(patient_id):
        return now + AGAIN  # a slow worker whose lease ran out still reads
    waiting = Import.objects.filter(patient_id=patient_id, state__in=UNDER_WAY)
    row = waiting.select_related("user").order_by("asked_at", "id").first()
    if row is None:
        return None
    with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as outside:
        if _begin(outside, row.id, now):
            _run(row, _Progress(outside, row.id), now)
    return now if waiting.exists() else None


def _alone(patient_id: UUID) -> bool:
    """Held until the transaction ends, whatever way it does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [f"{LOAD} {patient_id}"]
        )
        return bool(cursor.fetchone()[0])


def _begin(outside: BaseDatabaseWrapper, import_id: UUID, now: datetime) -> bool:
    """False if it was cancelled, or begun too often: then that is its end."""
    with outside.cursor() as cursor:
        cursor.execute(
            "UPDATE imports_import SET attempts = attempts + 1, begun_at = %(now)s, read_bytes = 0,"
            " rows = 0, state = CASE WHEN attempts < %(most)s THEN 'running' ELSE 'failed' END,"
            " problem = CASE WHEN attempts < %(most)s THEN '' ELSE %(never)s END,"
            " ended_at = CASE WHEN attempts < %(most)s THEN NULL ELSE %(now)s END"
            " WHERE id = %(id)s AND state IN ('waiting', 'running') RETURNING state",
            {"id": import_id, "now": now, "most": MOST_BEGINNINGS, "never": NEVER_ENDED},
        )
        found = cursor.fetchone()
    return found is not None and found[0] == Import.State.RUNNING


def _run(row: Import, progress: "_Progress", now: datetime) -> None:
    """One end or the other; anything unforeseen rises to the agenda, which tries again later."""
    try:
        with transaction.atomic():
            report = _load(row, progress, now)
            if not _end(row.id, Import.State.DONE, now, report=asdict(report), rows=report.rows):
                raise Cancelled
    except Cancelled:
        pass
    except Unreadable as error:
        _end(row.id, Import.State.FAILED, now, problem=str(error))
    except FileNotFoundError:
        _end(row.id, Import.State.FAILED, now, problem=NO_FILE)
    except NotFound:
        _end(row.id, Import.State.FAILED, now, problem=NO_RIGHT)
    transaction.on_commit(lambda: folder.forget(row.id))


def _load(row: Import, progress: "_Progress", now: datetime) -> Report:
    """By the right of whoever asked, as it is now; the ledger names her."""
    chart = open_chart(
        actor_of(row.user),
        row.patient_id,
        Category.STREAMS,
        deed=Deed.CHANGE,
        subject="import of a file",
        now=now,
    )
    export = Export(folder.path_of(row.id), progress.read)
    rows = read_export(export, options_of(row), name=row.format)
    return import_rows(chart, progress.counted(rows), now=now)


def _end(import_id: UUID, state: str, now: datetime, **more: object) -> bool:
    running = Import.objects.filter(pk=import_id, state=Import.State.RUNNING)
    return bool(running.update(state=state, ended_at=now, **more))


class _Progress:
    """Tells bytes and rows now and then; raises Cancelled where there is nobody to tell."""

    def __init__(self, outside: BaseDatabaseWrapper, import_id: UUID):
        self._outside, self._import_id = outside, import_id
        self._bytes = self._rows = 0
        self._told = time.monotonic()

    def read(self, count: int) -> None:
        """So many more bytes."""
        self._bytes += count
        if time.monotonic() - self._told >= TOLD_EVERY_S:
            self._tell()
            self._told = time.monotonic()

    def counted(self, rows: Iterator[T]) -> Iterator[T]:
        """The rows as they pass; what is none is no row."""
        for row in rows:
            if isinstance(row, Row):
                self._rows += 1
            elif isinstance(row, Run):
                self._rows += len(row.numbers)
            yield row

    def _tell(self) -> None:
        with self._outside.cursor() as cursor:
            cursor.execute(
                "UPDATE imports_import SET read_bytes = %s, rows = %s"
                " WHERE id = %s AND state = 'running'",
                [self._bytes, self._rows, self._import_id],
            )
            if not cursor.rowcount:
                raise Cancelled

"""Taking files in, starting and cancelling their imports."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.agenda.actions import call_up
from backend.core.models import new_id
from backend.core.problems import Conflict, invalid_field
from backend.imports import folder
from backend.imports.models import OPEN, Import
from backend.imports.options import written
from backend.imports.proposing import is_table
from backend.imports.queries import import_of
from backend.patients.access import Category, Chart, Deed
from backend.streams.importers.reading import Export, Options
from backend.streams.importers.table import AUTO, CSV, format_of
from backend.wire.problems import Code

LOAD = "imports.load"
ASKED_FOR = timedelta(days=1)
UNKNOWN = "No known format recognises this file, and it is no table either."


def take_file(
    chart: Chart, arrived: Path, *, name: str, format_name: str, options: Options, now: datetime
) -> Import:
    """Keep a file that has arrived; a table waits until somebody says what its columns mean.

    Raises Invalid if nothing here can read it.
    """
    chart.need(Category.STREAMS, Deed.CHANGE)
    sweep(now=now)
    export = Export(arrived)
    found = format_of(export) if format_name == AUTO else format_name
    if found is None and is_table(export):
        found = CSV
    if found is None or (found == CSV and not is_table(export)):
        raise invalid_field("file", Code.INVALID, UNKNOWN)
    row = Import.objects.create(
        id=new_id(),
        patient=chart.patient,
        bucket=chart.patient.bucket,
        user=_person(chart),
        file_name=name[-200:],
        size=arrived.stat().st_size,
        format=found,
        options=written(options),
        state=Import.State.ASKING if found == CSV else Import.State.WAITING,
        asked_at=now,
    )
    folder.keep(arrived, row.id)
    if row.state == Import.State.WAITING:
        call_up(chart.patient.id, LOAD)
    return row


def _person(chart: Chart) -> User:
    """The one who acts, as a row."""
    assert chart.actor.id is not None  # noqa: S101 (no job chooses files)
    return User.objects.get(pk=chart.actor.id)


def start(chart: Chart, import_id: UUID, *, options: Options) -> None:
    """The columns' meaning is said: a worker may come. Raises Conflict if it was said before."""
    chart.need(Category.STREAMS, Deed.CHANGE)
    row = import_of(chart, import_id)
    asking = Import.objects.filter(pk=row.pk, state=Import.State.ASKING)
    if not asking.update(state=Import.State.WAITING, options=written(options)):
        raise Conflict("This import has begun already, or has ended.")
    call_up(chart.patient.id, LOAD)


def cancel(chart: Chart, import_id: UUID, *, now: datetime) -> None:
    """Nothing of the file stays. Raises Conflict if it has ended already."""
    chart.need(Category.STREAMS, Deed.CHANGE)
    row = import_of(chart, import_id)
    still = Import.objects.filter(pk=row.pk, state__in=OPEN)
    if not still.update(state=Import.State.CANCELLED, ended_at=now):
        raise Conflict("This import has ended already.")
    transaction.on_commit(lambda: folder.forget(row.id))


def sweep(*, now: datetime) -> int:
    """Files that nobody came back to, and what is left of requests that broke off."""
    Import.objects.filter(state=Import.State.ASKING, asked_at__lt=now - ASKED_FOR).update(
        state=Import.State.EXPIRED, ended_at=now
    )
    wanted = Import.objects.filter(state__in=OPEN)
    return folder.sweep_files(set(wanted.values_list("pk", flat=True)), now=now)

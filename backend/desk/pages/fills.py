"""Dispensings and pill monitors' files: read at once, for they are small, with a report."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from backend.accounts.actors import Actor
from backend.desk.doors import draw, now, page
from backend.desk.importing import FileForm
from backend.desk.opening import open_form
from backend.imports.receiving import is_too_large, most_bytes
from backend.patients.access import Category, Chart
from backend.regimens import supply
from backend.regimens.importers.sheets import Reading, Unreadable
from backend.regimens.importers.table import AUTO, FILLS, FORMATS, read_file
from backend.regimens.importing import Report, store_file

EVER = datetime(1900, 1, 1, tzinfo=UTC)
LABELS = {AUTO: "Find out", FILLS: "Dispensings (patient, date, medicine, days)"}


def _formats() -> list[tuple[str, str]]:
    return [(name, LABELS.get(name, name.replace("-", " "))) for name in (AUTO, *FORMATS)]


class FillsForm(FileForm):
    """The file, and what it leaves open."""

    format = forms.ChoiceField(label="Format", choices=_formats, required=False)
    medicine = forms.CharField(
        label="Medicine",
        max_length=200,
        required=False,
        help_text="Where the file names none. Write it as it is prescribed.",
    )
    monitor = forms.CharField(
        label="Monitor",
        max_length=80,
        required=False,
        help_text="Where the file names none: what tells this cap or box from another.",
    )
    field_order = ("file", "format", "medicine", "monitor", "person", "zone")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = f"At most {self.most >> 20} MB: csv, xlsx or xls."

    def reading(self) -> Reading:
        """How to read the file."""
        asked = self.cleaned_data
        zone = ZoneInfo(asked["zone"])
        return Reading(zone, asked["medicine"], asked["monitor"], asked["person"] or None)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a medicine's fills, or of a monitor."""

    name: str
    count: int
    first: date
    last: date


@require_http_methods(["GET", "HEAD", "POST"])
def show_fills(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """The form, what is known so far, and the report of a file that was just sent."""
    moment, is_saving = now(), request.method == "POST"
    chart = open_form(
        actor, patient_id, Category.MEDICINES, is_saving=is_saving, subject="fills", now=moment
    )
    form = FillsForm(
        request.POST if is_saving else None,
        request.FILES if is_saving else None,
        initial={"zone": chart.patient.zone, "format": AUTO},
        is_too_large=is_saving and is_too_large(request),
        most=most_bytes(request),
    )
    report = _store(chart, form, moment) if form.is_valid() else None
    context = {
        "title": f"Fills and pill monitors of {chart.patient.name}",
        "patient": chart.patient,
        "is_simulated": chart.patient.simulated,
        "form": form,
        "report": report,
        "format": dict(_formats())[report.format] if report else "",
        "known": _known(chart, moment),
    }
    return draw(request, "desk/fills.html", context, status=400 if form.errors else 200)


def _store(chart: Chart, form: FillsForm, moment: datetime) -> Report | None:
    """All that can be used, or nothing if the file is none; then the form says why."""
    arrived = form.arrived()
    where = Path(arrived.temporary_file_path())  # type: ignore[attr-defined]
    name = form.cleaned_data["format"] or AUTO
    try:
        with transaction.atomic():
            return store_file(chart, read_file(where, form.reading(), name=name), now=moment)
    except Unreadable as problem:
        form.add_error("file", str(problem).replace(where.name, "This file"))
        return None


def _known(chart: Chart, moment: datetime) -> list[Known]:
    days: dict[str, list[date]] = defaultdict(list)
    for fill in supply.dispensings_of(chart):
        days[f"{fill.medicine}, dispensed"].append(fill.dispensed_on)
    zone = ZoneInfo(chart.patient.zone)
    for event in supply.monitor_events_of(chart, start=EVER, end=moment):
        name = f"{event.medicine or 'Unnamed medicine'}, monitor {event.monitor}"
        days[name].append(event.at.astimezone(zone).date())
    return [Known(name, len(on), min(on), max(on)) for name, on in sorted(days.items())]


urlpatterns: list[Any] = [
    path("patients/<uuid:patient_id>/fills/", page(show_fills), name="fills"),
]

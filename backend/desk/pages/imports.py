"""Importing a file for a patient: choose it, say what a table's columns mean, watch, read the end.

A worker does the work (backend/imports); these pages hand it over and tell how far it is.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.accounts.actors import Actor
from backend.core.problems import Invalid, NotFound
from backend.desk.doors import attempt, draw, now, page, words_of
from backend.desk.importing import FileForm, MappingForm, columns_in_words, format_label
from backend.desk.opening import open_form
from backend.imports import actions, folder, queries
from backend.imports.models import Import
from backend.imports.options import options_of
from backend.imports.proposing import Proposal, preview, propose
from backend.imports.receiving import is_too_large
from backend.patients.access import Category, Chart, Deed, may, open_chart
from backend.streams.importers.reading import Export, Options, Row, Unreadable
from backend.streams.importers.table import AUTO
from backend.wire.codec import moment_of
from backend.wire.measures import MEASURES

LATEST = 20
TALLY = {
    "rows": "rows in the file",
    "stored": "stored",
    "duplicate": "known already",
    "refused": "refused",
}


@require_http_methods(["GET", "HEAD", "POST"])
def show_imports(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """The form for a file, and the imports so far."""
    moment, is_saving = now(), request.method == "POST"
    chart = open_form(
        actor, patient_id, Category.STREAMS, is_saving=is_saving, subject="imports", now=moment
    )
    most = settings.EVENKEEL_IMPORT_MOST_BYTES
    too_large = is_saving and is_too_large(request)
    form = FileForm(
        request.POST if is_saving else None,
        request.FILES if is_saving else None,
        initial={"zone": chart.patient.zone, "format": AUTO},
        is_too_large=too_large,
        most=most,
    )
    if form.is_valid():
        try:
            row = _take(chart, form, moment)
            return redirect("admin:import", patient_id, row.id)
        except Invalid as problem:
            form.add_error("file", words_of(problem))
    context = _context(chart, f"Import for {chart.patient.name}") | {
        "form": form,
        "imports": queries.imports_of(chart)[:LATEST],
    }
    return draw(request, "desk/imports.html", context, status=400 if form.errors else 200)


def _take(chart: Chart, form: FileForm, moment: datetime) -> Import:
    arrived = form.arrived()
    asked = form.cleaned_data
    return actions.take_file(
        chart,
        Path(arrived.temporary_file_path()),  # type: ignore[attr-defined]
        name=arrived.name or "file",
        format_name=asked["format"] or AUTO,
        options=Options(ZoneInfo(asked["zone"]), asked["person"] or None),
        now=moment,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def show_import(
    request: HttpRequest, actor: Actor, patient_id: UUID, import_id: UUID
) -> HttpResponse:
    """One import: the question what its columns mean, how far it is, or what came of it."""
    moment, is_saving = now(), request.POST.get("step") == "start"
    chart = open_form(
        actor, patient_id, Category.STREAMS, is_saving=is_saving, subject="import", now=moment
    )
    row = queries.import_of(chart, import_id)
    if row.state == Import.State.ASKING:
        return _ask(request, chart, row)
    context = _context(chart, f"Import for {chart.patient.name}") | _report(row)
    return draw(request, "desk/import.html", context)


def _ask(request: HttpRequest, chart: Chart, row: Import) -> HttpResponse:
    """Preview first; start is offered once a preview was shown."""
    options = options_of(row)
    export = Export(folder.path_of(row.id))
    try:
        proposal = propose(export, options.zone)
    except FileNotFoundError:
        raise NotFound() from None
    form = MappingForm(request.POST or None, proposal=proposal, zone=options.zone.key)
    shown: list[Shown] = []
    if form.is_valid():
        chosen = replace(options, zone=form.chosen_zone(), mapping=form.mapping())
        if request.POST.get("step") == "start":
            return _start(request, chart, row, chosen)
        try:
            shown = [_shown(n, r, chosen) for n, r in enumerate(preview(export, chosen), 1)]
        except Unreadable as problem:
            form.add_error(None, str(problem))
    context = _context(chart, f"What the columns of {row.file_name} mean") | {
        "row": row,
        "form": form,
        "proposal": proposal,
        "lines": _lines(proposal),
        "shown": shown,
        "preview_zone": form.cleaned_data.get("zone") if shown else "",
    }
    return draw(request, "desk/mapping.html", context, status=400 if form.errors else 200)


def _start(request: HttpRequest, chart: Chart, row: Import, chosen: Options) -> HttpResponse:
    def start() -> str:
        actions.start(chart, row.id, options=chosen)
        return "The import has begun."

    attempt(request, start)
    return redirect("admin:import", chart.patient.id, row.id)


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it would be read."""

    number: int
    at: datetime | None
    values: str
    reason: str


def _shown(number: int, row: Row, options: Options) -> Shown:
    if not row.samples:
        return Shown(number, None, "", row.reason)
    values = [f"{MEASURES[s.kind].label} {s.value:g} {s.unit}" for s in row.samples]
    at = moment_of(row.samples[0].at_ms).astimezone(options.zone)
    return Shown(number, at, ", ".join(values), "")


def _lines(proposal: Proposal) -> list[list[str]]:
    """The examples, line by line."""
    most = max((len(column.examples) for column in proposal.columns), default=0)
    return [
        [c.examples[n] if n < len(c.examples) else "" for c in proposal.columns]
        for n in range(most)
    ]


@require_POST
def cancel_import(
    request: HttpRequest, actor: Actor, patient_id: UUID, import_id: UUID
) -> HttpResponse:
    """Nothing of it stays."""
    moment = now()
    chart = open_chart(
        actor,
        patient_id,
        Category.STREAMS,
        deed=Deed.CHANGE,
        subject="cancel an import",
        now=moment,
    )

    def cancel() -> str:
        actions.cancel(chart, import_id, now=moment)
        return "The import is cancelled. Nothing of the file was stored."

    attempt(request, cancel)
    return redirect("admin:import", patient_id, import_id)


@require_safe
def show_progress(
    request: HttpRequest, actor: Actor, patient_id: UUID, import_id: UUID
) -> HttpResponse:
    """How far it is, for the page's script: counts alone, so no chart is opened each second."""
    if not may(actor, patient_id, Category.STREAMS, deed=Deed.CHANGE, now=now()):
        raise NotFound()
    row = queries.progress_of(patient_id, import_id)
    told = {"state": row.state, "percent": row.percent, "words": _far(row)}
    label = row.get_state_display().lower()
    return JsonResponse(told | {"label": label, "under_way": row.is_under_way})


def _far(row: Import) -> str:
    if row.state == Import.State.WAITING:
        return "Waiting for a worker."
    rows = f"{row.rows:,} rows"
    again = f" Begun again, {row.attempts} times so far." if row.attempts > 1 else ""
    if row.percent == 100:
        return f"All of the file is read, {rows}; the last of it is being stored.{again}"
    return f"{row.percent} % of the file is read, {rows}.{again}"


def _context(chart: Chart, title: str) -> dict[str, Any]:
    patient = chart.patient
    return {
        "title": title,
        "patient": patient,
        "zone": patient.zone,
        "is_simulated": patient.simulated,
    }


def _report(row: Import) -> dict[str, Any]:
    found: dict[str, Any] = {"row": row, "format": format_label(row.format), "far": _far(row)}
    found["columns"] = columns_in_words(options_of(row).mapping)
    if row.report is None:
        return found
    report = row.report
    return found | {
        "report": report,
        "tally": [(f"{report[name]:,}", words) for name, words in TALLY.items()],
        "reasons": [
            (f"{count:,}", reason, examples, count > len(examples))
            for reason, count in report["reasons"].items()
            for examples in [report["examples"].get(reason, [])]
        ],
        "kinds": [
            (MEASURES[kind].label, f"{count:,}")
            for kind, count in sorted(report["kinds"].items(), key=lambda item: -item[1])
            if count
        ],
        "notes": [(f"{count:,}", words) for words, count in report.get("notes", {}).items()],
        "first": datetime.fromisoformat(report["first"]) if report["first"] else None,
        "last": datetime.fromisoformat(report["last"]) if report["last"] else None,
    }


BASE = "patients/<uuid:patient_id>/imports/"
urlpatterns = [
    path(BASE, page(show_imports), name="imports"),
    path(f"{BASE}<uuid:import_id>/", page(show_import), name="import"),
    path(f"{BASE}<uuid:import_id>/cancel/", page(cancel_import), name="import-cancel"),
    path(f"{BASE}<uuid:import_id>/progress/", page(show_progress), name="import-progress"),
]

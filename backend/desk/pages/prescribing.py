"""Prescribing and changing a medicine: always a preview first, and what was previewed is saved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from backend.accounts.actors import Actor
from backend.core.problems import Conflict, Invalid, NotFound
from backend.desk.doors import draw, now, page, words_of
from backend.desk.opening import open_form
from backend.desk.planning import FIELDS, MealForm
from backend.desk.prescription import ChangeForm, PrescribeForm, change_initial
from backend.patients.access import Category, Chart
from backend.regimens import queries
from backend.regimens.actions import change_regimen, prescribe, set_meal_times
from backend.regimens.drafting import draft, meal_times, regimen_of
from backend.regimens.plans import plan_of
from backend.wire.messages import RegimenRow


@dataclass(frozen=True, slots=True)
class Page:
    """One request for the form: whose chart, what was typed, which regimen it changes."""

    chart: Chart
    form: PrescribeForm
    regimen: RegimenRow | None
    moment: datetime

    @property
    def local_now(self) -> datetime:
        """The patient's own time."""
        return self.moment.astimezone(ZoneInfo(self.chart.patient.zone))


@require_http_methods(["GET", "HEAD", "POST"])
def show_prescribe(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """A new medicine."""
    moment = now()
    chart = _open(request, actor, patient_id, "prescribe", moment)
    today = moment.astimezone(ZoneInfo(chart.patient.zone)).date()
    form = PrescribeForm(request.POST or None, initial={"starts": today})
    return _answer(request, Page(chart, form, None, moment))


@require_http_methods(["GET", "HEAD", "POST"])
def show_change(
    request: HttpRequest, actor: Actor, patient_id: UUID, regimen_id: UUID
) -> HttpResponse:
    """A medicine from now on; what is past stays."""
    moment = now()
    chart = _open(request, actor, patient_id, "change regimen", moment)
    found = [row for row in queries.regimens(chart) if row.id == regimen_id and row.active]
    if not found:
        raise NotFound()
    today = moment.astimezone(ZoneInfo(chart.patient.zone)).date()
    plan = plan_of(regimen_of(chart, regimen_id))
    initial = change_initial(found[0], plan) | {"starts": today}
    form = ChangeForm(request.POST or None, initial=initial)
    return _answer(request, Page(chart, form, found[0], moment))


@require_http_methods(["GET", "HEAD", "POST"])
def show_meals(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """When the patient eats; what goes with meals follows from the next midnight on."""
    moment, is_saving = now(), request.method == "POST"
    chart = open_form(
        actor,
        patient_id,
        Category.MEDICINES,
        is_saving=is_saving,
        subject="meal times",
        now=moment,
    )
    known = meal_times(chart)
    form = MealForm(
        request.POST or None, initial={name: getattr(known, name) for name in MealForm.base_fields}
    )
    if form.is_valid():
        try:
            set_meal_times(chart, **form.cleaned_data, now=moment)
        except Invalid as problem:
            for error in problem.errors:
                form.add_error(error.field, error.detail)
        else:
            messages.success(request, "Saved. Medicines with meals follow from midnight on.")
            return redirect(f"{reverse('admin:patient', args=[patient_id])}#medicines")
    context = {
        "title": f"Meal times of {chart.patient.name}",
        "form": form,
        "submit": "Save",
        "patient": chart.patient,
        "is_simulated": chart.patient.simulated,
    }
    return draw(request, "desk/form.html", context, status=400 if form.errors else 200)


def _open(
    request: HttpRequest, actor: Actor, patient_id: UUID, subject: str, moment: datetime
) -> Chart:
    is_saving = request.POST.get("step") == "save"
    return open_form(
        actor, patient_id, Category.MEDICINES, is_saving=is_saving, subject=subject, now=moment
    )


def _answer(request: HttpRequest, asked: Page) -> HttpResponse:
    if not asked.form.is_valid():
        return _draw(request, asked, None)
    try:
        preview = _preview(asked)
        if request.POST.get("step") == "save" and asked.form.cleaned_data["seen"]:
            return _save_seen(request, asked, preview)
    except (Invalid, Conflict) as problem:
        _show_problem(asked.form, problem)
        return _draw(request, asked, None)
    return _draw(request, asked, preview)


def _preview(asked: Page) -> queries.Preview:
    """How it reads and when it is due; raises Invalid."""
    return draft(
        asked.chart,
        dose=asked.form.cleaned_data["dose"],
        timing=asked.form.timing(local_now=asked.local_now),
        plan=asked.form.plan(),
        regimen_id=asked.regimen.id if asked.regimen else None,
        now=asked.moment,
    )


def _show_problem(form: PrescribeForm, problem: Invalid | Conflict) -> None:
    """Beside the field that it is about, where the form has that field."""
    named = [(FIELDS.get(e.field, e.field), e.detail) for e in problem.errors]
    if not named or any(name not in form.fields for name, _ in named):
        form.add_error(None, words_of(problem))
        return
    for name, words in named:
        form.add_error(name, words)


def _save_seen(request: HttpRequest, asked: Page, preview: queries.Preview) -> HttpResponse:
    if asked.form.cleaned_data["seen"] != asked.form.digest():
        messages.warning(request, "Something changed since the preview: look once more.")
        return _draw(request, asked, preview)
    with transaction.atomic():
        _save(asked)
    messages.success(request, "Saved. The phone has it at its next sync.")
    return _back(asked)


def _save(asked: Page) -> None:
    timing = asked.form.timing(local_now=asked.local_now)
    fields = asked.form.medicine_fields() | {"plan": asked.form.plan()}
    if asked.regimen is not None:
        change_regimen(asked.chart, asked.regimen.id, **fields, timing=timing, now=asked.moment)
    elif timing is not None:
        prescribe(asked.chart, **fields, timing=timing, now=asked.moment)


def _back(asked: Page) -> HttpResponseRedirect:
    address = reverse("admin:patient", args=[asked.chart.patient.id])
    return redirect(f"{address}#medicines")


def _draw(request: HttpRequest, asked: Page, preview: queries.Preview | None) -> HttpResponse:
    patient = asked.chart.patient
    context: dict[str, Any] = {
        "title": f"Prescribe for {patient.name}",
        "form": asked.form,
        "patient": patient,
        "zone": patient.zone,
        "preview": preview,
        "seen": asked.form.digest() if preview else "",
        "regimen": asked.regimen,
        "meals": meal_times(asked.chart),
        "is_simulated": patient.simulated,
    }
    if asked.regimen:
        context["title"] = f"Change {asked.regimen.medicine} for {patient.name}"
    return draw(request, "desk/prescribe.html", context, status=400 if asked.form.errors else 200)


urlpatterns = [
    path("patients/<uuid:patient_id>/prescribe/", page(show_prescribe), name="prescribe"),
    path("patients/<uuid:patient_id>/meals/", page(show_meals), name="meal-times"),
    path(
        "patients/<uuid:patient_id>/regimens/<uuid:regimen_id>/",
        page(show_change),
        name="regimen-change",
    ),
]

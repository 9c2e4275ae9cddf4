"""The patient page: one screen of panels, each read through the chart that was opened for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.accounts.actors import Actor
from backend.agenda.actions import call_up
from backend.core.problems import Invalid
from backend.desk.doors import draw, now, page, words_of
from backend.desk.forms import ProfileForm, profile_initial
from backend.desk.opening import open_form, open_widely
from backend.desk.pages.showing import code_context
from backend.desk.panels import BANDS, PANELS
from backend.desk.panels.base import Asked
from backend.ledger.queries import entries_of
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.actions import change_profile, make_carer_code, make_enrolment_code

ENTRIES_A_PAGE = 100


@require_safe
def show_patient(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """Everything that is shared; what is not says so."""
    moment = now()
    opened = open_widely(actor, patient_id, subject="patient page", now=moment)
    patient = opened.patient
    asked = Asked(moment, request.GET.get("span", ""), request.GET.get("day", ""))
    context: dict[str, Any] = {}
    for panel in PANELS:
        if panel.category in opened.charts:
            context |= panel.read(opened, asked)
    context |= {
        "title": patient.name,
        "patient": patient,
        "bands": BANDS,
        "panels": PANELS,
        "shared": frozenset(opened.charts),
        "now": moment,
        "zone": patient.zone,
        "is_simulated": patient.simulated,
        "may": {str(category): True for category in opened.changeable()},
    }
    return draw(request, "desk/patient.html", context)


@require_safe
def show_ledger(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """Every access to this patient's data."""
    chart = open_chart(actor, patient_id, Category.PROFILE, subject="ledger page", now=now())
    pages = Paginator(entries_of(chart.patient.id), ENTRIES_A_PAGE)
    context = {
        "title": f"Who looked: {chart.patient.name}",
        "patient": chart.patient,
        "zone": chart.patient.zone,
        "page": pages.get_page(request.GET.get("p")),
        "is_simulated": chart.patient.simulated,
    }
    return draw(request, "desk/ledger.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_profile(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """The profile; the phone has it at its next sync."""
    is_saving = request.method == "POST"
    chart = open_form(
        actor, patient_id, Category.PROFILE, is_saving=is_saving, subject="profile", now=now()
    )
    form = ProfileForm(request.POST or None, initial=profile_initial(chart.patient))
    if form.is_valid():
        try:
            change_profile(chart, **form.fields_of_profile())
            # A new zone moves the doses to come.
            call_up(chart.patient.id, "regimens.materialise")
        except Invalid as problem:
            form.add_error(None, words_of(problem))
        else:
            return redirect("admin:patient", patient_id)
    context = {
        "title": f"Profile of {chart.patient.name}",
        "form": form,
        "submit": "Save",
        "patient": chart.patient,
        "is_simulated": chart.patient.simulated,
    }
    return draw(request, "desk/form.html", context, status=400 if form.errors else 200)


@require_POST
def show_code(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """A fresh enrolment code, shown this once, in letters and as a QR picture."""
    moment = now()
    chart = open_chart(
        actor, patient_id, Category.PROFILE, deed=Deed.CHANGE, subject="enrolment code", now=moment
    )
    code = make_enrolment_code(chart, now=moment)
    return _draw_code(request, chart, code, "Enrol a phone", moment)


@require_POST
def show_carer_code(
    request: HttpRequest, actor: Actor, patient_id: UUID, user_id: UUID
) -> HttpResponse:
    """The same for a caregiver, who comes in by a browser."""
    moment = now()
    chart = open_chart(
        actor, patient_id, Category.PROFILE, deed=Deed.CHANGE, subject="caregiver code", now=moment
    )
    code = make_carer_code(chart, user_id, now=moment)
    return _draw_code(request, chart, code, "Let a caregiver in", moment)


def _draw_code(
    request: HttpRequest, chart: Chart, code: str, title: str, moment: datetime
) -> HttpResponse:
    context = code_context(code, server=request.build_absolute_uri("/").rstrip("/"), now=moment)
    context |= {
        "title": title,
        "is_for_carer": title != "Enrol a phone",
        "patient": chart.patient,
        "is_simulated": chart.patient.simulated,
    }
    return draw(request, "desk/code.html", context)


urlpatterns = [
    path("patients/<uuid:patient_id>/", page(show_patient), name="patient"),
    path("patients/<uuid:patient_id>/ledger/", page(show_ledger), name="patient-ledger"),
    path("patients/<uuid:patient_id>/profile/", page(edit_profile), name="patient-profile"),
    path("patients/<uuid:patient_id>/code/", page(show_code), name="patient-code"),
    path(
        "patients/<uuid:patient_id>/carers/<uuid:user_id>/code/",
        page(show_carer_code),
        name="carer-code",
    ),
]

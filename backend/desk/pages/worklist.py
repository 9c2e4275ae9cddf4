"""The day, the list of patients, and admitting one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts.actors import Actor
from backend.accounts.models import DESK_ROLES, Role
from backend.core.problems import Invalid
from backend.desk.doors import draw, now, page, words_of
from backend.desk.forms import ProfileForm
from backend.desk.pages.operation import operator_index
from backend.desk.queries import MOST_SHOWN, Row, worklist
from backend.insights.model_queries import drift_to_answer
from backend.patients.actions import admit_patient

LOOKS = 12
A_DAY = timedelta(days=1)


@dataclass(slots=True)
class Day:
    """The rows of a list sorted into what a morning round asks."""

    look: list[Row] = field(default_factory=list)
    quiet: list[Row] = field(default_factory=list)
    silent: list[Row] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)
    asked: list[Row] = field(default_factory=list)
    abstained: list[Row] = field(default_factory=list)


def sort_day(rows: list[Row], moment: datetime) -> Day:
    """Whom to look at, who is silent, expected or asks for a visit, where data are thin."""
    day = Day()
    for row in sorted(rows, key=lambda row: row.urgency):
        if row.asks:
            day.look.append(row)
        elif row.quiet:
            day.quiet.append(row)
        if row.is_silent:
            day.silent.append(row)
        if row.abstained:
            day.abstained.append(row)
        if row.asked_visit:
            day.asked.append(row)
        if row.next_visit and row.next_visit.starts_at - moment < A_DAY:
            day.visits.append(row)
    day.visits.sort(key=lambda row: row.next_visit.starts_at)  # type: ignore[union-attr]
    return day


@require_safe
def show_index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The care team's day; for an operator the state of the machines."""
    if actor.role == Role.OPERATOR:
        return operator_index(request, actor)
    moment = now()
    rows = worklist(actor, now=moment)
    context = {
        "title": "Today",
        "day": sort_day(rows, moment),
        "rows": rows,
        "now": moment,
        "looks": LOOKS,
        "may_deal": actor.role == Role.CLINICIAN,
        "may_deploy": actor.role == Role.CLINICIAN,
        "drift": drift_to_answer(actor),
        "is_simulated": any(row.patient.simulated for row in rows),
    }
    return draw(request, "desk/today.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show_patients(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All of them, or those whose name holds the posted text: a name never stands in a URL."""
    search = request.POST.get("search", "").replace("\0", "").strip()[:120]
    moment = now()
    rows = worklist(actor, search=search, now=moment)
    context = {
        "title": "Patients",
        "rows": rows,
        "search": search,
        "most": MOST_SHOWN,
        "now": moment,
        "is_simulated": any(row.patient.simulated for row in rows),
    }
    return draw(request, "desk/patients.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def admit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new patient; the one who admits is the first of the team."""
    form = ProfileForm(request.POST or None)
    if form.is_valid():
        try:
            patient = admit_patient(actor, form.profile(), now=now())
        except Invalid as problem:
            form.add_error(None, words_of(problem))
        else:
            return redirect("admin:patient", patient.id)
    status = 400 if form.errors else 200
    context = {"title": "Admit a patient", "form": form, "submit": "Admit"}
    return draw(request, "desk/form.html", context, status=status)


urlpatterns = [
    path("", page(show_index, roles=DESK_ROLES), name="index"),
    path("patients/", page(show_patients), name="patients"),
    path("patients/admit/", page(admit), name="admit"),
]

"""What no device tells of a patient: the answers and values that her risks are reckoned from."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods

from backend.accounts.actors import Actor
from backend.core.problems import Invalid, NotFound
from backend.desk.background import BackgroundForm
from backend.desk.doors import draw, now, page
from backend.desk.streams import unit_name
from backend.insights.risk_entry import BY_TEAM, UNITS, tell
from backend.insights.risk_evidence import gather_risk
from backend.patients.access import Category, Chart, Deed, may, open_chart
from backend.patients.background import answers_of
from backend.wire.measures import MEASURES

NEEDED = (Category.PROFILE, Category.STREAMS, Category.SURVEYS)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_background(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """Shown to who may change it; what is left empty stays as it was."""
    moment, is_saving = now(), request.method == "POST"
    if not may(actor, patient_id, *NEEDED, deed=Deed.CHANGE, now=moment):
        raise NotFound()
    deed = Deed.CHANGE if is_saving else Deed.READ
    chart = open_chart(actor, patient_id, *NEEDED, deed=deed, subject="background page", now=moment)
    form = BackgroundForm(
        request.POST if is_saving else None,
        initial={"day": moment.astimezone(ZoneInfo(chart.patient.zone)).date()},
        answers=answers_of(chart, at=moment),
        known=_known(chart, moment),
    )
    if is_saving and form.is_valid() and _told(chart, form, moment):
        messages.success(request, "Saved. The risks are reckoned anew.")
        return redirect("admin:patient", patient_id)
    context = {
        "title": f"Background of {chart.patient.name}",
        "form": form,
        "submit": "Save",
        "patient": chart.patient,
        "is_simulated": chart.patient.simulated,
    }
    return draw(request, "desk/form.html", context, status=400 if form.errors else 200)


def _known(chart: Chart, moment: datetime) -> dict[str, str]:
    """By kind, the value that counts now, with its day."""
    columns = gather_risk(chart, now=moment).columns
    found = {}
    for kind in UNITS:
        if kind in columns:
            value, day = columns[kind].tolist()
            unit = unit_name(kind, MEASURES[kind].unit)
            found[kind] = f"Known: {value:.4g} {unit}, {date.fromordinal(int(day)):%-d %b %Y}"
    return found


def _told(chart: Chart, form: BackgroundForm, moment: datetime) -> bool:
    """False if something cannot be so; the form then says what."""
    try:
        with transaction.atomic():
            tell(
                chart,
                answers=form.answers(),
                measured=form.measured(),
                day=form.cleaned_data["day"],
                source=BY_TEAM,
                now=moment,
            )
    except Invalid as problem:
        for error in problem.errors:
            form.add_error(error.field if error.field in form.fields else None, error.detail)
        return False
    return True


urlpatterns = [
    path(
        "patients/<uuid:patient_id>/background/",
        page(edit_background),
        name="patient-background",
    ),
]

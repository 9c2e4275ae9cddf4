"""The buttons of the patient page: each a form, a kind of data to change, one action of a room."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from backend.accounts.actors import Actor
from backend.accounts.models import User
from backend.core.models import new_id
from backend.core.problems import Conflict
from backend.desk import texting
from backend.desk.doors import attempt, now, page, words_of
from backend.desk.forms import (
    BookForm,
    EndForm,
    GrantForm,
    JoinForm,
    NudgesForm,
    PersonForm,
    QuestionsForm,
    RowForm,
    ToneForm,
)
from backend.desk.planning import BackForm, StayForm, TakingForm, moment_in
from backend.guidance.actions import choose_nudges, turn_nudges
from backend.patients.access import Category, Chart, Deed, Purpose, open_chart
from backend.patients.actions import (
    give_grant,
    join_team,
    leave_team,
    revoke_phone,
    withdraw_grant,
)
from backend.regimens.actions import record_dose_event, stop_regimen
from backend.regimens.staying import begin_stay, end_stay
from backend.visits.actions import (
    admit,
    book_visit,
    cancel_visit,
    end_visit,
    miss_visit,
    prepare_questions,
)
from backend.wire.messages import DoseEvent

Do = Callable[[Chart, Any, datetime], str]  # returns what to tell the one who did it


@dataclass(frozen=True, slots=True)
class Button:
    """What is asked, what kind of data it changes, what does it, and the panel it belongs to."""

    form: type[forms.Form]
    category: Category
    do: Do
    panel: str


def _join(chart: Chart, form: JoinForm, moment: datetime) -> str:
    user = form.cleaned_data["user"]
    join_team(chart, user, now=moment)
    return f"{user.name} is on the team."


def _leave(chart: Chart, form: PersonForm, moment: datetime) -> str:
    user = form.cleaned_data["user"]
    leave_team(chart, user, now=moment)
    return f"{user.name} has left the team."


def _revoke(chart: Chart, form: RowForm, moment: datetime) -> str:
    revoke_phone(chart, form.cleaned_data["id"], now=moment)
    return "The device is signed out."


def _grant(chart: Chart, form: GrantForm, moment: datetime) -> str:
    give_grant(
        chart,
        recipient=str(form.cleaned_data["user"].id),
        categories=frozenset(Category(c) for c in form.cleaned_data["categories"]),
        purpose=Purpose.FAMRQT,
        now=moment,
    )
    return "The consent is written down."


def _withdraw(chart: Chart, form: RowForm, moment: datetime) -> str:
    withdraw_grant(chart, form.cleaned_data["id"], now=moment)
    return "The consent has ended."


def _stop(chart: Chart, form: RowForm, moment: datetime) -> str:
    stopped = stop_regimen(chart, form.cleaned_data["id"], now=moment)
    return f"{stopped.medicine} is stopped. Past doses stay as they were."


def _begin_stay(chart: Chart, form: StayForm, moment: datetime) -> str:
    asked, zone = form.cleaned_data, chart.patient.zone
    begin_stay(
        chart,
        starts_at=moment_in(zone, asked["starts"]),
        ends_at=moment_in(zone, asked["ends"]) if asked["ends"] else None,
        reason=asked["reason"],
        now=moment,
    )
    return "The stay is noted: no dose of it is due, and none counts."


def _end_stay(chart: Chart, form: BackForm, moment: datetime) -> str:
    ends_at = moment_in(chart.patient.zone, form.cleaned_data["ends"])
    end_stay(chart, form.cleaned_data["id"], ends_at=ends_at, now=moment)
    return "The stay has ended: doses are due again."


def _note_taking(chart: Chart, form: TakingForm, moment: datetime) -> str:
    at = moment_in(chart.patient.zone, form.cleaned_data["at"])
    taking = DoseEvent(new_id(), at, new_id(), "taken", regimen=form.cleaned_data["id"])
    dose = record_dose_event(chart, taking, now=moment)
    return f"{dose.regimen.medicine} is noted as taken."


def _turn_nudges(chart: Chart, form: NudgesForm, moment: datetime) -> str:
    turn_nudges(chart, off=form.cleaned_data["off"], now=moment)
    return "No more nudges." if form.cleaned_data["off"] else "Nudges are on."


def _choose_nudges(chart: Chart, form: ToneForm, moment: datetime) -> str:
    choose_nudges(chart, **form.cleaned_data, now=moment)
    return "Nudges are set as the patient wants them."


def _book(chart: Chart, form: BookForm, moment: datetime) -> str:
    asked = form.cleaned_data
    book_visit(
        chart,
        starts_at=form.starts_at(chart.patient.zone),
        minutes=asked["minutes"],
        reason=asked["reason"],
        with_user=_person(chart),
        visit_id=asked["id"],
        now=moment,
    )
    return "The visit is booked."


def _person(chart: Chart) -> User:
    """The one who acts, as a row."""
    assert chart.actor.id is not None  # noqa: S101 (no job presses buttons)
    return User.objects.get(pk=chart.actor.id)


def _cancel(chart: Chart, form: RowForm, moment: datetime) -> str:
    cancel_visit(chart, form.cleaned_data["id"], now=moment)
    return "The visit is cancelled."


def _end(chart: Chart, form: EndForm, moment: datetime) -> str:
    end_visit(chart, form.cleaned_data["id"], notes=form.cleaned_data["notes"], now=moment)
    return "The visit has ended."


def _miss(chart: Chart, form: RowForm, moment: datetime) -> str:
    miss_visit(chart, form.cleaned_data["id"], now=moment)
    return "Noted as missed. The patient is told how to ask for another."


def _questions(chart: Chart, form: QuestionsForm, moment: datetime) -> str:
    asked = form.cleaned_data
    prepare_questions(chart, asked["id"], asked["questions"], now=moment)
    return "The questions are on the visit."


BUTTONS: dict[str, Button] = {
    "join-team": Button(JoinForm, Category.PROFILE, _join, "team"),
    "leave-team": Button(PersonForm, Category.PROFILE, _leave, "team"),
    "give-grant": Button(GrantForm, Category.PROFILE, _grant, "team"),
    "withdraw-grant": Button(RowForm, Category.PROFILE, _withdraw, "team"),
    "revoke-device": Button(RowForm, Category.PROFILE, _revoke, "devices"),
    "enrol-number": Button(texting.NumberForm, Category.PROFILE, texting.enrol, "devices"),
    "enrol-carer": Button(
        texting.CarerNumberForm, Category.PROFILE, texting.enrol_a_carer, "devices"
    ),
    "remove-number": Button(texting.NothingForm, Category.PROFILE, texting.remove, "devices"),
    "assign-survey": Button(texting.SurveyForm, Category.SURVEYS, texting.assign, "surveys"),
    "end-survey": Button(texting.NothingForm, Category.SURVEYS, texting.end, "surveys"),
    "turn-nudges": Button(NudgesForm, Category.INSIGHTS, _turn_nudges, "advice"),
    "choose-nudges": Button(ToneForm, Category.INSIGHTS, _choose_nudges, "advice"),
    "begin-stay": Button(StayForm, Category.MEDICINES, _begin_stay, "medicines"),
    "end-stay": Button(BackForm, Category.MEDICINES, _end_stay, "medicines"),
    "note-taking": Button(TakingForm, Category.MEDICINES, _note_taking, "medicines"),
    "stop-regimen": Button(RowForm, Category.MEDICINES, _stop, "medicines"),
    "book-visit": Button(BookForm, Category.VISITS, _book, "visits"),
    "cancel-visit": Button(RowForm, Category.VISITS, _cancel, "visits"),
    "miss-visit": Button(RowForm, Category.VISITS, _miss, "visits"),
    "visit-questions": Button(QuestionsForm, Category.VISITS, _questions, "visits"),
    "end-visit": Button(EndForm, Category.VISITS, _end, "visits"),
}


@require_POST
def press(request: HttpRequest, actor: Actor, patient_id: UUID, deed: str) -> HttpResponse:
    """Open the chart for this change, do it, and go back to the panel."""
    if deed not in BUTTONS:
        raise Http404
    button, moment = BUTTONS[deed], now()
    chart = open_chart(
        actor, patient_id, button.category, deed=Deed.CHANGE, subject=deed, now=moment
    )
    form = button.form(request.POST)
    if form.is_valid():
        attempt(request, lambda: button.do(chart, form, moment))
    else:
        faults(request, form)
    return redirect(f"{reverse('admin:patient', args=[patient_id])}#{button.panel}")


@require_POST
def join_visit(
    request: HttpRequest, actor: Actor, patient_id: UUID, visit_id: UUID
) -> HttpResponse:
    """Into the visit's room, by a ticket for this person alone."""
    moment = now()
    chart = open_chart(actor, patient_id, Category.VISITS, subject="join visit", now=moment)
    try:
        admission = admit(chart, visit_id, now=moment)
    except Conflict as problem:
        messages.error(request, words_of(problem))
        return redirect(f"{reverse('admin:patient', args=[patient_id])}#visits")
    return redirect("visit-room", admission.token)


def faults(request: HttpRequest, form: forms.Form) -> None:
    """Tell which fields are wrong, and how; never what was typed."""
    said = []
    for name, errors in form.errors.items():
        label = form.fields[name].label or name.replace("_", " ").capitalize()
        said.append(f"{label}: {' '.join(str(error) for error in errors)}")
    messages.error(request, " ".join(said))


urlpatterns = [
    path("patients/<uuid:patient_id>/do/<slug:deed>/", page(press), name="patient-do"),
    path(
        "patients/<uuid:patient_id>/visits/<uuid:visit_id>/join/",
        page(join_visit),
        name="visit-join",
    ),
]

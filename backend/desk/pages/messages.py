"""Messages at the desk: an inbox over all patients, and a patient's conversations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.accounts.actors import Actor
from backend.desk.doors import attempt, draw, now, page
from backend.desk.opening import open_form
from backend.desk.pages.deeds import faults
from backend.messages import queries
from backend.messages.actions import LETTERS, SUBJECT_LETTERS, mark_read, write_message
from backend.messages.phrases import PHRASES, phrase_in
from backend.patients.access import Category, Chart, Deed, enter_list, list_patients, open_chart
from backend.patients.models import Patient
from backend.wire.language import LANGUAGES
from backend.wire.messages import MessageAsked


class WriteForm(forms.Form):
    """A message; a phrase chosen with `use` is put into the text and not sent."""

    subject = forms.CharField(max_length=SUBJECT_LETTERS, required=False)
    text = forms.CharField(max_length=LETTERS, widget=forms.Textarea(attrs={"rows": 5}))


@dataclass(frozen=True, slots=True)
class Waits:
    """A thread of the inbox."""

    patient: Patient
    thread: UUID
    count: int
    since: datetime


@require_safe
def show_inbox(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What nobody has read, of all patients who share their messages; the longest wait on top."""
    moment = now()
    patients = {p.id: p for p in list_patients(actor, Category.MESSAGES, now=moment)}
    waiting = [
        Waits(patients[one.patient_id], one.thread, one.count, one.since)
        for one in queries.waiting_for_team(patients)
    ]
    shown = {one.patient.id: one.patient for one in waiting}.values()
    enter_list(actor, shown, Category.MESSAGES, subject="inbox", now=moment)
    context = {
        "title": "Messages",
        "waiting": waiting,
        "now": moment,
        "patients": len(patients),
        "is_simulated": any(patient.simulated for patient in patients.values()),
    }
    return draw(request, "desk/inbox.html", context)


@require_safe
def show_threads(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """All conversations of one patient, and beginning another."""
    chart = open_chart(actor, patient_id, Category.MESSAGES, subject="messages", now=now())
    values = {"threads": queries.threads(chart), "title": f"Messages with {chart.patient.name}"}
    return _draw(request, chart, values | {"form": WriteForm()})


@require_safe
def show_thread(
    request: HttpRequest, actor: Actor, patient_id: UUID, thread_id: UUID
) -> HttpResponse:
    """One conversation; looking at it does not mark it: a person says that it is dealt with."""
    chart = open_chart(actor, patient_id, Category.MESSAGES, subject="messages", now=now())
    return _draw_thread(request, chart, thread_id, WriteForm())


@require_http_methods(["GET", "HEAD", "POST"])
def write(
    request: HttpRequest, actor: Actor, patient_id: UUID, thread_id: UUID | None = None
) -> HttpResponse:
    """Send it, or put a phrase into the draft. Nobody writes by GET: it leads to the page."""
    if request.method != "POST":
        open_chart(actor, patient_id, Category.MESSAGES, subject="messages", now=now())
        return _back(patient_id, thread_id)
    phrase, moment = request.POST.get("use", ""), now()
    chart = open_form(
        actor, patient_id, Category.MESSAGES, is_saving=not phrase, subject="messages", now=moment
    )
    if phrase:
        return _draw_draft(request, chart, thread_id, request.POST.get("phrase", ""))
    form = WriteForm(request.POST)
    if not form.is_valid():
        faults(request, form)
        return _draw_again(request, chart, thread_id, form)
    asked = MessageAsked(form.cleaned_data["text"], thread_id, form.cleaned_data["subject"])
    if not attempt(request, lambda: _write(chart, asked, moment)):
        return _draw_again(request, chart, thread_id, form)
    return _back(patient_id, thread_id)


def _write(chart: Chart, asked: MessageAsked, moment: datetime) -> str:
    write_message(chart, asked, now=moment)
    return f"Sent. {chart.patient.name} is told that a message waits."


@require_POST
def mark(request: HttpRequest, actor: Actor, patient_id: UUID, message_id: UUID) -> HttpResponse:
    """Read, and no answer is needed."""
    moment = now()
    chart = open_chart(
        actor, patient_id, Category.MESSAGES, deed=Deed.CHANGE, subject="message read", now=moment
    )
    attempt(request, lambda: _mark(chart, message_id, moment))
    return redirect("admin:messages", patient_id)


def _mark(chart: Chart, message_id: UUID, moment: datetime) -> str:
    mark_read(chart, message_id, now=moment)
    return "Marked as read."


def _back(patient_id: UUID, thread_id: UUID | None) -> HttpResponse:
    if thread_id is None:
        return redirect("admin:messages", patient_id)
    return redirect("admin:message-thread", patient_id, thread_id)


def _draw_draft(
    request: HttpRequest, chart: Chart, thread_id: UUID | None, phrase: str
) -> HttpResponse:
    """What was typed, and the phrase after it, in the patient's language."""
    typed = request.POST.get("text", "")[:LETTERS].rstrip()
    said = phrase_in(phrase, chart.patient.language) if phrase in PHRASES else ""
    draft = {
        "text": "\n\n".join(filter(None, (typed, said))),
        "subject": request.POST.get("subject", "")[:SUBJECT_LETTERS],
    }
    return _draw_again(request, chart, thread_id, WriteForm(initial=draft), status=200)


def _draw_again(
    request: HttpRequest,
    chart: Chart,
    thread_id: UUID | None,
    form: WriteForm,
    *,
    status: int = 400,
) -> HttpResponse:
    if thread_id is not None:
        return _draw_thread(request, chart, thread_id, form, status=status)
    values = {"threads": queries.threads(chart), "title": f"Messages with {chart.patient.name}"}
    return _draw(request, chart, values | {"form": form}, status=status)


def _draw_thread(
    request: HttpRequest, chart: Chart, thread_id: UUID, form: WriteForm, *, status: int = 200
) -> HttpResponse:
    found = queries.thread(chart, thread_id)
    values = {"thread": found, "title": found.title, "form": form}
    return _draw(request, chart, values, status=status)


def _draw(
    request: HttpRequest, chart: Chart, values: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    patient = chart.patient
    common = {
        "patient": patient,
        "zone": patient.zone,
        "language": LANGUAGES.get(patient.language, patient.language),
        "phrases": PHRASES.items(),
        "is_simulated": patient.simulated,
    }
    name = "desk/thread.html" if "thread" in values else "desk/messages.html"
    return draw(request, name, common | values, status=status)


PATIENT = "patients/<uuid:patient_id>/messages/"
urlpatterns = [
    path("messages/", page(show_inbox), name="inbox"),
    path(PATIENT, page(show_threads), name="messages"),
    path(f"{PATIENT}write/", page(write), name="message-begin"),
    path(f"{PATIENT}<uuid:thread_id>/", page(show_thread), name="message-thread"),
    path(f"{PATIENT}<uuid:thread_id>/write/", page(write), name="message-answer"),
    path(f"{PATIENT}<uuid:message_id>/read/", page(mark), name="message-read"),
]

"""Dealing with what asks for a person, and how heavy the load of alerts is."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from backend.accounts.actors import Actor
from backend.accounts.models import Role, User
from backend.alerts import handling
from backend.alerts.models import Handling
from backend.alerts.queries import alerts_of, load_of, past_alerts_of
from backend.alerts.watching import WATCHED
from backend.core.problems import NotFound
from backend.desk.doors import attempt, draw, now, page
from backend.desk.forms import DateInput
from backend.desk.pages.deeds import faults
from backend.patients.access import (
    Category,
    Chart,
    Deed,
    enter_list,
    list_patients,
    may,
    open_chart,
)

DEEDS = [
    ("confirm", "Confirm"),
    ("snooze", "Snooze"),
    ("hand_over", "Hand over"),
    ("close", "Close"),
    ("reopen", "Bring back"),
]
WEIGHED = tuple(kind for kind in WATCHED if kind != Category.MESSAGES)  # a letter is no alarm
MORNING = time(8)
LOAD_DAYS = 30
SAID = {
    "confirm": "Confirmed: quiet until it clears or gets worse.",
    "snooze": "Snoozed.",
    "hand_over": "Handed over.",
    "close": "Closed.",
    "reopen": "Back on the list.",
}


class DealForm(forms.Form):
    """What is done about which alerts; each deed needs its own field."""

    deed = forms.ChoiceField(choices=DEEDS)
    key = forms.CharField(max_length=120, required=False)  # without one: all that stands
    until = forms.DateField(label="Until the morning of", required=False, widget=DateInput())
    to = forms.ModelChoiceField(
        label="To", required=False, queryset=User.objects.filter(role=Role.CLINICIAN)
    )
    outcome = forms.ChoiceField(
        label="What came of it", required=False, choices=[("", "Choose"), *Handling.Outcome.choices]
    )
    note = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        """The deed's own field is there."""
        found: dict[str, Any] = super().clean() or {}
        needed = {"snooze": "until", "hand_over": "to", "close": "outcome"}.get(
            found.get("deed", "")
        )
        if needed and not found.get(needed) and needed not in self.errors:
            self.add_error(needed, ValidationError("This is needed.", code="required"))
        return found


@require_safe
def show_alerts(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """What stands, what was done about it by whom, and what has cleared."""
    moment = now()
    chart = _open(actor, patient_id, Deed.READ, moment)
    zone = ZoneInfo(chart.patient.zone)
    team = User.objects.filter(
        role=Role.CLINICIAN, memberships__patient=chart.patient, memberships__ends_at=None
    )
    context = {
        "title": f"Alerts of {chart.patient.name}",
        "patient": chart.patient,
        "zone": chart.patient.zone,
        "is_simulated": chart.patient.simulated,
        "alerts": alerts_of(chart),
        "past": past_alerts_of(chart),
        "now": moment,
        "tomorrow": (moment.astimezone(zone) + timedelta(days=1)).date(),
        "outcomes": Handling.Outcome.choices,
        "colleagues": [user for user in team.order_by("name").distinct() if user.pk != actor.id],
        "may_deal": _may_deal(_kinds(actor, patient_id, Deed.CHANGE, moment)),
    }
    return draw(request, "desk/alerts.html", context)


@require_POST
def deal(request: HttpRequest, actor: Actor, patient_id: UUID) -> HttpResponse:
    """One deed, of one alert or of all that stands; then back to where the button was."""
    moment = now()
    chart = _open(actor, patient_id, Deed.CHANGE, moment)
    form = DealForm(request.POST)
    if form.is_valid():
        attempt(request, lambda: _deal(chart, form, moment))
    else:
        faults(request, form)
    back = reverse("admin:index") if request.POST.get("from") == "today" else None
    return redirect(back or reverse("admin:alerts", args=[patient_id]))


def _deal(chart: Chart, form: DealForm, moment: datetime) -> str:
    asked = form.cleaned_data
    keys = [asked["key"]] if asked["key"] else None
    more: dict[str, Any] = {"keys": keys, "note": asked["note"], "now": moment}
    if asked["deed"] == "snooze":
        morning = datetime.combine(asked["until"], MORNING, ZoneInfo(chart.patient.zone))
        more["until"] = morning.astimezone(UTC)
    elif asked["deed"] == "hand_over":
        more["to"] = asked["to"]
    elif asked["deed"] == "close":
        more["outcome"] = asked["outcome"]
    getattr(handling, asked["deed"])(chart, **more)
    return f"{chart.patient.name}: {SAID[asked['deed']].lower()}"


def _open(actor: Actor, patient_id: UUID, deed: Deed, moment: datetime) -> Chart:
    """As many of the watched kinds as are shared; raises NotFound for none."""
    kinds = _kinds(actor, patient_id, deed, moment)
    if not kinds or (deed == Deed.CHANGE and not _may_deal(kinds)):
        raise NotFound()
    return open_chart(actor, patient_id, *kinds, deed=deed, subject="alerts", now=moment)


def _kinds(actor: Actor, patient_id: UUID, deed: Deed, moment: datetime) -> list[Category]:
    return [kind for kind in WATCHED if may(actor, patient_id, kind, deed=deed, now=moment)]


def _may_deal(kinds: Collection[Category]) -> bool:
    """Who may only answer letters deals with no alarm."""
    return not set(WEIGHED).isdisjoint(kinds)


@require_safe
def show_load(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A month of alerts of one's own patients: how many, how soon, how many for nothing."""
    moment = now()
    patients = list(list_patients(actor, *WEIGHED, now=moment))
    enter_list(actor, patients, *WEIGHED, subject="alert load", now=moment)
    since = moment - timedelta(days=LOAD_DAYS)
    loads = load_of([p.id for p in patients], kinds=WEIGHED, since=since)
    context = {
        "title": "Alert load",
        "loads": loads,
        "days": LOAD_DAYS,
        "patients": len(patients),
        "raised": sum(load.raised for load in loads),
        "is_simulated": any(patient.simulated for patient in patients),
    }
    return draw(request, "desk/load.html", context)


urlpatterns = [
    path("patients/<uuid:patient_id>/alerts/", page(show_alerts), name="alerts"),
    path("patients/<uuid:patient_id>/alerts/deal/", page(deal), name="alert-deal"),
    path("load/", page(show_load), name="alert-load"),
]

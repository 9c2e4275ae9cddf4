"""What every page of the patient shares: whose it is, her language, the frame around it.

A caregiver comes in by a code of her own and sees, of whom she cares for, what the patient lets her
see: the pages marked for both are hers too, the others lead her back to the first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect

from backend.accounts.actors import actor_of
from backend.accounts.models import Device, Role
from backend.core.problems import Conflict, Invalid, NotFound
from backend.core.words import page_of
from backend.patients.access import (
    EVERYDAY,
    Category,
    Chart,
    Deed,
    list_patients,
    open_chart,
    open_own_chart,
)
from backend.patients.models import Patient
from backend.patients.phones import device_of
from backend.wire.language import LANGUAGES, Language, language_of

COOKIE = "evenkeel_me"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
CARED_FOR = "evenkeel_for"
HERE = (("today", "Today"), ("health", "Health"), ("trends", "Trends"), ("messages", "Messages"),
        ("diary", "Diary"), ("surveys", "Questions"), ("visits", "Visits"),
        ("privacy", "Privacy"))  # fmt: skip
FOR_CARERS = ("today", "messages")
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
PARENTS = {"care": "today", "thread": "messages", "survey": "surveys", "survey_done": "surveys",
           "erase": "privacy", "code": "privacy"}  # fmt: skip
Page = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A patient, or who cares for her, in a browser of her own, at one moment."""

    request: HttpRequest
    device: Device
    patient: Patient
    now: datetime

    @property
    def is_carer(self) -> bool:
        """Whether it is not the patient herself."""
        return self.device.user_id != self.patient.user_id

    @property
    def said(self) -> Language:
        """Her language; a caregiver's is her browser's."""
        if self.is_carer:
            return browser_language(self.request)
        return language_of(self.patient.language)

    @property
    def zone(self) -> ZoneInfo:
        """Where her clock goes."""
        return ZoneInfo(self.patient.zone)

    def local(self, moment: datetime) -> datetime:
        """By her clock."""
        return moment.astimezone(self.zone)

    def chart(self, *categories: Category, subject: str, deed: Deed = Deed.READ) -> Chart:
        """The patient's chart, entered in the ledger; raises NotFound for what is not shared."""
        if self.is_carer:
            actor, id_ = actor_of(self.device.user, self.device), self.patient.id
            return open_chart(actor, id_, *categories, deed=deed, subject=subject, now=self.now)
        return open_own_chart(self.device, *categories, deed=deed, subject=subject, now=self.now)


def now() -> datetime:
    """The one place where these pages read a clock."""
    return datetime.now(UTC)


def page(view: Page, *, for_carers: bool = False) -> Page:
    """A page of the patient's own; a browser that is not known is asked to come in."""

    @wraps(view)
    def respond(request: HttpRequest, **named: Any) -> HttpResponse:
        token = request.COOKIES.get(COOKIE)
        device = device_of(token) if token else None
        if device is None:
            return redirect("me:enter")
        moment = now()
        patient = _patient_of(request, device, moment)
        if patient is None:
            return draw_bare(request, "nobody", {"is_known": True}, status=404)
        visitor = Visitor(request, device, patient, moment)
        if visitor.is_carer and not for_carers:
            return redirect("me:today")
        try:
            return view(visitor, **named)
        except NotFound:
            values = {"words": visitor.said.gettext("There is nothing here.")}
            return draw(visitor, "told", values, status=404)
        except (Invalid, Conflict) as problem:
            words = " ".join(error.detail for error in problem.errors) or problem.detail
            return draw(visitor, "told", {"words": words}, status=problem.status)

    return respond


def cared_for(device: Device, moment: datetime) -> list[Patient]:
    """Whom a caregiver cares for, as far as they let her see anything; by name."""
    actor = actor_of(device.user, device)
    found = {
        patient.id: patient
        for category in sorted(EVERYDAY)
        for patient in list_patients(actor, category, now=moment)
    }
    return sorted(found.values(), key=lambda patient: (patient.name, patient.id))


def _patient_of(request: HttpRequest, device: Device, moment: datetime) -> Patient | None:
    """Her own record; a caregiver's is the one that she chose, else the first."""
    if device.user.role != Role.CAREGIVER:
        return getattr(device.user, "patient", None)
    patients = cared_for(device, moment)
    chosen = request.COOKIES.get(CARED_FOR, "")
    return next((p for p in patients if str(p.id) == chosen), patients[0] if patients else None)


def draw(visitor: Visitor, name: str, values: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """One of templates/portal, in her language, within the frame."""
    places = [(p, w) for p, w in HERE if not visitor.is_carer or p in FOR_CARERS]
    here = PARENTS.get(name, name)
    links = [(place, visitor.said.gettext(words), place == here) for place, words in places]
    whole = values | {
        "links": links,
        "name": visitor.device.user.name if visitor.is_carer else visitor.patient.name,
        "is_carer": visitor.is_carer,
        "language": visitor.said.code,
        "is_simulated": visitor.patient.simulated,
    }
    return _answer(visitor.request, name, visitor.said, whole, status)


def draw_bare(
    request: HttpRequest,
    name: str,
    values: dict[str, Any],
    *,
    status: int = 200,
    said: Language | None = None,
) -> HttpResponse:
    """For who is not known (any more): in the language that the browser asks for."""
    said = said or browser_language(request)
    return _answer(request, name, said, values | {"language": said.code}, status)


def browser_language(request: HttpRequest) -> Language:
    """The first of the browser's languages that we speak."""
    asked = request.headers.get("Accept-Language", "")[:200].split(",")
    codes = [part.split(";")[0].strip().split("-")[0].lower() for part in asked]
    return language_of(next((code for code in codes if code in LANGUAGES), "en"))


def _answer(
    request: HttpRequest, name: str, said: Language, values: dict[str, Any], status: int
) -> HttpResponse:
    direction = "rtl" if said.code in RIGHT_TO_LEFT else "ltr"
    values = values | {"csrf": get_token(request), "direction": direction}
    text = page_of(f"portal/{name}", said.code, values)
    response = HttpResponse(text, status=status)
    response["Content-Security-Policy"] = POLICY
    return response

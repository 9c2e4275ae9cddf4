"""What every page of the patient shares: whose it is, her language, the frame around it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect

from backend.accounts.models import Device
from backend.core.problems import Conflict, Invalid, NotFound
from backend.core.words import page_of
from backend.patients.access import Category, Chart, Deed, open_own_chart
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
Page = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A patient in a browser of hers, at one moment."""

    request: HttpRequest
    device: Device
    patient: Patient
    now: datetime

    @property
    def said(self) -> Language:
        """Her language."""
        return language_of(self.patient.language)

    @property
    def zone(self) -> ZoneInfo:
        """Where her clock goes."""
        return ZoneInfo(self.patient.zone)

    def local(self, moment: datetime) -> datetime:
        """By her clock."""
        return moment.astimezone(self.zone)

    def chart(self, *categories: Category, subject: str, deed: Deed = Deed.READ) -> Chart:
        """Her own chart; entered in the ledger."""
        return open_own_chart(self.device, *categories, deed=deed, subject=subject, now=self.now)


def now() -> datetime:
    """The one place where these pages read a clock."""
    return datetime.now(UTC)


def page(view: Page) -> Page:
    """A page of the patient's own; a browser that is not known is asked to come in."""

    @wraps(view)
    def respond(request: HttpRequest, **named: Any) -> HttpResponse:
        token = request.COOKIES.get(COOKIE)
        device = device_of(token) if token else None
        patient = getattr(device.user, "patient", None) if device is not None else None
        if device is None or patient is None:
            return redirect("me:enter")
        visitor = Visitor(request, device, patient, now())
        try:
            return view(visitor, **named)
        except NotFound:
            values = {"words": visitor.said.gettext("There is nothing here.")}
            return draw(visitor, "told", values, status=404)
        except (Invalid, Conflict) as problem:
            words = " ".join(error.detail for error in problem.errors) or problem.detail
            return draw(visitor, "told", {"words": words}, status=problem.status)

    return respond


def draw(visitor: Visitor, name: str, values: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """One of templates/portal, in her language, within the frame."""
    links = [(place, visitor.said.gettext(words), place == name) for place, words in HERE]
    whole = values | {
        "links": links,
        "name": visitor.patient.name,
        "language": visitor.said.code,
        "is_simulated": visitor.patient.simulated,
    }
    return _answer(visitor.request, name, visitor.said, whole, status)


def draw_bare(
    request: HttpRequest, name: str, values: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """For who is not known yet: in the language that the browser asks for."""
    said = browser_language(request)
    return _answer(request, name, said, values | {"language": said.code}, status)


def browser_language(request: HttpRequest) -> Language:
    """The first of the browser's languages that we speak."""
    asked = request.headers.get("Accept-Language", "")[:200].split(",")
    codes = [part.split(";")[0].strip().split("-")[0].lower() for part in asked]
    return language_of(next((code for code in codes if code in LANGUAGES), "en"))


def _answer(
    request: HttpRequest, name: str, said: Language, values: dict[str, Any], status: int
) -> HttpResponse:
    text = page_of(f"portal/{name}", said.code, values | {"csrf": get_token(request)})
    response = HttpResponse(text, status=status)
    response["Content-Security-Policy"] = POLICY
    return response

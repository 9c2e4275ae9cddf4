"""What a caregiver sees: of whom she cares for, each part that the patient lets her see."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from backend.accounts.actors import actor_of
from backend.core.problems import NotFound
from backend.insights import queries as insights
from backend.messages import queries as messages
from backend.patients.access import Category, Chart, may
from backend.portal import today
from backend.portal.doors import CARED_FOR, Visitor, cared_for, draw
from backend.surveys import queries as surveys
from backend.surveys.asking import titles

LATEST = 3


def show(visitor: Visitor) -> HttpResponse:
    """Her own Today for a patient; for a caregiver the parts that are shared."""
    if not visitor.is_carer:
        return today.show(visitor)
    values: dict[str, Any] = {"day": visitor.local(visitor.now).date(), "shared": set()}
    actor = actor_of(visitor.device.user, visitor.device)
    for category, read in PARTS.items():
        if may(actor, visitor.patient.id, category, now=visitor.now):
            chart = visitor.chart(category, subject="caregiver page")
            values |= read(visitor, chart)
            values["shared"].add(str(category))
    others = [p for p in cared_for(visitor.device, visitor.now) if p.id != visitor.patient.id]
    return draw(visitor, "care", values | {"about": visitor.patient, "others": others})


def choose(visitor: Visitor, patient_id: UUID) -> HttpResponse:
    """Another one of those whom she cares for; raises NotFound."""
    if patient_id not in {p.id for p in cared_for(visitor.device, visitor.now)}:
        raise NotFound()
    response = redirect("me:today")
    response.set_cookie(
        CARED_FOR,
        str(patient_id),
        path="/me",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _visits(visitor: Visitor, chart: Chart) -> dict[str, Any]:
    return {"visits": today.coming_visits(visitor, chart)}


def _findings(visitor: Visitor, chart: Chart) -> dict[str, Any]:
    rows = insights.finding_rows(chart)
    return {"found": [row for row in rows if not row.abstained and row.detail.get("says")]}


def _surveys(visitor: Visitor, chart: Chart) -> dict[str, Any]:
    names = titles()
    return {
        "answered": [
            (visitor.local(one.answered_at).date(), names.get(one.survey, one.survey), one.meaning)
            for one in surveys.responses(chart, limit=LATEST)
        ]
    }


def _messages(visitor: Visitor, chart: Chart) -> dict[str, Any]:
    return {"conversations": len(messages.threads(chart))}


PARTS: dict[Category, Callable[[Visitor, Chart], dict[str, Any]]] = {
    Category.MEDICINES: today.medicines,
    Category.VISITS: _visits,
    Category.INSIGHTS: _findings,
    Category.SURVEYS: _surveys,
    Category.MESSAGES: _messages,
}

"""Visits: asked for, seen, joined."""

from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from backend.core.problems import invalid_field
from backend.patients.access import Category, Deed
from backend.portal.doors import Visitor, draw
from backend.visits import queries
from backend.visits.actions import QUESTIONS_LETTERS, admit, ask_visit, prepare_questions
from backend.visits.calendar import calendar_of
from backend.wire.messages import VisitAsked
from backend.wire.problems import Code


def show(visitor: Visitor) -> HttpResponse:
    """Hers, the latest first, and the form that asks for one."""
    chart = visitor.chart(Category.VISITS, subject="visits page")
    rows = [
        (visitor.local(v.starts_at), f"{visitor.local(v.starts_at):%H:%M}", queries.row_of(v))
        for v in queries.visits(chart, limit=20)
    ]
    values = {"visits": rows, "zone": visitor.patient.zone, "letters": QUESTIONS_LETTERS}
    return draw(visitor, "visits", values)


def ask(visitor: Visitor) -> HttpResponse:
    """A wish; the care team books it. Raises Invalid."""
    try:
        typed = datetime.fromisoformat(visitor.request.POST.get("starts", "")[:16])
    except ValueError:
        raise invalid_field("starts", Code.WRONG_TYPE, "Choose a day and a time.") from None
    starts_at = typed.replace(tzinfo=visitor.zone).astimezone(UTC)
    reason = visitor.request.POST.get("reason", "").replace("\0", "").strip()
    chart = visitor.chart(Category.VISITS, subject="visit asked for", deed=Deed.CHANGE)
    ask_visit(chart, VisitAsked(starts_at, reason=reason), now=visitor.now)
    return redirect("me:visits")


def ask_questions(visitor: Visitor, visit_id: UUID) -> HttpResponse:
    """What she wants to ask there. Raises NotFound, Invalid, or Conflict if it is over."""
    questions = visitor.request.POST.get("questions", "").replace("\0", "")
    chart = visitor.chart(Category.VISITS, subject="visit prepared", deed=Deed.CHANGE)
    prepare_questions(chart, visit_id, questions, now=visitor.now)
    return redirect("me:visits")


def calendar(visitor: Visitor, visit_id: UUID) -> HttpResponse:
    """The visit as a file for her calendar. Raises NotFound."""
    chart = visitor.chart(Category.VISITS, subject="visits page")
    text = calendar_of(queries.visit(chart, visit_id), visitor.said, now=visitor.now)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response


def join(visitor: Visitor, visit_id: UUID) -> HttpResponse:
    """Into the room by a one-time ticket for her alone. Raises NotFound or Conflict."""
    chart = visitor.chart(Category.VISITS, subject="join visit")
    return redirect("visit-room", admit(chart, visit_id, now=visitor.now).token)

"""Messages with the care team: conversations, one of them, writing; also for who cares for her."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from backend.core.problems import Invalid
from backend.messages import queries
from backend.messages.actions import (
    LETTERS,
    SUBJECT_LETTERS,
    let_team_read,
    mark_read,
    write_message,
)
from backend.messages.phrases import emergency_line
from backend.messages.queries import Thread
from backend.patients.access import Category, Chart, Deed, team_may_read
from backend.portal.doors import Visitor, draw
from backend.wire.messages import MessageAsked

Values = dict[str, Any]


def show(visitor: Visitor) -> HttpResponse:
    """The conversations, the latest first, and beginning another."""
    chart = visitor.chart(Category.MESSAGES, subject="messages page")
    return _draw_all(visitor, chart, {})


def begin(visitor: Visitor) -> HttpResponse:
    """A new conversation; what cannot be sent stays in the field."""
    chart, typed = _writing(visitor), _typed(visitor)
    asked = MessageAsked(typed["text"], subject=typed["subject"])
    try:
        made = write_message(chart, asked, now=visitor.now)
    except Invalid as problem:
        return _draw_all(visitor, chart, typed | _fault(visitor, problem), status=400)
    return redirect("me:thread", made.thread)


def show_thread(visitor: Visitor, thread_id: UUID) -> HttpResponse:
    """One conversation; the patient who looks at it has read it."""
    deed = Deed.READ if visitor.is_carer else Deed.CHANGE
    chart = visitor.chart(Category.MESSAGES, subject="messages page", deed=deed)
    found = queries.thread(chart, thread_id)
    if found.unread_by_patient and not visitor.is_carer:
        last = max(found.messages, key=lambda one: one.received_at)
        mark_read(chart, last.id, now=visitor.now)
    return _draw_thread(visitor, chart, found, {})


def answer(visitor: Visitor, thread_id: UUID) -> HttpResponse:
    """One more message in it. Raises NotFound."""
    chart, typed = _writing(visitor), _typed(visitor)
    found = queries.thread(chart, thread_id)
    try:
        write_message(chart, MessageAsked(typed["text"], thread_id), now=visitor.now)
    except Invalid as problem:
        values = typed | _fault(visitor, problem)
        return _draw_thread(visitor, chart, found, values, status=400)
    return redirect("me:thread", thread_id)


def allow(visitor: Visitor) -> HttpResponse:
    """The patient lets her care team read messages."""
    chart = visitor.chart(Category.PROFILE, subject="messages allowed", deed=Deed.CHANGE)
    let_team_read(chart, now=visitor.now)
    return redirect("me:messages")


def _writing(visitor: Visitor) -> Chart:
    return visitor.chart(Category.MESSAGES, subject="messages", deed=Deed.CHANGE)


def _typed(visitor: Visitor) -> Values:
    posted = {name: visitor.request.POST.get(name, "") for name in ("subject", "text")}
    return {name: text.replace("\0", "").replace("\r\n", "\n") for name, text in posted.items()}


def _fault(visitor: Visitor, problem: Invalid) -> Values:
    said = " ".join(error.detail for error in problem.errors) or problem.detail
    return {"problem": visitor.said.gettext(said)}


def _draw_all(visitor: Visitor, chart: Chart, values: Values, *, status: int = 200) -> HttpResponse:
    last = [(one, visitor.local(one.last.written_at)) for one in queries.threads(chart)]
    threads = [(one, at, f"{at:%H:%M}") for one, at in last]
    return _draw(visitor, chart, "messages", values | {"threads": threads}, status)


def _draw_thread(
    visitor: Visitor, chart: Chart, found: Thread, values: Values, *, status: int = 200
) -> HttpResponse:
    me = visitor.device.user_id
    written = [(one, visitor.local(one.written_at)) for one in found.messages]
    said = [(at, f"{at:%H:%M}", one, one.author_id == me) for one, at in written]
    return _draw(visitor, chart, "thread", values | {"thread": found, "messages": said}, status)


def _draw(visitor: Visitor, chart: Chart, name: str, values: Values, status: int) -> HttpResponse:
    common = {
        "emergency": emergency_line(visitor.said),
        "phone": settings.EVENKEEL_CARE_PHONE,
        "team_reads": team_may_read(chart.patient, Category.MESSAGES, now=visitor.now),
        "letters": LETTERS,
        "subject_letters": SUBJECT_LETTERS,
        "about": chart.patient.name,
    }
    return draw(visitor, name, common | values, status=status)

"""What was found, from what, and what to do about it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from backend.core.models import new_id
from backend.core.problems import invalid_field
from backend.guidance import queries as guidance
from backend.guidance.actions import record_advice_event
from backend.insights import queries as insights
from backend.insights.icon_array import icon_arrays
from backend.patients.access import Category, Deed
from backend.portal.doors import Visitor, draw
from backend.wire.messages import AdviceEvent
from backend.wire.problems import Code

ANSWERS = ("accepted", "declined", "done")


def show(visitor: Visitor) -> HttpResponse:
    """Advice first; findings with a number; where the data were too thin, why."""
    chart = visitor.chart(Category.INSIGHTS, subject="health page")
    rows = insights.finding_rows(chart)
    standing = {one.id for one in guidance.standing_advice(chart)}
    advice = guidance.changed_since(chart, after=0, limit=1000)
    about = visitor.said.gettext("A hundred small people. The filled ones become ill.")
    values = {
        "advice": [row for row in advice if row.id in standing],
        "found": [
            (row, icon_arrays(row.method, row.detail, about))
            for row in rows
            if not row.abstained and row.detail.get("says")
        ],
        "thin": [row for row in rows if row.abstained and row.detail.get("some_data")],
    }
    return draw(visitor, "health", values)


def answer(visitor: Visitor, advice_id: UUID) -> HttpResponse:
    """Accepted, done, or declined with a reason."""
    status = visitor.request.POST.get("status", "")
    if status not in ANSWERS:
        raise invalid_field("status", Code.UNKNOWN_STATUS, "Choose one of the buttons.")
    reason = visitor.request.POST.get("reason", "").replace("\0", "").strip()[:500]
    chart = visitor.chart(
        Category.INSIGHTS, Category.NOTICES, subject="advice answered", deed=Deed.CHANGE
    )
    event = AdviceEvent(new_id(), visitor.now, advice_id, status, reason=reason)  # type: ignore[arg-type]
    record_advice_event(chart, event, now=visitor.now)
    return redirect("me:today" if visitor.request.POST.get("back") == "today" else "me:health")

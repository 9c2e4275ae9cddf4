"""Today: what is due, in the order of the day, each with its buttons; the same as in the app."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from backend.core.models import new_id
from backend.core.problems import invalid_field
from backend.guidance import queries as guidance
from backend.messages import queries as messages
from backend.patients.access import Category, Chart, Deed
from backend.portal.doors import Visitor, draw
from backend.regimens import queries as regimens
from backend.regimens.actions import record_dose_event
from backend.surveys import queries as surveys
from backend.surveys.asking import asked_in
from backend.visits import queries as visits
from backend.visits.models import Visit
from backend.wire.messages import DoseEvent, DoseRow, RegimenRow
from backend.wire.problems import Code
from backend.wire.questionnaire import Questionnaire

SHOWN = (
    Category.MEDICINES, Category.VISITS, Category.SURVEYS, Category.INSIGHTS, Category.MESSAGES,
)  # fmt: skip
NEVER = datetime(1900, 1, 1, tzinfo=UTC)
BACK, AHEAD, SOON = timedelta(hours=18), timedelta(hours=18), timedelta(minutes=30)
MOST = 1_000
STATUSES = ("taken", "skipped", "snoozed")


@dataclass(frozen=True, slots=True)
class ShownDose:
    """One dose; `state` is now, later or done."""

    id: UUID
    clock: str
    what: str
    instructions: str
    status: str
    state: str
    is_tomorrow: bool


@dataclass(frozen=True, slots=True)
class Needed:
    """A medicine taken as needed."""

    regimen: UUID
    what: str
    sentence: str


def show(visitor: Visitor) -> HttpResponse:
    """What is due now, later, and what is done."""
    chart = visitor.chart(*SHOWN, subject="today page")
    standing = {one.id for one in guidance.standing_advice(chart)}
    advice = guidance.changed_since(chart, after=0, limit=MOST)
    values: dict[str, Any] = {
        "day": visitor.local(visitor.now).date(),
        "visits": coming_visits(visitor, chart),
        "surveys": due_surveys(visitor, chart),
        "advice": [row for row in advice if row.id in standing],
        "unread": messages.unread_by_patient(chart),
    }
    return draw(visitor, "today", values | medicines(visitor, chart))


def medicines(visitor: Visitor, chart: Chart) -> dict[str, Any]:
    """The doses around now by their state, and what is taken as needed."""
    known = regimens.regimens_changed_since(chart, after=0, limit=MOST)  # in her language
    rows = {row.id: row for row in known}
    found = regimens.doses_between(chart, start=visitor.now - BACK, end=visitor.now + AHEAD)
    doses = [_shown(visitor, dose, rows[dose.regimen]) for dose in found if _counts(dose)]
    return {
        "now": [dose for dose in doses if dose.state == "now"],
        "later": [dose for dose in doses if dose.state == "later"],
        "done": [dose for dose in doses if dose.state == "done"],
        "needed": [_needed(row) for row in rows.values() if _is_needed(row)],
    }


def coming_visits(visitor: Visitor, chart: Chart) -> list[tuple[datetime, str, Visit]]:
    """The next two that are booked, by her clock."""
    coming = [
        visit
        for visit in reversed(visits.visits(chart))
        if visit.state == Visit.State.BOOKED and visit.starts_at > visitor.now - SOON
    ]
    local = [(visitor.local(visit.starts_at), visit) for visit in coming[:2]]
    return [(at, f"{at:%H:%M}", visit) for at, visit in local]


def due_surveys(visitor: Visitor, chart: Chart) -> list[Questionnaire]:
    """Those asked every so often whose time has come."""
    last: dict[str, datetime] = {}
    for one in surveys.responses(chart):
        last.setdefault(one.survey, one.answered_at)
    return [
        form
        for form in asked_in(visitor.said.code)
        if form.every_days is not None
        and last.get(form.code, NEVER) + timedelta(days=form.every_days) <= visitor.now
    ]


def _counts(dose: DoseRow) -> bool:
    return dose.status != "cancelled"


def _is_needed(row: RegimenRow) -> bool:
    return row.active and row.schedule.mode == "as_needed"


def _needed(row: RegimenRow) -> Needed:
    return Needed(row.id, f"{row.medicine} {row.dose}", row.sentence)


def _shown(visitor: Visitor, dose: DoseRow, regimen: RegimenRow) -> ShownDose:
    due = visitor.local(dose.due_at)
    state = "now" if dose.due_at <= visitor.now + SOON else "later"
    if dose.status in ("taken", "skipped"):
        state = "done"
    return ShownDose(
        id=dose.id,
        clock=f"{due:%H:%M}",
        what=f"{regimen.medicine} {dose.amount or regimen.dose}",
        instructions=regimen.instructions,
        status=dose.status,
        state=state,
        is_tomorrow=due.date() > visitor.local(visitor.now).date(),
    )


def answer(visitor: Visitor, dose_id: UUID) -> HttpResponse:
    """What became of a dose; the latest answer counts, so any can be changed."""
    status = visitor.request.POST.get("status", "")
    if status not in STATUSES:
        raise invalid_field("status", Code.UNKNOWN_STATUS, "Choose taken, skip or later.")
    _record(visitor, DoseEvent(new_id(), visitor.now, dose_id, status))  # type: ignore[arg-type]
    return redirect("me:today")


def take_needed(visitor: Visitor, regimen_id: UUID) -> HttpResponse:
    """One more of what is taken as needed; the prescriber's limits hold."""
    _record(visitor, DoseEvent(new_id(), visitor.now, new_id(), "taken", regimen=regimen_id))
    return redirect("me:today")


def _record(visitor: Visitor, event: DoseEvent) -> None:
    chart = visitor.chart(Category.MEDICINES, subject="dose answered", deed=Deed.CHANGE)
    record_dose_event(chart, event, now=visitor.now)

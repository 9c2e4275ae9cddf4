"""Today: what is due, in the order of the day, each with its buttons."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from backend.core.models import new_id
from backend.core.problems import invalid_field
from backend.patients.access import Category, Deed
from backend.portal.doors import Visitor, draw
from backend.regimens import queries as regimens
from backend.regimens.actions import record_dose_event
from backend.visits import queries as visits
from backend.visits.models import Visit
from backend.wire.messages import DoseEvent, DoseRow, RegimenRow
from backend.wire.problems import Code

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
    chart = visitor.chart(Category.MEDICINES, Category.VISITS, subject="today page")
    known = regimens.regimens_changed_since(chart, after=0, limit=MOST)  # in her language
    rows = {row.id: row for row in known}
    found = regimens.doses_between(chart, start=visitor.now - BACK, end=visitor.now + AHEAD)
    doses = [_shown(visitor, dose, rows[dose.regimen]) for dose in found if _counts(dose)]
    coming = [
        visit
        for visit in reversed(visits.visits(chart))
        if visit.state == Visit.State.BOOKED and visit.starts_at > visitor.now - SOON
    ]
    values: dict[str, Any] = {
        "day": visitor.local(visitor.now).date(),
        "now": [dose for dose in doses if dose.state == "now"],
        "later": [dose for dose in doses if dose.state == "later"],
        "done": [dose for dose in doses if dose.state == "done"],
        "needed": [_needed(row) for row in rows.values() if _is_needed(row)],
        "visits": [(visitor.local(v.starts_at), f"{visitor.local(v.starts_at):%H:%M}", v)
                   for v in coming[:2]],
    }  # fmt: skip
    return draw(visitor, "today", values)


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

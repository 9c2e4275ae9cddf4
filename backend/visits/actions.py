"""Asking for, booking, cancelling and ending visits; letting people into their rooms."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from backend.accounts.actors import actor_of
from backend.accounts.models import Role, User
from backend.core.models import new_id
from backend.core.problems import Conflict, NotFound, invalid_field
from backend.notices.actions import Saying, announce, announce_all, resume, settle
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.revisions import take_revisions
from backend.visits.models import Attendance, Ticket, Visit, ticket_digest
from backend.wire.messages import VisitAsked, VisitEvent, VisitQuestionsEvent
from backend.wire.problems import Code

MINUTES = range(5, 241)
MINUTES_BY_DEFAULT = 20
REASON_LETTERS = 500
QUESTIONS_LETTERS = 2_000
FARTHEST = timedelta(days=366)
REMINDERS = {"day": timedelta(days=1), "soon": timedelta(minutes=15)}  # before it starts
TICKET_LIFE = timedelta(minutes=5)
MOST_PEOPLE = 4


def request_visit(chart: Chart, event: VisitEvent, *, now: datetime) -> Visit:
    """The patient asks for a visit; the event's id becomes the visit's. Raises Invalid."""
    chart.need(Category.VISITS, Deed.CHANGE)
    if event.starts_at <= event.at:
        raise invalid_field("starts_at", Code.OUT_OF_RANGE, "The visit would lie in the past.")
    asked = VisitAsked(event.starts_at, MINUTES_BY_DEFAULT, event.reason, event.id)
    return _keep(chart, asked, state=Visit.State.REQUESTED, with_user=None, now=now)


def ask_visit(chart: Chart, asked: VisitAsked, *, now: datetime) -> Visit:
    """Over HTTP a patient requests and staff book; asking again by the same id changes nothing."""
    chart.need(Category.VISITS, Deed.CHANGE)
    if asked.starts_at <= now:
        raise invalid_field("starts_at", Code.OUT_OF_RANGE, "The visit would lie in the past.")
    if asked.id is not None:
        known = Visit.objects.filter(pk=asked.id, patient=chart.patient).first()
        if known is not None:
            return known
    if chart.actor.role == Role.PATIENT:
        return _keep(chart, asked, state=Visit.State.REQUESTED, with_user=None, now=now)
    by = User.objects.filter(pk__in=[chart.actor.id]).first()
    return _told(chart, _keep(chart, asked, state=Visit.State.BOOKED, with_user=by, now=now), now)


def book_visit(
    chart: Chart,
    *,
    starts_at: datetime,
    minutes: int = MINUTES_BY_DEFAULT,
    reason: str = "",
    with_user: User | None = None,
    visit_id: UUID | None = None,
    now: datetime,
) -> Visit:
    """Book a new visit, or the one of `visit_id`: a request is confirmed, a booked visit moves.

    Raises Invalid, NotFound, or Conflict if it is over.
    """
    chart.need(Category.VISITS, Deed.CHANGE)
    asked = VisitAsked(starts_at, minutes, reason)
    if visit_id is None:
        made = _keep(chart, asked, state=Visit.State.BOOKED, with_user=with_user, now=now)
        return _told(chart, made, now)
    _check(asked, now)
    visit = _open_visit(chart, visit_id)
    _forget_reminders(chart, visit)
    visit.starts_at, visit.minutes = starts_at, minutes
    visit.with_user = with_user or visit.with_user
    visit.reason = reason or visit.reason
    return _told(chart, _turn(visit, Visit.State.BOOKED), now)


def cancel_visit(chart: Chart, visit_id: UUID, *, now: datetime) -> Visit:
    """It will not take place; raises NotFound, or Conflict if it is over."""
    return _told(chart, _over(chart, visit_id, Visit.State.CANCELLED, now), now)


def end_visit(chart: Chart, visit_id: UUID, *, notes: str = "", now: datetime) -> Visit:
    """It took place; the notes are the care team's. Raises NotFound, or Conflict if it is over."""
    return _over(chart, visit_id, Visit.State.ENDED, now, notes=notes)


def miss_visit(chart: Chart, visit_id: UUID, *, notes: str = "", now: datetime) -> Visit:
    """It was time, and the patient did not come: she is told in kind words how to get another.

    Raises NotFound, or Conflict if it is over, was not booked or is still to come.
    """
    visit = _open_visit(chart, visit_id)
    if visit.state != Visit.State.BOOKED or now < visit.starts_at:
        raise Conflict("Only a booked visit whose time has come can be missed.")
    return _told(chart, _over(chart, visit_id, Visit.State.MISSED, now, notes=notes), now)


def record_questions(chart: Chart, event: VisitQuestionsEvent, *, now: datetime) -> None:
    """What she wrote on a phone, perhaps before what stands here: the latest counts."""
    try:
        prepare_questions(chart, event.visit, event.questions, at=event.at, now=now)
    except NotFound:
        raise invalid_field("visit", Code.UNKNOWN_REFERENCE, "There is no such visit.") from None
    except Conflict as problem:
        raise invalid_field("visit", Code.CONFLICT, problem.detail) from None


def prepare_questions(
    chart: Chart, visit_id: UUID, questions: str, *, at: datetime | None = None, now: datetime
) -> Visit:
    """Her questions in place of those before. Raises NotFound, Invalid, Conflict if it is over."""
    visit = _open_visit(chart, visit_id)
    written_at = min(at or now, now)
    if len(questions) > QUESTIONS_LETTERS:
        detail = f"Questions have at most {QUESTIONS_LETTERS:,} letters."
        raise invalid_field("questions", Code.TOO_LONG, detail)
    if visit.questions_at is None or visit.questions_at <= written_at:
        visit.questions, visit.questions_at = questions.strip(), written_at
        return _turn(visit, Visit.State(visit.state))
    return visit


def _over(
    chart: Chart, visit_id: UUID, state: Visit.State, now: datetime, *, notes: str = ""
) -> Visit:
    visit = _open_visit(chart, visit_id)
    _forget_reminders(chart, visit)
    visit.ended_at, visit.notes = now, notes
    return _turn(visit, state)


def _keep(
    chart: Chart, asked: VisitAsked, *, state: Visit.State, with_user: User | None, now: datetime
) -> Visit:
    _check(asked, now)
    # An id that another patient holds must neither block this one nor be told of.
    is_free = asked.id is not None and not Visit.objects.filter(pk=asked.id).exists()
    (revision,) = take_revisions(chart.patient.id)
    return Visit.objects.create(
        id=asked.id if is_free else new_id(),
        patient=chart.patient,
        bucket=chart.patient.bucket,
        revision=revision,
        starts_at=asked.starts_at,
        minutes=asked.minutes,
        state=state,
        with_user=with_user,
        reason=asked.reason,
        made_at=now,
    )


def _check(asked: VisitAsked, now: datetime) -> None:
    if asked.starts_at > now + FARTHEST:
        raise invalid_field("starts_at", Code.OUT_OF_RANGE, "A visit is within a year from now.")
    if asked.minutes not in MINUTES:
        raise invalid_field("minutes", Code.OUT_OF_RANGE, "A visit lasts 5 to 240 minutes.")
    if len(asked.reason) > REASON_LETTERS:
        raise invalid_field("reason", Code.TOO_LONG, "A reason has at most 500 letters.")


def _open_visit(chart: Chart, visit_id: UUID) -> Visit:
    chart.need(Category.VISITS, Deed.CHANGE)
    found = Visit.objects.select_for_update(of=("self",)).select_related("with_user")
    visit = found.filter(pk=visit_id, patient=chart.patient).first()
    if visit is None:
        raise NotFound()
    if not visit.is_open:
        raise Conflict("This visit is over.")
    return visit


def _turn(visit: Visit, state: Visit.State) -> Visit:
    (visit.revision,) = take_revisions(visit.patient_id)
    visit.state = state
    visit.save()
    return visit


def _told(chart: Chart, visit: Visit, now: datetime) -> Visit:
    """Leave the patient a notice of what others decided (what she did herself she knows), and
    reminders of what is booked.
    """
    if visit.state == Visit.State.BOOKED:
        reminders = _reminders(chart, visit, now)
        announce_all(chart, reminders)
        resume(chart, *(said.key for said in reminders))  # it may have moved away and back
    if chart.actor.role != Role.PATIENT:
        local = visit.starts_at.astimezone(ZoneInfo(chart.patient.zone))
        announce(
            chart,
            key=f"visit:{visit.id}:{visit.revision}",
            due_at=now,
            template=f"visit_{visit.state}",
            values=_when(local),
        )
    return visit


def _when(local: datetime) -> dict[str, str]:
    return {"visit_day": local.date().isoformat(), "visit_time": f"{local:%H:%M}"}


def _reminders(chart: Chart, visit: Visit, now: datetime) -> list[Saying]:
    """By the time at which it starts: a visit that moved is told of anew."""
    values = _when(visit.starts_at.astimezone(ZoneInfo(chart.patient.zone)))
    return [
        Saying(_reminder_key(visit, name), visit.starts_at - before, "visit_soon", values, before)
        for name, before in REMINDERS.items()
        if visit.starts_at - before > now
    ]


def _reminder_key(visit: Visit, name: str) -> str:
    return f"visit:{visit.id}:{visit.starts_at:%Y%m%d%H%M}:{name}"


def _forget_reminders(chart: Chart, visit: Visit) -> None:
    settle(chart, *(_reminder_key(visit, name) for name in REMINDERS))


@dataclass(frozen=True, slots=True)
class Admission:
    """A ticket in clear; it exists only here and in the link."""

    token: str
    expires_at: datetime


def admit(chart: Chart, visit_id: UUID, *, now: datetime) -> Admission:
    """A one-time ticket into a booked visit's room for the person who opened the chart.

    Raises NotFound, or Conflict if the visit is not booked.
    """
    chart.need(Category.VISITS)
    visit = Visit.objects.filter(pk=visit_id, patient=chart.patient).first()
    if visit is None or chart.actor.id is None:
        raise NotFound()
    if visit.state != Visit.State.BOOKED:
        raise Conflict("The care team has not booked this visit, or it is over.")
    token, expires_at = secrets.token_urlsafe(32), now + TICKET_LIFE
    Ticket.objects.create(
        visit=visit,
        user_id=chart.actor.id,
        token_hash=ticket_digest(token),
        expires_at=expires_at,
    )
    return Admission(token, expires_at)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Who came in."""

    visit_id: UUID
    user_id: UUID
    name: str


@transaction.atomic
def enter_room(visit_id: UUID, token: str, *, now: datetime) -> Entrance:
    """Use up a ticket and enter; its person must still have the right to the visit.

    Raises NotFound for a ticket that is not good for this visit, Conflict if the room is full.
    """
    used = Ticket.objects.filter(
        token_hash=ticket_digest(token), visit_id=visit_id, used_at=None, expires_at__gt=now
    ).update(used_at=now)  # the UPDATE is the claim: of two with one ticket only one gets in
    if not used:
        raise NotFound()
    ticket = Ticket.objects.select_related("user").get(token_hash=ticket_digest(token))
    visit = Visit.objects.select_for_update().get(pk=visit_id)
    if visit.state != Visit.State.BOOKED or not ticket.user.is_active:
        raise NotFound()
    actor = actor_of(ticket.user)
    open_chart(actor, visit.patient_id, Category.VISITS, subject="visit room", now=now)
    if not Attendance.objects.filter(visit=visit, user=ticket.user).exists():
        if Attendance.objects.filter(visit=visit).count() >= MOST_PEOPLE:
            raise Conflict("The room is full.")
        Attendance.objects.create(visit=visit, user=ticket.user, entered_at=now)
    return Entrance(visit_id, ticket.user.id, ticket.user.name)

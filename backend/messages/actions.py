"""Writing and reading messages. No word of one leaves this room but to who may read it."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from backend.accounts.models import Role
from backend.agenda.actions import call_up
from backend.core.models import new_id
from backend.core.problems import NotFound, invalid_field
from backend.messages.models import Message
from backend.notices.actions import announce, settle
from backend.patients.access import Category, Chart, Deed, Purpose, team_may_read
from backend.patients.actions import give_grant
from backend.patients.models import Grant
from backend.patients.revisions import take_revisions
from backend.wire.messages import MessageAsked, MessageEvent, MessageReadEvent
from backend.wire.problems import Code

LETTERS = 4_000
SUBJECT_LETTERS = 120
SIDES = {Role.PATIENT: Message.Side.PATIENT, Role.CAREGIVER: Message.Side.CAREGIVER}
WATCH = "alerts.watch"


def record_message(chart: Chart, event: MessageEvent, *, now: datetime) -> Message:
    """What was written on a phone, perhaps long ago; its id becomes the message's."""
    asked = MessageAsked(event.text, event.thread, event.subject, event.id)
    return _keep(chart, asked, written_at=min(event.at, now), now=now)


def write_message(chart: Chart, asked: MessageAsked, *, now: datetime) -> Message:
    """Written now; writing again by the same id changes nothing. Raises Invalid."""
    chart.need(Category.MESSAGES, Deed.CHANGE)
    if asked.id is not None:
        known = Message.objects.filter(pk=asked.id, patient=chart.patient).first()
        if known is not None:
            return known
    return _keep(chart, asked, written_at=now, now=now)


def record_reading(chart: Chart, event: MessageReadEvent, *, now: datetime) -> None:
    """The patient saw a message on her phone."""
    try:
        mark_read(chart, event.message, now=now)
    except NotFound:
        raise invalid_field(
            "message", Code.UNKNOWN_REFERENCE, "There is no such message."
        ) from None


def mark_read(chart: Chart, message_id: UUID, *, now: datetime) -> int:
    """This one and what came before it in its thread was read by the other side; how many were not
    before. A caregiver's reading counts for nobody. Raises NotFound.
    """
    chart.need(Category.MESSAGES, Deed.CHANGE)
    last = Message.objects.filter(pk=message_id, patient=chart.patient).first()
    if last is None:
        raise NotFound()
    if chart.actor.role == Role.CAREGIVER:
        return 0
    thread = Message.objects.filter(patient=chart.patient, thread=last.thread)
    return _mark(chart, thread.filter(received_at__lte=last.received_at), now)


def let_team_read(chart: Chart, *, now: datetime) -> None:
    """The patient allows her care team to read and write messages, if she has not."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    if not team_may_read(chart.patient, Category.MESSAGES, now=now):
        give_grant(
            chart,
            recipient=Grant.CARE_TEAM,
            categories=frozenset({Category.MESSAGES}),
            purpose=Purpose.TREAT,
            now=now,
        )


def _keep(chart: Chart, asked: MessageAsked, *, written_at: datetime, now: datetime) -> Message:
    chart.need(Category.MESSAGES, Deed.CHANGE)
    if chart.actor.id is None:
        raise NotFound()  # no job writes messages
    _check(chart, asked, now)
    # An id that another patient holds must neither block this one nor be told of.
    is_free = asked.id is not None and not Message.objects.filter(pk=asked.id).exists()
    id_ = asked.id if asked.id is not None and is_free else new_id()
    (revision,) = take_revisions(chart.patient.id)
    message = Message.objects.create(
        id=id_,
        patient=chart.patient,
        bucket=chart.patient.bucket,
        revision=revision,
        thread=asked.thread or id_,
        subject="" if asked.thread else asked.subject.strip(),
        text=asked.text.strip(),
        author_id=chart.actor.id,
        side=SIDES.get(Role(chart.actor.role), Message.Side.TEAM),
        written_at=written_at,
        received_at=now,
    )
    _tell(chart, message, now)
    return message


def _check(chart: Chart, asked: MessageAsked, now: datetime) -> None:
    if not asked.text.strip():
        raise invalid_field("text", Code.EMPTY, "Write something first.")
    if len(asked.text) > LETTERS:
        raise invalid_field("text", Code.TOO_LONG, "A message has at most 4,000 letters.")
    if len(asked.subject) > SUBJECT_LETTERS:
        raise invalid_field("subject", Code.TOO_LONG, "A subject has at most 120 letters.")
    if asked.thread and not _thread(chart, asked.thread).exists():
        raise invalid_field("thread", Code.UNKNOWN_REFERENCE, "There is no such conversation.")
    if not team_may_read(chart.patient, Category.MESSAGES, now=now):
        raise invalid_field("text", Code.NO_CONSENT, "The care team may not read messages.")


def _thread(chart: Chart, thread: UUID) -> QuerySet[Message]:
    return Message.objects.filter(patient=chart.patient, thread=thread)


def _tell(chart: Chart, message: Message, now: datetime) -> None:
    """The patient by one card, however many wait; the team by its worklist."""
    if message.is_by_team:
        _mark(chart, _thread(chart, message.thread), now)  # who answers has read
        _settle_cards(chart, _thread(chart, message.thread).filter(read_at=None))
        announce(chart, key=message.notice_key, due_at=now, template="message_waits")
    call_up(chart.patient.id, WATCH)


def _mark(chart: Chart, messages: QuerySet[Message], now: datetime) -> int:
    by_team = chart.actor.role == Role.PATIENT
    side = messages.filter(side=Message.Side.TEAM) if by_team else messages.exclude(side="team")
    unread = list(side.filter(read_at=None).select_for_update().order_by("received_at", "id"))
    revisions = take_revisions(chart.patient.id, len(unread)) if unread else range(0)
    for message, revision in zip(unread, revisions, strict=True):
        message.read_at, message.read_by_id, message.revision = now, chart.actor.id, revision
    Message.objects.bulk_update(unread, ["read_at", "read_by", "revision"])
    if by_team:
        settle(chart, *(message.notice_key for message in unread))
    elif unread:
        call_up(chart.patient.id, WATCH)
    return len(unread)


def _settle_cards(chart: Chart, messages: QuerySet[Message]) -> None:
    waiting = messages.filter(side=Message.Side.TEAM)
    settle(chart, *(message.notice_key for message in waiting))

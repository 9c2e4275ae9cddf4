"""Leaving something to tell a patient, taking it back, and noting what became of it.

A room that has something to tell leaves it here, with any chart that is open for change: what it
tells is of its own category. It never sends: the pump does.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from backend.core import statements
from backend.core.models import new_id
from backend.core.problems import NotFound, invalid_field
from backend.notices import claims
from backend.notices.models import Channel, Delivery, Notice, Occurrence
from backend.notices.wording import has_template, words_of
from backend.patients.access import Category, Chart, Deed
from backend.patients.revisions import hold_patient, take_revisions
from backend.wire.messages import NoticeEvent
from backend.wire.problems import Code

GRACE = timedelta(hours=12)

# What a phone reports may come late or twice: a card's state goes on, never back.
RANK = {
    Notice.State.DUE: 0,
    Notice.State.SENT: 1,
    Notice.State.LATE_NOT_SENT: 1,
    Notice.State.SHOWN: 2,
    Notice.State.OPENED: 3,
    Notice.State.DISMISSED: 4,
    Notice.State.CANCELLED: 5,
}

# Of a key that another patient holds nothing is settled.
SETTLE = """
INSERT INTO notices_delivery (key, bucket, attempts, outcome)
SELECT key, %s::smallint, 0, 'cancelled' FROM unnest(%s::text[]) AS key
WHERE NOT EXISTS (
    SELECT 1 FROM notices_occurrence o WHERE o.key = key.key AND o.patient_id <> %s::uuid
)
ON CONFLICT (key) DO UPDATE SET outcome = 'cancelled'
WHERE notices_delivery.outcome = ''
"""
RESUME = """
DELETE FROM notices_delivery d USING notices_occurrence o
WHERE d.key = ANY(%s::text[]) AND d.outcome = 'cancelled' AND d.attempts = 0
  AND o.key = d.key AND o.patient_id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class Saying:
    """Something to tell at `due_at`, at most `grace` later; `key` names it for ever.

    What comes into the patient's quiet hours waits for their end, unless it is `urgent`: the card
    is there, nothing makes a noise.
    """

    key: str
    due_at: datetime
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    grace: timedelta = GRACE
    channel: str = Channel.AUTO
    urgent: bool = False


def announce(
    chart: Chart,
    *,
    key: str,
    due_at: datetime,
    template: str,
    values: Mapping[str, Any] | None = None,
    grace: timedelta = GRACE,
    channel: str = Channel.AUTO,
    urgent: bool = False,
) -> None:
    """Leave one thing to tell; leaving it again under the same key changes nothing."""
    announce_all(chart, [Saying(key, due_at, template, values or {}, grace, channel, urgent)])


def announce_all(chart: Chart, sayings: Collection[Saying]) -> None:
    """Leave many at once.

    Raises ValueError for a template that does not exist, or a key that another patient holds.
    """
    _need_change(chart)
    if not sayings:
        return
    if unknown := {s.template for s in sayings if not has_template(s.template)}:
        raise ValueError(f"No such template of a notice: {min(unknown)}.")
    Occurrence.objects.bulk_create(
        (
            Occurrence(
                key=said.key,
                patient=chart.patient,
                bucket=chart.patient.bucket,
                due_at=said.due_at,
                template=said.template,
                values=dict(said.values),
                grace=said.grace,
                channel=said.channel,
                urgent=said.urgent,
            )
            for said in sayings
        ),
        ignore_conflicts=True,
    )
    keys = [said.key for said in sayings]
    if Occurrence.objects.filter(pk__in=keys).exclude(patient=chart.patient).exists():
        raise ValueError("A key of a notice must name its patient, or something of hers.")


def note_told(chart: Chart, saying: Saying, *, now: datetime) -> None:
    """Her phone said it by itself, at `due_at`: nobody says it again, its card stands as shown."""
    announce_all(chart, [saying])
    hold_patient(chart.patient.id)
    statements.run(SETTLE, [chart.patient.bucket, [saying.key], chart.patient.id])
    words = words_of(saying.template, saying.values, chart.patient, saying.due_at, late=False)
    card, made = Notice.objects.get_or_create(
        key=saying.key,
        patient=chart.patient,
        defaults=dict(
            id=uuid5(chart.patient.id, saying.key),
            bucket=chart.patient.bucket,
            revision=0,
            template=saying.template,
            due_at=saying.due_at,
            title=words.title,
            body=words.body,
            lock_screen=words.lock_screen,
            state=Notice.State.SENT,
            told_at=now,
        ),
    )
    if made or card.shown_at is None:
        record_notice_event(chart, NoticeEvent(new_id(), saying.due_at, card.id, "shown"), now=now)


def restate_all(chart: Chart, sayings: Collection[Saying]) -> None:
    """Say it in these words and within this grace, where it was left and has not been said."""
    _need_change(chart)
    if not sayings:
        return
    said = {saying.key: saying for saying in sayings}
    rows = list(_unsaid(chart).filter(pk__in=said))
    for row in rows:
        now = said[row.key]
        row.values, row.grace, row.urgent = dict(now.values), now.grace, now.urgent
    Occurrence.objects.bulk_update(rows, ["values", "grace", "urgent"])


def _unsaid(chart: Chart) -> QuerySet[Occurrence]:
    claimed = Delivery.objects.filter(pk=OuterRef("pk"))
    return Occurrence.objects.filter(~Exists(claimed), patient=chart.patient)


def settle(chart: Chart, *keys: str) -> None:
    """It need not be said any more: what was not announced never will be, its card is withdrawn."""
    _need_change(chart)
    if not keys:
        return
    hold_patient(chart.patient.id)
    statements.run(SETTLE, [chart.patient.bucket, list(set(keys)), chart.patient.id])
    cards = [c for c in Notice.objects.filter(patient=chart.patient, key__in=keys) if c.stands]
    revisions = take_revisions(chart.patient.id, len(cards)) if cards else range(0)
    for card, revision in zip(cards, revisions, strict=True):
        card.state, card.revision = Notice.State.CANCELLED, revision
    if cards:
        Notice.objects.bulk_update(cards, ["state", "revision"])


def resume(chart: Chart, *keys: str) -> None:
    """It is to be said after all, if it was taken back before anybody claimed it."""
    _need_change(chart)
    if keys:
        statements.run(RESUME, [list(keys), chart.patient.id])


def move(chart: Chart, key: str, due_at: datetime) -> None:
    """Say it at another time, unless it has been announced or settled."""
    move_all(chart, {key: due_at})


def move_all(chart: Chart, moves: Mapping[str, datetime]) -> None:
    """Move many at once."""
    _need_change(chart)
    if not moves:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_occurrence o SET due_at = moved.due_at"
            " FROM unnest(%s::text[], %s::timestamptz[]) AS moved(key, due_at)"
            " WHERE o.key = moved.key AND o.patient_id = %s"
            " AND NOT EXISTS (SELECT 1 FROM notices_delivery d WHERE d.key = o.key)",
            [list(moves), list(moves.values()), chart.patient.id],
        )


def record_notice_event(chart: Chart, event: NoticeEvent, *, now: datetime) -> None:
    """What became of a card on the phone; raises Invalid for a card that the patient has not."""
    chart.need(Category.NOTICES, Deed.CHANGE)
    hold_patient(chart.patient.id)
    card = Notice.objects.filter(pk=event.notice, patient=chart.patient).first()
    if card is None:
        raise invalid_field("notice", Code.UNKNOWN_REFERENCE, "There is no such notice.")
    before = _first_times(card)
    moment = f"{event.status}_at"
    earlier = getattr(card, moment)
    setattr(card, moment, event.at if earlier is None else min(earlier, event.at))
    state = Notice.State(event.status)
    moves_on = RANK[state] > RANK[Notice.State(card.state)]
    if moves_on:
        card.state = state
        (card.revision,) = take_revisions(chart.patient.id)
    if moves_on or _first_times(card) != before:
        card.save()


def _first_times(card: Notice) -> tuple[datetime | None, ...]:
    return card.shown_at, card.opened_at, card.dismissed_at


def _need_change(chart: Chart) -> None:
    if chart.deed != Deed.CHANGE:
        raise NotFound()


def revive(keys: Collection[str]) -> int:
    """An operator gives dead deliveries another round; returns how many."""
    return claims.revive(keys)

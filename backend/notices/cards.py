"""A batch of claimed deliveries, of many patients: cards, revisions, ledger and marks at once.

Everything of a batch is written in one transaction, in as many statements as for one card: a card
exists with its delivery's mark or not at all. The patients' rows are held in the order of their
ids, and whoever is held by another (she is just answering) is left for the next round: no pump
waits, and none wait in a ring.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from backend.accounts.actors import job
from backend.core import statements
from backend.core.statements import array
from backend.notices import claims
from backend.notices.channels import Channel
from backend.notices.models import Channel as Reach
from backend.notices.models import Delivery, Notice
from backend.notices.reaching import Book, Target
from backend.notices.wording import Words, words_of
from backend.patients.access import Category, Chart, Deed, hold_charts
from backend.patients.models import Patient
from backend.patients.quiet import after_quiet

IN_APP = "in_app"
LEEWAY = timedelta(minutes=5)  # so far into the quiet hours what is late still goes out
NOBODY = "nobody"  # the step's own mark where it has nobody to reach, or no way to
Outcome = Delivery.Outcome

READ = """
SELECT o.key, o.patient_id, o.due_at, o.template, o."values"::text, o.grace, o.channel, o.urgent,
       d.reached,
       EXISTS (SELECT 1 FROM notices_notice n WHERE n.key = o.key)
FROM notices_delivery d JOIN notices_occurrence o ON o.key = d.key
WHERE d.key = ANY(%s::text[]) AND d.outcome = '' AND o.patient_id = ANY(%s::uuid[])
ORDER BY o.patient_id, o.due_at, o.key
"""
CARDS = """
INSERT INTO notices_notice (id, patient_id, bucket, revision, key, template, due_at, title, body,
                            lock_screen, state, told_at)
SELECT c.id, c.patient_id, c.bucket, c.revision, c.key, c.template, c.due_at, c.title, c.body,
       c.lock_screen, c.state, %s::timestamptz
FROM json_to_recordset(%s::json) AS c (
    id uuid, patient_id uuid, bucket smallint, revision bigint, key text, template text,
    due_at timestamptz, title text, body text, lock_screen text, state text
)
"""
REVISIONS = """
UPDATE patients_patient p SET revision = mine.last
FROM unnest(%s::uuid[], %s::bigint[]) AS mine (id, last) WHERE p.id = mine.id
"""
MARK = """
UPDATE notices_delivery d SET outcome = m.outcome, channel = m.channel,
       sent_at = CASE WHEN m.outcome = 'sent' THEN clock_timestamp() END,
       lease = CASE WHEN m.outcome = 'failed' THEN 0 ELSE d.lease END
FROM unnest(%s::text[], %s::text[], %s::text[]) AS m (key, outcome, channel)
WHERE d.key = m.key AND d.outcome = ''
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed occurrence as it is read back."""

    key: str
    patient_id: UUID
    due_at: datetime
    template: str
    values: dict[str, Any]
    grace: timedelta
    channel: Reach
    urgent: bool
    reached: frozenset[str]
    is_shown: bool

    def is_late_at(self, now: datetime) -> bool:
        """Whether it is too late to say it."""
        return now > self.due_at + self.grace

    def waits_until(self, patient: Patient, now: datetime) -> datetime:
        """`now`, or the end of the quiet hours that it came into: a pump was down, a vendor
        refused, or she has travelled.
        """
        begun = now - LEEWAY
        if self.urgent or after_quiet(patient, begun) == begun:
            return now
        return after_quiet(patient, now)


@dataclass(frozen=True, slots=True)
class Push:
    """A message still to be sent: its targets, and the names of those that have it already."""

    key: str
    targets: Sequence[Target]
    reached: frozenset[str]
    has_card: bool


@dataclass(slots=True)
class _Batch:
    """What one transaction is about to write."""

    now: datetime
    charts: dict[UUID, Chart]
    book: Book
    cards: list[dict[str, Any]] = field(default_factory=list)
    marks: list[tuple[str, str, str]] = field(default_factory=list)
    waits: dict[datetime, list[str]] = field(default_factory=lambda: defaultdict(list))
    taken: Counter[UUID] = field(default_factory=Counter)
    pushes: list[Push] = field(default_factory=list)


def show(
    keys: Collection[str],
    patient_ids: Collection[UUID],
    channels: Sequence[Channel],
    *,
    now: datetime,
) -> tuple[list[Push], set[UUID]]:
    """Write the cards that are not there yet; returns what goes beyond the app, and the patients
    whom another transaction held.
    """
    with transaction.atomic():
        charts = {
            chart.patient.id: chart
            for chart in hold_charts(
                job("notices.pump"),
                patient_ids,
                Category.NOTICES,
                deed=Deed.CHANGE,
                subject="pump",
                now=now,
            )
        }
        due = [_due(row) for row in statements.run(READ, [list(keys), array(charts)])]
        book = Book.of(charts.values(), {one.channel for one in due}, channels, now=now)
        batch = _Batch(now, charts, book)
        for one in due:
            _judge(batch, one)
        _write(batch)
    return batch.pushes, set(patient_ids) - set(charts)


def _due(row: tuple[Any, ...]) -> Due:
    key, patient_id, due_at, template, values, grace, channel, urgent, reached, is_shown = row
    return Due(
        key,
        patient_id,
        due_at,
        template,
        json.loads(values),
        grace,
        Reach(channel),
        urgent,
        frozenset(reached),
        is_shown,
    )


def _judge(batch: _Batch, due: Due) -> None:
    """What becomes of it: a card; a mark, a push or a later hour."""
    late = due.is_late_at(batch.now)
    patient = batch.charts[due.patient_id].patient
    words = words_of(due.template, due.values, patient, due.due_at, late=late)
    if not due.channel.is_step and not due.is_shown:
        _add_card(batch, due, words, late=late)
    targets = [] if late else batch.book.targets(patient, due, words.push)
    if not targets:
        batch.marks.append((due.key, *_mark(due, late=late)))
    elif (until := due.waits_until(patient, batch.now)) > batch.now:
        batch.waits[until].append(due.key)
    else:
        batch.pushes.append(Push(due.key, targets, due.reached, not due.channel.is_step))


def _mark(due: Due, *, late: bool) -> tuple[str, str]:
    """What ends in the app is done; a push that grew late over its retries has failed."""
    if due.channel == Reach.TEAM:
        return Outcome.SENT.value, Reach.TEAM.value  # the worklist is read whenever it is read
    if late:
        is_failed = due.is_shown and not due.channel.is_step
        outcome = Outcome.FAILED if is_failed else Outcome.LATE_NOT_SENT
        return outcome.value, NOBODY if due.channel.is_step else IN_APP
    if due.channel.is_step:
        return Outcome.CANCELLED.value, NOBODY
    return Outcome.SENT.value, IN_APP


def _add_card(batch: _Batch, due: Due, words: Words, *, late: bool) -> None:
    patient = batch.charts[due.patient_id].patient
    batch.taken[patient.id] += 1
    state = Notice.State.LATE_NOT_SENT if late else Notice.State.SENT
    batch.cards.append(
        {
            "id": str(uuid5(patient.id, due.key)),
            "patient_id": str(patient.id),
            "bucket": patient.bucket,
            "revision": patient.revision + batch.taken[patient.id],
            "key": due.key,
            "template": due.template,
            "due_at": due.due_at.isoformat(),
            "title": words.title,
            "body": words.body,
            "lock_screen": words.lock_screen,
            "state": state.value,
        }
    )


def _write(batch: _Batch) -> None:
    for until, held in batch.waits.items():
        claims.hold_until(until, held)
    with statements.together():
        if batch.cards:
            last = [batch.charts[id_].patient.revision + n for id_, n in batch.taken.items()]
            statements.run(REVISIONS, [array(batch.taken), array(last)])
            statements.run(CARDS, [batch.now, json.dumps(batch.cards)])
        if batch.marks:
            keys, outcomes, channels = zip(*batch.marks, strict=True)
            statements.run(MARK, [list(keys), list(outcomes), list(channels)])

"""What is the matter now, across the rooms: for one patient or many, a fixed number of statements.

The caller says whose data of which kind may be read; access was decided before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.alerts.judging import JUDGES, judge
from backend.insights.glucose_ahead import METHOD as AHEAD
from backend.insights.models import Finding
from backend.insights.silence import spells_for_team
from backend.messages.queries import waiting_for_team
from backend.patients.access import Category
from backend.patients.models import Patient
from backend.regimens.queries import unanswered
from backend.surveys.models import Response
from backend.wire.measures import MEASURES

EYES_WITHIN = timedelta(days=14)
UNANSWERED_WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that asks for a person. `key` names it among the patient's; more level is worse."""

    key: str
    category: Category
    reason: str
    level: float = 1.0
    is_urgent: bool = False


def conditions_of(
    patients: Mapping[UUID, Patient], shared: Mapping[Category, Collection[UUID]], *, now: datetime
) -> dict[UUID, list[Condition]]:
    """By patient, the urgent first; of each only what the given kinds of data tell."""
    found: dict[UUID, list[Condition]] = defaultdict(list)
    parts = (
        _surveys(shared.get(Category.SURVEYS, ()), now),
        _doses(patients, shared.get(Category.MEDICINES, ()), now),
        _findings(shared.get(Category.INSIGHTS, ()), now),
        _silences(patients, shared.get(Category.INSIGHTS, ())),
        _messages(patients, shared.get(Category.MESSAGES, ())),
    )
    for part in parts:
        for patient_id, condition in part:
            found[patient_id].append(condition)
    for conditions in found.values():
        conditions.sort(key=lambda condition: not condition.is_urgent)
    return found


Told = Iterator[tuple[UUID, Condition]]


def _surveys(shared: Collection[UUID], now: datetime) -> Told:
    """An answer that a person must see at once."""
    asking = Response.objects.filter(
        patient_id__in=shared, needs_eyes=True, answered_at__gt=now - EYES_WITHIN
    )
    for patient_id, survey in asking.order_by("-answered_at").values_list("patient_id", "survey"):
        said = f"An answer to {survey.upper()} asks for a person at once"
        yield patient_id, Condition(f"survey:{survey}", Category.SURVEYS, said, is_urgent=True)


def _doses(patients: Mapping[UUID, Patient], shared: Collection[UUID], now: datetime) -> Told:
    """Doses whose escalation has climbed to the team; an answer takes them off again."""
    for told in unanswered(shared, since=now - UNANSWERED_WITHIN):
        due = told.due_at.astimezone(ZoneInfo(patients[told.patient_id].zone))
        said = f"No answer about {told.medicine}, due {due:%a} at {due:%H:%M}"
        key = f"dose:{told.dose_id}"
        yield (
            told.patient_id,
            Condition(key, Category.MEDICINES, said, is_urgent=told.critical),
        )


def _findings(shared: Collection[UUID], now: datetime) -> Told:
    standing = Finding.objects.filter(
        patient_id__in=shared, superseded_at=None, method__in=list(JUDGES), value__isnull=False
    ).exclude(method=AHEAD, valid_until__lte=now)  # a forecast is for minutes
    columns = ("patient_id", "method", "value", "detail")
    for patient_id, method, value, detail in standing.order_by("method").values_list(*columns):
        if judged := judge(method, value, detail):
            said = judged.reason[:300]
            yield patient_id, Condition(method, Category.INSIGHTS, said, judged.level)


def _silences(patients: Mapping[UUID, Patient], shared: Collection[UUID]) -> Told:
    """Streams that stopped, where the patient's plan has the team told."""
    for spell in spells_for_team(shared):
        last = spell.last_at.astimezone(ZoneInfo(patients[spell.patient_id].zone))
        label = MEASURES[spell.kind].label.lower()
        said = f"No {label} since {last.day} {last:%b}, {last:%H:%M}"
        yield spell.patient_id, Condition(f"silence:{spell.kind}", Category.INSIGHTS, said)


def _messages(patients: Mapping[UUID, Patient], shared: Collection[UUID]) -> Told:
    """What nobody of the team has read; another one in the same thread brings it back."""
    for waiting in waiting_for_team(shared):
        since = waiting.since.astimezone(ZoneInfo(patients[waiting.patient_id].zone))
        many = "An unread message" if waiting.count == 1 else f"{waiting.count} unread messages"
        said = f"{many}, since {since:%a} {since.day} {since:%b}, {since:%H:%M}"
        key = f"message:{waiting.thread}"
        yield waiting.patient_id, Condition(key, Category.MESSAGES, said, waiting.count)

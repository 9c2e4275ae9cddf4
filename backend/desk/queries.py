"""What the desk reads across patients: the list and the day. A fixed number of statements each.

Each kind of data is read only of patients who share that kind with the one who looks, and every
patient shown is entered in the ledger with just the kinds that were shown.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max

from backend.accounts.actors import Actor
from backend.accounts.models import Device
from backend.desk.judging import MISSED_WHEN_THIN, reason_to_look
from backend.guidance.models import Advice
from backend.insights.models import Finding
from backend.insights.silence import spells_for_team
from backend.patients.access import Category, enter_list, list_patients
from backend.patients.models import Patient
from backend.regimens.queries import unanswered
from backend.surveys.models import Response
from backend.visits.models import Visit
from backend.wire.measures import MEASURES

SHOWN = (
    Category.PROFILE,
    Category.INSIGHTS,
    Category.VISITS,
    Category.SURVEYS,
    Category.MEDICINES,
)
EYES_WITHIN = timedelta(days=14)
UNANSWERED_WITHIN = timedelta(days=3)
SILENT_AFTER = timedelta(days=2)
MOST_SHOWN = 500


@dataclass(slots=True)
class Row:
    """One patient in a list, with what is shared of her."""

    patient: Patient
    last_sync: datetime | None = None
    is_silent: bool = False
    is_urgent: bool = False
    next_visit: Visit | None = None
    asked_visit: Visit | None = None
    open_advice: int = 0
    reasons: list[str] = field(default_factory=list)
    abstained: list[str] = field(default_factory=list)

    @property
    def urgency(self) -> tuple[bool, int, bool, str]:
        """Sorts the urgent first, then by reasons, then the silent, then by name."""
        return (not self.is_urgent, -len(self.reasons), not self.is_silent, self.patient.name)


def worklist(actor: Actor, *, search: str = "", now: datetime) -> list[Row]:
    """The member's patients by name, with what is due; enters the ledger."""
    found = list_patients(actor, Category.PROFILE, now=now)
    if search:
        found = found.filter(name__icontains=search)
    rows = {p.id: Row(p) for p in found.order_by("name", "id")[:MOST_SHOWN]}
    shared = {kind: _ids(actor, kind, rows, now) for kind in SHOWN[1:]}
    _add_syncs(rows, now)
    _add_visits(rows, shared[Category.VISITS], now)
    _add_advice(rows, shared[Category.INSIGHTS])
    _add_findings(rows, shared[Category.INSIGHTS])
    _add_silences(rows, shared[Category.INSIGHTS])
    _add_unanswered(rows, shared[Category.MEDICINES], now)
    _add_surveys(rows, shared[Category.SURVEYS], now)
    _enter(actor, rows.values(), shared, now)
    return list(rows.values())


def _ids(actor: Actor, kind: Category, rows: Iterable[UUID], now: datetime) -> set[UUID]:
    shared = list_patients(actor, kind, now=now).filter(pk__in=list(rows))
    return set(shared.values_list("pk", flat=True))


def _add_syncs(rows: dict[UUID, Row], now: datetime) -> None:
    users = {row.patient.user_id: row for row in rows.values()}
    seen = (
        Device.objects.filter(user_id__in=list(users), revoked_at=None)
        .order_by()
        .values_list("user_id")
        .annotate(last=Max("last_seen_at"), first=Max("created_at"))
    )
    for user_id, last, enrolled in seen:
        users[user_id].last_sync = last
        users[user_id].is_silent = now - (last or enrolled) > SILENT_AFTER


def _add_visits(rows: dict[UUID, Row], shared: set[UUID], now: datetime) -> None:
    open_states = [Visit.State.REQUESTED, Visit.State.BOOKED]
    coming = Visit.objects.filter(
        patient_id__in=shared, state__in=open_states, starts_at__gte=now - timedelta(hours=1)
    )
    for visit in coming.order_by("-starts_at"):
        if visit.state == Visit.State.REQUESTED:
            rows[visit.patient_id].asked_visit = visit
        else:
            rows[visit.patient_id].next_visit = visit


def _add_advice(rows: dict[UUID, Row], shared: set[UUID]) -> None:
    standing = Advice.objects.filter(patient_id__in=shared, state__in=Advice.STANDING)
    for patient_id, count in standing.order_by().values_list("patient_id").annotate(Count("id")):
        rows[patient_id].open_advice = count


def _add_findings(rows: dict[UUID, Row], shared: set[UUID]) -> None:
    standing = Finding.objects.filter(patient_id__in=shared, superseded_at=None).order_by("method")
    for finding in standing.only("patient_id", "method", "label", "value", "detail", "abstained"):
        row = rows[finding.patient_id]
        if finding.is_thin and finding.method in MISSED_WHEN_THIN:
            row.abstained.append(finding.label)
        elif not finding.abstained and (
            reason := reason_to_look(finding.method, finding.value, finding.detail)
        ):
            row.reasons.append(reason)


def _add_silences(rows: dict[UUID, Row], shared: set[UUID]) -> None:
    """Streams that stopped, where the patient's plan has the team told."""
    for spell in spells_for_team(shared):
        row = rows[spell.patient_id]
        last = spell.last_at.astimezone(ZoneInfo(row.patient.zone))
        label = MEASURES[spell.kind].label.lower()
        row.reasons.append(f"No {label} since {last.day} {last:%b}, {last:%H:%M}")


def _add_unanswered(rows: dict[UUID, Row], shared: set[UUID], now: datetime) -> None:
    """Doses whose escalation has climbed to the team; an answer takes them off again."""
    for told in unanswered(shared, since=now - UNANSWERED_WITHIN):
        row = rows[told.patient_id]
        due = told.due_at.astimezone(ZoneInfo(row.patient.zone))
        row.is_urgent = row.is_urgent or told.critical
        row.reasons.append(f"No answer about {told.medicine}, due {due:%a} at {due:%H:%M}")


def _add_surveys(rows: dict[UUID, Row], shared: set[UUID], now: datetime) -> None:
    """An answer that a person must see at once stands before all else."""
    asking = Response.objects.filter(
        patient_id__in=shared, needs_eyes=True, answered_at__gt=now - EYES_WITHIN
    )
    for patient_id, survey in asking.order_by("-answered_at").values_list("patient_id", "survey"):
        row = rows[patient_id]
        row.is_urgent = True
        row.reasons.insert(0, f"An answer to {survey.upper()} asks for a person at once")


def _enter(
    actor: Actor, rows: Iterable[Row], shared: dict[Category, set[UUID]], now: datetime
) -> None:
    """One entry a patient: grouped by what was shown of each."""
    groups: dict[tuple[Category, ...], list[Patient]] = defaultdict(list)
    for row in rows:
        kinds = [kind for kind, ids in shared.items() if row.patient.id in ids]
        groups[Category.PROFILE, *kinds].append(row.patient)
    for shown, patients in groups.items():
        enter_list(actor, patients, *shown, subject="patients list", now=now)

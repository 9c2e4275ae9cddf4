"""What the desk reads across patients: the list and the day. A fixed number of statements each.

Each kind of data is read only of patients who share that kind with the one who looks, and every
patient shown is entered in the ledger with just the kinds that were shown.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q

from backend.accounts.actors import Actor
from backend.accounts.models import User
from backend.alerts.judging import MISSED_WHEN_THIN
from backend.alerts.queries import Asking, asking
from backend.guidance.models import Advice
from backend.insights.models import Finding
from backend.patients.access import Category, enter_list, list_patients
from backend.patients.models import Patient
from backend.visits.models import Visit

SHOWN = (
    Category.PROFILE,
    Category.INSIGHTS,
    Category.VISITS,
    Category.SURVEYS,
    Category.MEDICINES,
    Category.MESSAGES,
)
SILENT_AFTER = timedelta(days=2)
MOST_SHOWN = 500


@dataclass(slots=True)
class Row:
    """One patient in a list, with what is shared of her."""

    patient: Patient
    last_sync: datetime | None = None
    is_silent: bool = False
    texts_stopped_at: datetime | None = None  # she has no phone of ours, and said STOP to texts
    next_visit: Visit | None = None
    asked_visit: Visit | None = None
    open_advice: int = 0
    asks: list[Asking] = field(default_factory=list)
    quiet: list[Asking] = field(default_factory=list)  # dealt with, for now
    abstained: list[str] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        """Why to look, in words."""
        return [one.reason for one in self.asks]

    @property
    def is_urgent(self) -> bool:
        """Whether it must not wait."""
        return any(one.is_urgent for one in self.asks)

    @property
    def is_mine(self) -> bool:
        """Whether a colleague has handed it to whoever reads."""
        return any(one.is_mine for one in self.asks)

    @property
    def urgency(self) -> tuple[bool, bool, int, bool, str]:
        """The urgent first, then what was handed over, by reasons, the silent, by name."""
        worse = sum(one.trend == "worse" for one in self.asks)
        weight = -len(self.asks) - worse
        return (not self.is_urgent, not self.is_mine, weight, not self.is_silent, self.patient.name)


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
    _add_thin(rows, shared[Category.INSIGHTS])
    _add_asking(rows, shared, actor, now)
    _enter(actor, rows.values(), shared, now)
    return list(rows.values())


def _ids(actor: Actor, kind: Category, rows: Iterable[UUID], now: datetime) -> set[UUID]:
    shared = list_patients(actor, kind, now=now).filter(pk__in=list(rows))
    return set(shared.values_list("pk", flat=True))


def _add_syncs(rows: dict[UUID, Row], now: datetime) -> None:
    users = {row.patient.user_id: row for row in rows.values()}
    in_use = Q(devices__revoked_at=None)
    seen = (
        User.objects.filter(pk__in=list(users))
        .order_by()
        .values_list("pk", "mobile__stopped_at")
        .annotate(
            last=Max("devices__last_seen_at", filter=in_use),
            first=Max("devices__created_at", filter=in_use),
        )
    )
    for user_id, stopped_at, last, enrolled in seen:
        row = users[user_id]
        if enrolled is not None:
            row.last_sync, row.is_silent = last, now - (last or enrolled) > SILENT_AFTER
        elif stopped_at is not None:
            row.texts_stopped_at, row.is_silent = stopped_at, True


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


def _add_thin(rows: dict[UUID, Row], shared: set[UUID]) -> None:
    thin = Finding.objects.filter(
        patient_id__in=shared, superseded_at=None, method__in=MISSED_WHEN_THIN
    ).exclude(abstained="")
    for finding in thin.order_by("method").only("patient_id", "label", "abstained", "detail"):
        if finding.is_thin:
            rows[finding.patient_id].abstained.append(finding.label)


def _add_asking(
    rows: dict[UUID, Row], shared: dict[Category, set[UUID]], actor: Actor, now: datetime
) -> None:
    patients = {patient_id: row.patient for patient_id, row in rows.items()}
    for patient_id, found in asking(patients, shared, reader=actor.id, now=now).items():
        row = rows[patient_id]
        row.asks = [one for one in found if not one.quiet]
        row.quiet = [one for one in found if one.quiet]


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

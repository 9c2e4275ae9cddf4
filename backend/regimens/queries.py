"""Reading medicines and doses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Prefetch, QuerySet

from backend.core import statements
from backend.core.statements import array
from backend.patients.access import Category, Chart
from backend.regimens.models import Dose, DoseEventRow, Regimen, Schedule, Stay
from backend.science.adherence import NOT_TAKEN, TAKEN, UNANSWERED, Adherence
from backend.science.adherence import adherence as judge
from backend.science.refusal import Refusal
from backend.wire.language import FALLBACK
from backend.wire.messages import DoseRow, PauseRow, RegimenRow, ScheduleRow
from backend.wire.schedule import Slot, from_row, slots
from backend.wire.sentences import Details, amount_on, sentence

LOOK_AHEAD_DAYS = (7, 90, 400)
OUTCOMES = {Dose.Status.TAKEN: TAKEN, Dose.Status.SKIPPED: NOT_TAKEN}


def doses_between(chart: Chart, *, start: datetime, end: datetime) -> list[DoseRow]:
    """Doses due in [start, end), in order; cancelled ones too, with that status."""
    return [dose_row(dose) for dose in _doses(chart, start, end)]


def _doses(chart: Chart, start: datetime, end: datetime) -> QuerySet[Dose]:
    chart.need(Category.MEDICINES)
    found = Dose.objects.filter(patient=chart.patient, due_at__gte=start, due_at__lt=end)
    return found.order_by("due_at", "key")


def doses_page(
    chart: Chart, *, start: datetime, end: datetime, after: int, limit: int
) -> list[DoseRow]:
    """Doses due in [start, end) whose revision lies past `after`, in its order."""
    found = _doses(chart, start, end).filter(revision__gt=after)
    return [dose_row(dose) for dose in found.order_by("revision")[:limit]]


def doses_changed_since(chart: Chart, *, after: int, limit: int) -> list[DoseRow]:
    """Rows past the revision `after`, in its order."""
    chart.need(Category.MEDICINES)
    found = Dose.objects.filter(patient=chart.patient, revision__gt=after)
    return [dose_row(dose) for dose in found.order_by("revision")[:limit]]


def dose_row(dose: Dose) -> DoseRow:
    """The dose as the phone gets it."""
    return DoseRow(
        id=dose.id,
        revision=dose.revision,
        regimen=dose.regimen_id,
        key=dose.key,
        nominal_local=dose.nominal_local,
        due_at=dose.due_at,
        status=dose.status,  # type: ignore[arg-type]
        status_at=dose.status_at,
        amount=dose.amount,
    )


def regimens(chart: Chart) -> list[RegimenRow]:
    """Medicines, the stopped ones last."""
    pauses = _pauses(chart)
    found = _regimens(chart).order_by("prescribed_at")
    rows = [regimen_row(regimen, pauses) for regimen in found]
    return sorted(rows, key=lambda row: not row.active)


def regimens_changed_since(chart: Chart, *, after: int, limit: int) -> list[RegimenRow]:
    """Rows past the revision `after`, in its order and in the patient's language."""
    found = _regimens(chart).filter(revision__gt=after)
    changed = list(found.order_by("revision")[:limit])
    pauses = _pauses(chart) if changed else []
    return [regimen_row(regimen, pauses, chart.patient.language) for regimen in changed]


def stays(chart: Chart) -> list[Stay]:
    """Stays in hospital, the latest first."""
    chart.need(Category.MEDICINES)
    return list(Stay.objects.filter(patient=chart.patient).order_by("-starts_at"))


def _pauses(chart: Chart) -> list[PauseRow]:
    found = Stay.objects.filter(patient=chart.patient).order_by("starts_at")
    return [PauseRow(stay.starts_at, stay.ends_at) for stay in found]


def _regimens(chart: Chart) -> QuerySet[Regimen]:
    chart.need(Category.MEDICINES)
    newest_last = Prefetch("schedules", Schedule.objects.order_by("version"), to_attr="by_age")
    return Regimen.objects.filter(patient=chart.patient).prefetch_related(newest_last)


def regimen_row(
    regimen: Regimen, pauses: Sequence[PauseRow] = (), language: str = FALLBACK
) -> RegimenRow:
    """The regimen with its latest schedule and how that reads."""
    known: list[Schedule] = getattr(regimen, "by_age", None) or list(
        regimen.schedules.order_by("version")
    )
    row = known[-1].row()
    return RegimenRow(
        id=regimen.id,
        revision=regimen.revision,
        medicine=regimen.medicine,
        dose=regimen.dose,
        instructions=regimen.instructions,
        schedule=row,
        sentence=sentence(from_row(row), details_of(regimen, known[-1]), language),
        grace_minutes=regimen.grace_minutes,
        active=regimen.active,
        steps=regimen.dose_steps(),
        pauses=list(pauses),
        most_a_day=regimen.most_a_day,
        min_gap_minutes=regimen.min_gap_minutes,
        early_minutes=regimen.early_minutes,
        snooze_minutes=regimen.snooze_minutes,
        most_snoozes=regimen.most_snoozes,
        critical=regimen.critical,
        runs_out_on=regimen.runs_out_on,
    )


def details_of(regimen: Regimen, schedule: Schedule) -> Details:
    """What the sentence tells beside the times."""
    return Details(
        meals=schedule.meals,
        steps=regimen.dose_steps(),
        most_a_day=regimen.most_a_day,
        min_gap_minutes=regimen.min_gap_minutes,
    )


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A dose whose escalation has reached the care team."""

    patient_id: UUID
    dose_id: UUID
    medicine: str
    due_at: datetime
    critical: bool


FOR_TEAM = """
SELECT d.patient_id, d.id, r.medicine, d.due_at, r.critical
FROM regimens_dose d
JOIN regimens_regimen r ON r.id = d.regimen_id
JOIN notices_delivery s ON s.key = d.key || ':team' AND s.outcome = 'sent'
WHERE d.patient_id = ANY(%s::uuid[]) AND d.due_at >= %s AND d.status IN ('due', 'snoozed')
ORDER BY d.due_at
"""


def unanswered(patient_ids: Iterable[UUID], *, since: datetime) -> list[Unanswered]:
    """For the worklist, of patients who were found to share their medicines with who looks."""
    ids = array(patient_ids)
    return [Unanswered(*row) for row in statements.run(FOR_TEAM, [ids, since])]


def events_of(chart: Chart, *, start: datetime, end: datetime) -> list[DoseEventRow]:
    """All that the patient said about doses due in [start, end), by her own time."""
    chart.need(Category.MEDICINES)
    found = DoseEventRow.objects.filter(
        dose__patient=chart.patient, dose__due_at__gte=start, dose__due_at__lt=end
    )
    return list(found.select_related("dose").order_by("at", "event_id"))


def adherence(
    chart: Chart, *, start: datetime, end: datetime, now: datetime
) -> Adherence | Refusal:
    """PDC, taking and timing of doses due in [start, end) and by now, or why data are too thin."""
    doses = _doses(chart, start, min(end, now)).exclude(status=Dose.Status.CANCELLED)
    return adherence_of(list(doses), ZoneInfo(chart.patient.zone))


def adherence_of(doses: list[Dose], zone: ZoneInfo) -> Adherence | Refusal:
    """The same over doses in hand; a day is the one that the dose is named by.

    What was taken as needed had not been due: it is left out.
    """
    doses = [dose for dose in doses if not dose.is_as_needed]
    numbers = {id_: n for n, id_ in enumerate(sorted({dose.regimen_id for dose in doses}))}
    return judge(
        np.array([numbers[dose.regimen_id] for dose in doses], dtype=np.int64),
        np.array([_day_number(dose, zone) for dose in doses], dtype=np.int64),
        np.array([OUTCOMES.get(Dose.Status(d.status), UNANSWERED) for d in doses], dtype=np.int64),
        np.array([_minutes_off(dose) for dose in doses], dtype=np.float64),
    )


def _day_number(dose: Dose, zone: ZoneInfo) -> int:
    """The nominal day, so that a journey moves no dose to another; by spacing, the local one."""
    if dose.nominal_local.endswith("Z"):
        return dose.due_at.astimezone(zone).date().toordinal()
    return datetime.fromisoformat(dose.nominal_local).replace(tzinfo=UTC).toordinal()


def _minutes_off(dose: Dose) -> float:
    if dose.status != Dose.Status.TAKEN or dose.status_at is None:
        return float("nan")
    return (dose.status_at - dose.due_at).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class Preview:
    """How a schedule reads, and its next doses, before it is saved."""

    sentence: str
    due: list[datetime]
    amounts: list[str]

    @property
    def doses(self) -> list[tuple[datetime, str]]:
        """When, and how much."""
        return list(zip(self.due, self.amounts, strict=True))


def preview(
    row: ScheduleRow,
    *,
    zone: str,
    details: Details | None = None,
    dose: str = "",
    count: int = 10,
    now: datetime,
) -> Preview:
    """What the prescriber sees before saving, nothing of a patient in it; raises ScheduleError."""
    checked = from_row(row)
    found: list[Slot] = []
    start = now
    for days in LOOK_AHEAD_DAYS:
        end = now + timedelta(days=days)
        found += slots(checked, zone=zone, start=start, end=end)
        if len(found) >= count:
            break
        start = end
    steps = details.steps if details else ()
    return Preview(
        sentence(checked, details),
        [slot.due_at for slot in found[:count]],
        [amount_on(steps, slot.nominal_local[:10], dose) for slot in found[:count]],
    )

"""What patients say about their doses, kept in a few statements however many come at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.agenda.actions import call_up
from backend.core import statements
from backend.core.problems import Invalid, invalid_field
from backend.core.statements import array
from backend.patients.access import Category, Chart, Deed
from backend.patients.revisions import hold_patient, take_revisions
from backend.regimens import limits, telling
from backend.regimens.filling import find_unmade
from backend.regimens.models import Dose, DoseEventRow, Regimen
from backend.wire.messages import DoseEvent
from backend.wire.problems import Code

KEEP = """
INSERT INTO regimens_doseeventrow (patient_id, event_id, bucket, dose_id, status, at, received_at)
SELECT %s::uuid, event, %s::smallint, dose, status, at, %s::timestamptz
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[]) AS said (event, dose, status, at)
ON CONFLICT DO NOTHING
"""
# The latest by the patient's own time is the dose's status, whatever the order of arrival.
SETTLE = """
UPDATE regimens_dose d SET status = last.status, status_at = last.at, revision = mine.revision
FROM unnest(%s::uuid[], %s::bigint[]) AS mine (id, revision)
CROSS JOIN LATERAL (
    SELECT e.status, e.at FROM regimens_doseeventrow e WHERE e.dose_id = mine.id
    ORDER BY e.at DESC, e.event_id DESC LIMIT 1
) AS last
WHERE d.id = mine.id RETURNING d.id, d.status, d.status_at, d.revision
"""


def record_dose_event(chart: Chart, event: DoseEvent, *, now: datetime) -> Dose:
    """Keep what the patient says about a dose; the latest by her own time is the dose's status.

    Raises Invalid for a dose that no schedule of hers names, and beyond the prescriber's limits.
    """
    (answer,) = record_dose_events(chart, [event], now=now)
    if isinstance(answer, Invalid):
        raise answer
    return answer


@dataclass(slots=True)
class _Batch:
    """The events of one call as they are judged, each against what came before it."""

    chart: Chart
    doses: dict[UUID, Dose]
    snoozed: dict[UUID, set[UUID]]
    taken: dict[UUID, list[datetime]]  # of medicines taken as needed
    fresh: list[Dose] = field(default_factory=list)
    kept: list[tuple[DoseEvent, Dose]] = field(default_factory=list)


def record_dose_events(
    chart: Chart, events: Sequence[DoseEvent], *, now: datetime
) -> list[Dose | Invalid]:
    """The same for many at once: for each, in order, its dose or why it is refused."""
    chart.need(Category.MEDICINES, Deed.CHANGE)
    hold_patient(chart.patient.id)
    here = _read(chart, events)
    answers: list[Dose | Invalid] = [_judge(here, event) for event in events]
    if here.kept:
        _keep(here, now)
        call_up(chart.patient.id, "insights.refresh")
    return answers


def _read(chart: Chart, events: Sequence[DoseEvent]) -> _Batch:
    mine = Dose.objects.filter(patient=chart.patient, pk__in={event.dose for event in events})
    doses = {dose.id: dose for dose in mine.select_related("schedule", "regimen")}
    snoozed: dict[UUID, set[UUID]] = defaultdict(set)
    counted = [d for d in doses if doses[d].regimen.most_snoozes is not None]
    if counted and any(event.status == "snoozed" for event in events):
        rows = DoseEventRow.objects.filter(dose__in=counted, status="snoozed")
        for dose_id, event_id in rows.values_list("dose_id", "event_id"):
            snoozed[dose_id].add(event_id)
    needed = [event for event in events if event.regimen is not None]
    return _Batch(chart, doses, snoozed, _taken(needed))


def _taken(needed: Sequence[DoseEvent]) -> dict[UUID, list[datetime]]:
    """Takings around these, by medicine."""
    found: dict[UUID, list[datetime]] = defaultdict(list)
    if needed:
        reach = timedelta(days=8)
        rows = Dose.objects.filter(
            regimen_id__in={event.regimen for event in needed},
            status=Dose.Status.TAKEN,
            due_at__gte=min(event.at for event in needed) - reach,
            due_at__lte=max(event.at for event in needed) + reach,
        )
        for regimen_id, at in rows.values_list("regimen_id", "due_at"):
            found[regimen_id].append(at)
    return found


def _judge(here: _Batch, event: DoseEvent) -> Dose | Invalid:
    try:
        dose = _dose_meant(here, event)
    except Invalid as problem:
        return problem
    refusal = None
    if event.status == "taken" and not dose.is_as_needed:
        refusal = limits.too_early(dose.regimen, dose.due_at, event.at)
    elif event.status == "snoozed":
        others = here.snoozed[dose.id] - {event.id}
        refusal = limits.too_many_snoozes(dose.regimen, len(others))
        if refusal is None:
            here.snoozed[dose.id].add(event.id)
    if refusal is not None:
        return refusal
    if dose._state.adding and dose.id not in here.doses:
        here.fresh.append(dose)
        here.doses[dose.id] = dose
    here.kept.append((event, dose))
    return dose


def _dose_meant(here: _Batch, event: DoseEvent) -> Dose:
    """The dose of this id, made now if the server had not; a changed schedule's, if that has it."""
    dose = here.doses.get(event.dose)
    if dose is None and event.regimen is not None:
        return _as_needed(here, event, event.regimen)
    if dose is None:
        dose = find_unmade(here.chart, event.dose, near=event.at)
    if dose is None:
        raise invalid_field("dose", Code.UNKNOWN_REFERENCE, "There is no such dose.")
    if not dose.is_as_needed and not dose.schedule.holds_at(dose.due_at):
        twins = Dose.objects.filter(regimen=dose.regimen, nominal_local=dose.nominal_local)
        twins = twins.exclude(schedule=dose.schedule).order_by("-schedule__version")
        return twins.select_related("regimen", "schedule").first() or dose
    return dose


def _as_needed(here: _Batch, event: DoseEvent, regimen_id: UUID) -> Dose:
    """A taking of a medicine of which nothing is ever due."""
    patient = here.chart.patient
    regimen = Regimen.objects.filter(pk=regimen_id, patient=patient, active=True).first()
    schedule = None
    if regimen is not None:
        schedule = regimen.schedules.filter(holds_until=None, mode="as_needed").first()
    if regimen is None or schedule is None:
        raise invalid_field("regimen", Code.UNKNOWN_REFERENCE, "No such medicine as needed.")
    if event.status != "taken":
        raise invalid_field("status", Code.UNKNOWN_STATUS, "What is never due is only taken.")
    if Dose.objects.filter(pk=event.dose).exists():
        raise invalid_field("dose", Code.UNKNOWN_REFERENCE, "There is no such dose.")
    if (refusal := limits.too_much(regimen, here.taken[regimen_id], event.at)) is not None:
        raise refusal
    here.taken[regimen_id].append(event.at)
    nominal = f"{event.at.astimezone(ZoneInfo(patient.zone)):%Y-%m-%dT%H:%M}"
    return Dose(
        id=event.dose,
        patient=patient,
        bucket=patient.bucket,
        regimen=regimen,
        schedule=schedule,
        key=f"{Dose.AS_NEEDED}{schedule.id}:{event.dose}",
        nominal_local=nominal,
        due_at=event.at,
        amount=regimen.amount_for(nominal),
    )


def _keep(here: _Batch, now: datetime) -> None:
    patient = here.chart.patient
    touched = {dose.id: dose for _, dose in here.kept}
    revisions = take_revisions(patient.id, len(touched))
    for dose, revision in zip(touched.values(), revisions, strict=True):
        dose.revision = revision
    Dose.objects.bulk_create(here.fresh)
    said = [event for event, _ in here.kept]
    columns = [
        array(event.id for event in said),
        array(dose.id for _, dose in here.kept),
        [event.status for event in said],
        [event.at for event in said],
    ]
    statements.run(KEEP, [patient.id, patient.bucket, now, *columns])
    for id_, *last in statements.run(SETTLE, [array(touched), array(revisions)]):
        dose = touched[id_]
        dose.status, dose.status_at, dose.revision = last
    telling.hush(here.chart, [dose for dose in touched.values() if not dose.is_open])
    telling.put_off(here.chart, [d for d in touched.values() if d.status == Dose.Status.SNOOZED])

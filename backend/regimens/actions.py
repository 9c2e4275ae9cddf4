"""Prescribing, changing and stopping medicines; keeping doses; noting what the patient did."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.accounts.actors import job
from backend.accounts.models import Role
from backend.agenda.actions import call_up
from backend.core.models import new_id
from backend.core.problems import Conflict, Forbidden, NotFound, invalid_field
from backend.notices import actions as notices
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.revisions import hold_patient, take_revisions
from backend.regimens.filling import fill, find_unmade, saying
from backend.regimens.models import Dose, DoseEventRow, Regimen, Schedule
from backend.regimens.timing import Timing, check_timing, grace_for
from backend.wire.messages import DoseEvent
from backend.wire.problems import Code

__all__ = [
    "Timing",
    "change_regimen",
    "materialise_patient",
    "prescribe",
    "record_dose_event",
    "stop_regimen",
]

MATERIALISE = "regimens.materialise"
AGAIN = timedelta(hours=12)
LONGEST_GRACE_MINUTES = 24 * 60
LETTERS = {"medicine": 200, "dose": 100, "instructions": 500}


@dataclass(frozen=True, slots=True)
class _Change:
    """Fields of a regimen to set; None leaves one as it is."""

    medicine: str | None = None
    dose: str | None = None
    instructions: str | None = None
    grace_minutes: int | None = None

    def given(self) -> dict[str, str | int]:
        """The checked new values; raises Invalid."""
        found: dict[str, str | int] = {}
        for name, most in LETTERS.items():
            if (text := getattr(self, name)) is not None:
                found[name] = _checked_text(name, text, most)
        if self.grace_minutes is not None:
            if not 1 <= self.grace_minutes <= LONGEST_GRACE_MINUTES:
                raise invalid_field(
                    "grace_minutes", Code.OUT_OF_RANGE, "The grace is 1 minute to a day."
                )
            found["grace_minutes"] = self.grace_minutes
        return found


def _checked_text(name: str, text: str, most: int) -> str:
    plain = text.strip()
    if not plain and name != "instructions":
        raise invalid_field(name, Code.EMPTY, "This must not be empty.")
    if len(plain) > most:
        raise invalid_field(name, Code.TOO_LONG, f"At most {most} letters.")
    return plain


def prescribe(
    chart: Chart,
    *,
    medicine: str,
    dose: str,
    instructions: str = "",
    timing: Timing,
    grace_minutes: int | None = None,
    now: datetime,
) -> Regimen:
    """A new regimen and its doses; without a grace half the shortest time between two doses.

    A start in the past (at most 120 days) is kept: those doses are listed, not announced. Raises
    Invalid, or Forbidden for a patient: she reports what she takes, she does not prescribe.
    """
    _need_prescriber(chart)
    schedule = check_timing(timing, zone=chart.patient.zone, now=now)
    change = _Change(medicine, dose, instructions, grace_minutes).given()
    change.setdefault("grace_minutes", grace_for(schedule, chart.patient.zone))
    hold_patient(chart.patient.id)
    (revision,) = take_revisions(chart.patient.id)
    regimen = Regimen.objects.create(
        patient=chart.patient,
        bucket=chart.patient.bucket,
        revision=revision,
        prescribed_at=now,
        changed_at=now,
        **change,
    )
    schedule.regimen = regimen
    schedule.save(force_insert=True)
    _fill_and_come_again(chart, now)
    return regimen


def change_regimen(
    chart: Chart,
    regimen_id: UUID,
    *,
    medicine: str | None = None,
    dose: str | None = None,
    instructions: str | None = None,
    grace_minutes: int | None = None,
    timing: Timing | None = None,
    now: datetime,
) -> Regimen:
    """Change the future only: doses due before now stay as they were.

    Raises NotFound, Invalid, Forbidden, or Conflict if the regimen was stopped.
    """
    change = _Change(medicine, dose, instructions, grace_minutes).given()
    regimen = _open_regimen(chart, regimen_id)
    fill(chart, now=now)
    for name, value in change.items():
        setattr(regimen, name, value)
    if timing is not None:
        _replace_schedule(chart, regimen, timing, now)
    regimen.version += 1
    _save(regimen, now)
    to_come = list(_to_come(regimen, now))
    notices.restate_all(chart, [saying(one, regimen) for one in to_come])
    _fill_and_come_again(chart, now)
    return regimen


def stop_regimen(chart: Chart, regimen_id: UUID, *, now: datetime) -> Regimen:
    """No dose from now on. Raises NotFound, Forbidden, or Conflict if it was stopped before."""
    regimen = _open_regimen(chart, regimen_id)
    fill(chart, now=now)
    _end_schedule(chart, regimen, now)
    regimen.active, regimen.stopped_at = False, now
    _save(regimen, now)
    return regimen


def _need_prescriber(chart: Chart) -> None:
    chart.need(Category.MEDICINES, Deed.CHANGE)
    if chart.actor.role == Role.PATIENT:
        raise Forbidden()


def _open_regimen(chart: Chart, regimen_id: UUID) -> Regimen:
    _need_prescriber(chart)
    hold_patient(chart.patient.id)
    regimen = Regimen.objects.filter(pk=regimen_id, patient=chart.patient).first()
    if regimen is None:
        raise NotFound()
    if not regimen.active:
        raise Conflict("This medicine was stopped.")
    return regimen


def _save(regimen: Regimen, now: datetime) -> None:
    (regimen.revision,) = take_revisions(regimen.patient_id)
    regimen.changed_at = now
    regimen.save()


def _replace_schedule(chart: Chart, regimen: Regimen, timing: Timing, now: datetime) -> None:
    schedule = check_timing(timing, zone=chart.patient.zone, now=now)
    ended = _end_schedule(chart, regimen, now)
    schedule.id, schedule.regimen = new_id(), regimen
    schedule.version, schedule.holds_from = ended.version + 1, now
    schedule.save(force_insert=True)


def _end_schedule(chart: Chart, regimen: Regimen, now: datetime) -> Schedule:
    """Its doses to come are cancelled and will not be announced."""
    cancelled = list(_to_come(regimen, now))
    revisions = take_revisions(chart.patient.id, len(cancelled)) if cancelled else range(0)
    for dose, revision in zip(cancelled, revisions, strict=True):
        dose.status, dose.status_at, dose.revision = Dose.Status.CANCELLED, now, revision
    Dose.objects.bulk_update(cancelled, ["status", "status_at", "revision"])
    notices.settle(chart, *(dose.key for dose in cancelled))
    ended = Schedule.objects.get(regimen=regimen, holds_until=None)
    ended.holds_until = now
    ended.save(update_fields=["holds_until"])
    return ended


def _to_come(regimen: Regimen, now: datetime) -> list[Dose]:
    statuses = (Dose.Status.DUE, Dose.Status.SNOOZED)
    found = Dose.objects.filter(regimen=regimen, due_at__gte=now, status__in=statuses)
    return list(found.order_by("due_at", "key"))


def _fill_and_come_again(chart: Chart, now: datetime) -> None:
    fill(chart, now=now)
    call_up(chart.patient.id, MATERIALISE, due_at=now + AGAIN)


def materialise_patient(patient_id: UUID, *, now: datetime) -> datetime | None:
    """Agenda handler: the doses of the next 72 hours exist and stand at the right moments."""
    hold_patient(patient_id)
    chart = open_chart(
        job(MATERIALISE),
        patient_id,
        Category.MEDICINES,
        deed=Deed.CHANGE,
        subject=MATERIALISE,
        now=now,
    )
    fill(chart, now=now)
    is_treated = Regimen.objects.filter(patient=chart.patient, active=True).exists()
    return now + AGAIN if is_treated else None


def record_dose_event(chart: Chart, event: DoseEvent, *, now: datetime) -> Dose:
    """Keep what the patient says about a dose; the latest by her own time is the dose's status.

    Raises Invalid for a dose that no schedule of hers names.
    """
    chart.need(Category.MEDICINES, Deed.CHANGE)
    hold_patient(chart.patient.id)
    dose = _dose_meant(chart, event)
    (dose.revision,) = take_revisions(chart.patient.id)
    if dose._state.adding:
        dose.save(force_insert=True)
    row = DoseEventRow(
        event_id=event.id,
        patient=chart.patient,
        bucket=chart.patient.bucket,
        dose=dose,
        status=event.status,
        at=event.at,
        received_at=now,
    )
    DoseEventRow.objects.bulk_create([row], ignore_conflicts=True)
    latest = DoseEventRow.objects.filter(dose=dose).order_by("at", "event_id").last()
    if latest is not None:
        dose.status, dose.status_at = latest.status, latest.at
    dose.save(update_fields=["status", "status_at", "revision"])
    if not dose.is_open:
        notices.settle(chart, dose.key)
    call_up(chart.patient.id, "insights.refresh")
    return dose


def _dose_meant(chart: Chart, event: DoseEvent) -> Dose:
    """The dose of this id, made now if the server had not; a changed schedule's, if that has it."""
    dose = Dose.objects.filter(pk=event.dose, patient=chart.patient).first()
    if dose is None:
        dose = find_unmade(chart, event.dose, near=event.at)
    if dose is None:
        raise invalid_field("dose", Code.UNKNOWN_REFERENCE, "There is no such dose.")
    if not dose.schedule.holds_at(dose.due_at):
        twins = Dose.objects.filter(regimen=dose.regimen, nominal_local=dose.nominal_local)
        return twins.exclude(schedule=dose.schedule).order_by("-schedule__version").first() or dose
    return dose

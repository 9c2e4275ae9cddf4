"""Prescribing, changing and stopping medicines; keeping doses; noting what the patient did."""

from datetime import datetime
from uuid import UUID

from backend.accounts.actors import job
from backend.accounts.models import Role
from backend.core.models import new_id
from backend.core.problems import Conflict, Forbidden, NotFound
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.revisions import hold_patient, take_revisions
from backend.regimens import telling
from backend.regimens.answers import record_dose_event
from backend.regimens.filling import fill
from backend.regimens.keeping import (
    AGAIN,
    MATERIALISE,
    doses_to_come,
    end_schedule,
    fill_and_come_again,
    save_change,
)
from backend.regimens.meals import set_meal_times
from backend.regimens.models import Dose, MealTimes, Regimen, Schedule
from backend.regimens.plans import Plan, Wording, check_gap, plan_of
from backend.regimens.supplies import watch_supplies
from backend.regimens.timing import Timing, check_timing, first_week, grace_for

__all__ = [
    "Plan",
    "Timing",
    "change_regimen",
    "materialise_patient",
    "prescribe",
    "record_dose_event",
    "set_meal_times",
    "stop_regimen",
]


def prescribe(
    chart: Chart,
    *,
    medicine: str,
    dose: str,
    instructions: str = "",
    timing: Timing,
    plan: Plan = Plan(),  # noqa: B008 (frozen)
    grace_minutes: int | None = None,
    now: datetime,
) -> Regimen:
    """A new regimen and its doses; without a grace half the shortest time between two doses.

    A start in the past (at most 120 days) is kept: those doses are listed, not announced. Raises
    Invalid, or Forbidden for a patient: she reports what she takes, she does not prescribe.
    """
    _need_prescriber(chart)
    schedule = _checked(chart, timing, plan, now)
    change = Wording(medicine, dose, instructions, grace_minutes).given()
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
        **plan.checked(mode=timing.mode, now=now),
    )
    schedule.regimen = regimen
    schedule.save(force_insert=True)
    fill_and_come_again(chart, now)
    return regimen


def _checked(chart: Chart, timing: Timing, plan: Plan, now: datetime) -> Schedule:
    meals = MealTimes.objects.filter(pk=chart.patient.id).first()
    schedule = check_timing(timing, zone=chart.patient.zone, meals=meals, now=now)
    plan.checked(mode=schedule.mode, now=now)
    check_gap(plan.min_gap_minutes, first_week(schedule, chart.patient.zone))
    return schedule


def change_regimen(
    chart: Chart,
    regimen_id: UUID,
    *,
    medicine: str | None = None,
    dose: str | None = None,
    instructions: str | None = None,
    grace_minutes: int | None = None,
    timing: Timing | None = None,
    plan: Plan | None = None,
    now: datetime,
) -> Regimen:
    """Change the future only: doses due before now stay as they were.

    Raises NotFound, Invalid, Forbidden, or Conflict if the regimen was stopped.
    """
    change = Wording(medicine, dose, instructions, grace_minutes).given()
    regimen = _open_regimen(chart, regimen_id)
    fill(chart, now=now)
    for name, value in change.items():
        setattr(regimen, name, value)
    before = set(regimen.escalation)
    _set_plan(chart, regimen, plan, timing, now)
    if timing is not None:
        _replace_schedule(chart, regimen, timing, now)
    regimen.version += 1
    save_change(regimen, now)
    to_come = list(doses_to_come(regimen, now))
    _set_amounts(chart, regimen, to_come)
    telling.retell(chart, to_come, regimen, dropped=before - set(regimen.escalation))
    fill_and_come_again(chart, now)
    return regimen


def _set_plan(
    chart: Chart, regimen: Regimen, plan: Plan | None, timing: Timing | None, now: datetime
) -> None:
    """The plan must fit the times as they will be; a supply that was not counted anew runs on."""
    standing = Schedule.objects.get(regimen=regimen, holds_until=None)
    mode = timing.mode if timing else standing.mode
    columns = (plan or plan_of(regimen)).checked(mode=mode, now=now)
    if columns["supply_doses"] == regimen.supply_doses:
        columns["supply_at"] = regimen.supply_at
    for name, value in columns.items():
        setattr(regimen, name, value)
    if timing is not None:
        meals = MealTimes.objects.filter(pk=chart.patient.id).first()
        standing = check_timing(timing, zone=chart.patient.zone, meals=meals, now=now)
    check_gap(regimen.min_gap_minutes, first_week(standing, chart.patient.zone))


def _set_amounts(chart: Chart, regimen: Regimen, to_come: list[Dose]) -> None:
    changed = [d for d in to_come if d.amount != regimen.amount_for(d.nominal_local)]
    revisions = take_revisions(chart.patient.id, len(changed)) if changed else range(0)
    for dose, revision in zip(changed, revisions, strict=True):
        dose.amount, dose.revision = regimen.amount_for(dose.nominal_local), revision
    Dose.objects.bulk_update(changed, ["amount", "revision"])


def stop_regimen(chart: Chart, regimen_id: UUID, *, now: datetime) -> Regimen:
    """No dose from now on. Raises NotFound, Forbidden, or Conflict if it was stopped before."""
    regimen = _open_regimen(chart, regimen_id)
    fill(chart, now=now)
    end_schedule(chart, regimen, at=now, now=now)
    regimen.active, regimen.stopped_at = False, now
    save_change(regimen, now)
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


def _replace_schedule(chart: Chart, regimen: Regimen, timing: Timing, now: datetime) -> None:
    meals = MealTimes.objects.filter(pk=chart.patient.id).first()
    schedule = check_timing(timing, zone=chart.patient.zone, meals=meals, now=now)
    ended = end_schedule(chart, regimen, at=now, now=now)
    schedule.id, schedule.regimen = new_id(), regimen
    schedule.version, schedule.holds_from = ended.version + 1, now
    schedule.save(force_insert=True)


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
    watch_supplies(chart, now=now)
    is_treated = Regimen.objects.filter(patient=chart.patient, active=True).exists()
    return now + AGAIN if is_treated else None

"""Doses out of schedules: made ahead, announced once, moved with a traveller, never in the past.

Running it again changes nothing. The caller holds the patient's row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.notices import actions as notices
from backend.notices.actions import Saying
from backend.patients.access import Chart
from backend.patients.revisions import take_revisions
from backend.regimens.models import Dose, Regimen, Schedule
from backend.wire.schedule import Slot

HORIZON = timedelta(hours=72)
BACK = timedelta(days=120)
JOURNEY = timedelta(hours=30)  # no journey moves a dose by more than from +14 to -12


@dataclass(slots=True)
class _Work:
    """What one run finds to do."""

    fresh: list[tuple[Dose, Regimen]] = field(default_factory=list)
    moved: list[Dose] = field(default_factory=list)


def fill(chart: Chart, *, now: datetime) -> None:
    """Make the doses of the next 72 hours, and past ones that are missing; move those to come."""
    work = _Work()
    for schedule in _unfilled(chart, now):
        _fill_one(work, schedule, zone=chart.patient.zone, now=now)
    work.fresh.sort(key=lambda pair: (pair[0].due_at, pair[0].key))
    _keep(chart, work)
    timely = [(d, r) for d, r in work.fresh if d.due_at + r.grace >= now]
    notices.announce_all(chart, [saying(dose, regimen) for dose, regimen in timely])
    notices.move_all(chart, {dose.key: dose.due_at for dose in work.moved})


def saying(dose: Dose, regimen: Regimen) -> Saying:
    """What is told when the dose is due."""
    values = {
        "medicine": regimen.medicine,
        "dose": regimen.dose,
        "instructions": regimen.instructions,
    }
    return Saying(dose.key, dose.due_at, "dose_due", values, regimen.grace)


def _unfilled(chart: Chart, now: datetime) -> Iterable[Schedule]:
    """Schedules in force, and ended ones whose last doses were not made in time."""
    known = Schedule.objects.filter(regimen__patient=chart.patient).select_related("regimen")
    for schedule in known.order_by("regimen_id", "version"):
        until = schedule.holds_until
        if until is None or schedule.filled_until is None or schedule.filled_until < until:
            yield schedule


def _fill_one(work: _Work, schedule: Schedule, *, zone: str, now: datetime) -> None:
    start = _start(schedule, now)
    slots = schedule.slots(zone=zone, start=start, end=now + HORIZON + JOURNEY)
    known = Dose.objects.in_bulk([slot.dose_id for slot in slots])
    for slot in slots:
        dose = known.get(slot.dose_id)
        if dose is None:
            if slot.due_at < now + HORIZON and schedule.holds_at(slot.due_at):
                work.fresh.append((_dose(schedule, slot), schedule.regimen))
        elif dose.due_at > now and dose.is_open and dose.due_at != slot.due_at:
            dose.due_at = slot.due_at
            work.moved.append(dose)
    schedule.filled_until = now + HORIZON
    schedule.save(update_fields=["filled_until"])


def _start(schedule: Schedule, now: datetime) -> datetime:
    if schedule.filled_until is None:
        return now - BACK
    return max(now - BACK, min(schedule.filled_until, now) - JOURNEY)


def _dose(schedule: Schedule, slot: Slot) -> Dose:
    regimen = schedule.regimen
    return Dose(
        id=slot.dose_id,
        patient_id=regimen.patient_id,
        bucket=regimen.bucket,
        regimen=regimen,
        schedule=schedule,
        key=slot.key,
        nominal_local=slot.nominal_local,
        due_at=slot.due_at,
    )


def _keep(chart: Chart, work: _Work) -> None:
    fresh = [dose for dose, _ in work.fresh]
    rows = [*fresh, *work.moved]
    if not rows:
        return
    revisions = take_revisions(chart.patient.id, len(rows))
    for dose, revision in zip(rows, revisions, strict=True):
        dose.revision = revision
    Dose.objects.bulk_create(fresh, batch_size=500)
    Dose.objects.bulk_update(work.moved, ["due_at", "revision"])


def find_unmade(chart: Chart, dose_id: object, *, near: datetime) -> Dose | None:
    """The dose of this id, not yet saved, if one of the patient's schedules names it.

    A phone looks 14 days ahead, the server three; and a phone may go by a schedule that was changed
    behind its back.
    """
    reach = timedelta(days=16)
    known = Schedule.objects.filter(regimen__patient=chart.patient).select_related("regimen")
    for schedule in known.order_by("-version"):
        around = schedule.slots(zone=chart.patient.zone, start=near - reach, end=near + reach)
        for slot in around:
            if slot.dose_id == dose_id:
                return _dose(schedule, slot)
    return None

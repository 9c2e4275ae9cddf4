"""Doses out of schedules: made ahead, announced once, moved with a traveller, never in the past.

Running it again changes nothing. The caller holds the patient's row.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from backend.patients.access import Chart
from backend.patients.revisions import take_revisions
from backend.regimens import telling
from backend.regimens.models import Dose, Regimen, Schedule, Stay
from backend.wire.schedule import Slot

HORIZON = timedelta(hours=72)
BACK = timedelta(days=120)
JOURNEY = timedelta(hours=30)  # no journey moves a dose by more than from +14 to -12


@dataclass(slots=True)
class _Work:
    """What one run finds to do."""

    chart: Chart
    now: datetime
    stays: list[Stay]
    fresh: list[tuple[Dose, Regimen]] = field(default_factory=list)
    moved: list[Dose] = field(default_factory=list)
    known: list[Dose] = field(default_factory=list)

    def is_away_at(self, moment: datetime) -> bool:
        """Whether the patient is in hospital then."""
        return any(stay.covers(moment) for stay in self.stays)


def fill(chart: Chart, *, now: datetime) -> None:
    """Make the doses of the next 72 hours, and past ones that are missing; move those to come."""
    stays = Stay.objects.filter(patient=chart.patient).exclude(ends_at__lt=now - BACK)
    work = _Work(chart, now, list(stays))
    for schedule in _unfilled(chart, now):
        _fill_one(work, schedule)
    work.fresh.sort(key=lambda pair: (pair[0].due_at, pair[0].key))
    _keep(chart, work)
    timely = [(d, r) for d, r in work.fresh if d.is_open and d.due_at + r.grace >= now]
    telling.tell(chart, timely)
    telling.shift(chart, work.moved)
    telling.keep_quiet(chart, [d for d in work.known if d.due_at > now and d.is_open])


def _unfilled(chart: Chart, now: datetime) -> Iterable[Schedule]:
    """Schedules in force, and ended ones whose last doses were not made in time or are to come."""
    known = Schedule.objects.filter(regimen__patient=chart.patient).select_related("regimen")
    for schedule in known.order_by("regimen_id", "version"):
        until = schedule.holds_until
        filled = schedule.filled_until
        if until is None or until > now or filled is None or filled < until:
            yield schedule


def _fill_one(work: _Work, schedule: Schedule) -> None:
    now, start = work.now, _start(schedule, work.now)
    zone = work.chart.patient.zone
    slots = schedule.slots(zone=zone, start=start, end=now + HORIZON + JOURNEY)
    known = {
        dose.id: dose
        for dose in Dose.objects.filter(pk__in=[slot.dose_id for slot in slots]).select_related(
            "regimen"
        )
    }
    work.known += known.values()
    for slot, due_at in _apart(slots, known, schedule, now):
        dose = known.get(slot.dose_id)
        if dose is None:
            if due_at < now + HORIZON and schedule.holds_at(slot.due_at):
                work.fresh.append((_fresh(work, schedule, slot, due_at), schedule.regimen))
        elif dose.due_at > now and dose.is_open and dose.due_at != due_at:
            dose.due_at = due_at
            work.moved.append(dose)
    schedule.filled_until = now + HORIZON
    schedule.save(update_fields=["filled_until"])


def _apart(
    slots: Iterable[Slot], known: dict[UUID, Dose], schedule: Schedule, now: datetime
) -> Iterator[tuple[Slot, datetime]]:
    """Each slot and its moment, which a journey must not bring too close to the dose before."""
    minutes = schedule.regimen.min_gap_minutes
    gap = timedelta(minutes=minutes or 0)
    last = _last_before(schedule.regimen, now) if minutes else None
    for slot in slots:
        dose, due_at = known.get(slot.dose_id), slot.due_at
        is_to_come = (due_at if dose is None else dose.due_at) > now
        if is_to_come and minutes and last is not None:
            due_at = max(due_at, last + gap)
        yield slot, due_at
        if is_to_come and (dose is None or dose.status != Dose.Status.CANCELLED):
            last = due_at if dose is None or dose.is_open else dose.due_at


def _last_before(regimen: Regimen, now: datetime) -> datetime | None:
    past = Dose.objects.filter(regimen=regimen, due_at__lte=now)
    return (
        past.exclude(status=Dose.Status.CANCELLED)
        .order_by("-due_at")
        .values_list("due_at", flat=True)
        .first()
    )


def _fresh(work: _Work, schedule: Schedule, slot: Slot, due_at: datetime) -> Dose:
    dose = dose_of(schedule, slot)
    dose.due_at = due_at
    if work.is_away_at(due_at):
        dose.status, dose.status_at = Dose.Status.CANCELLED, work.now
    return dose


def _start(schedule: Schedule, now: datetime) -> datetime:
    if schedule.filled_until is None:
        return now - BACK
    return max(now - BACK, min(schedule.filled_until, now) - JOURNEY)


def dose_of(schedule: Schedule, slot: Slot) -> Dose:
    """The dose of this slot, not yet saved."""
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
        amount=regimen.amount_for(slot.nominal_local),
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
                return dose_of(schedule, slot)
    return None

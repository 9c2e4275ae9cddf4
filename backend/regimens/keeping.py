"""Steps that several actions share: a schedule's end, a new revision, the next filling."""

from datetime import datetime, timedelta

from backend.agenda.actions import call_up
from backend.patients.access import Chart
from backend.patients.revisions import take_revisions
from backend.regimens import telling
from backend.regimens.filling import fill
from backend.regimens.models import Dose, Regimen, Schedule
from backend.regimens.supplies import watch_supplies

MATERIALISE = "regimens.materialise"
AGAIN = timedelta(hours=12)


def save_change(regimen: Regimen, now: datetime) -> None:
    """Save it under a new revision."""
    (regimen.revision,) = take_revisions(regimen.patient_id)
    regimen.changed_at = now
    regimen.save()


def end_schedule(chart: Chart, regimen: Regimen, *, at: datetime, now: datetime) -> Schedule:
    """Its doses from then on are cancelled and will not be announced."""
    cancelled = list(doses_to_come(regimen, at))
    revisions = take_revisions(chart.patient.id, len(cancelled)) if cancelled else range(0)
    for dose, revision in zip(cancelled, revisions, strict=True):
        dose.status, dose.status_at, dose.revision = Dose.Status.CANCELLED, now, revision
    Dose.objects.bulk_update(cancelled, ["status", "status_at", "revision"])
    telling.hush(chart, cancelled)
    ended = Schedule.objects.get(regimen=regimen, holds_until=None)
    ended.holds_until = at
    ended.save(update_fields=["holds_until"])
    return ended


def doses_to_come(regimen: Regimen, now: datetime) -> list[Dose]:
    """Not yet due, not yet answered, in order."""
    statuses = (Dose.Status.DUE, Dose.Status.SNOOZED)
    found = Dose.objects.filter(regimen=regimen, due_at__gte=now, status__in=statuses)
    return list(found.select_related("regimen").order_by("due_at", "key"))


def fill_and_come_again(chart: Chart, now: datetime) -> None:
    """Doses and supplies as they are now, and again in half a day."""
    fill(chart, now=now)
    watch_supplies(chart, now=now)
    call_up(chart.patient.id, MATERIALISE, due_at=now + AGAIN)

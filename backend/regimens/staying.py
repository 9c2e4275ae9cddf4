"""Stays in hospital: what falls due within one is given there and is not the patient's to take."""

from datetime import datetime, timedelta
from uuid import UUID

from backend.core.problems import Conflict, NotFound, invalid_field
from backend.patients.access import Category, Chart, Deed
from backend.patients.revisions import hold_patient, take_revisions
from backend.regimens import telling
from backend.regimens.filling import BACK, fill
from backend.regimens.keeping import fill_and_come_again
from backend.regimens.models import Dose, Regimen, Stay
from backend.wire.problems import Code

FARTHEST_AHEAD = timedelta(days=366)
OPEN = (Dose.Status.DUE, Dose.Status.SNOOZED)


def begin_stay(
    chart: Chart,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    reason: str = "",
    now: datetime,
) -> Stay:
    """Doses due within it that nobody has answered are cancelled; nothing of them is said.

    It may have begun up to 120 days ago. Raises Invalid, or Conflict with another stay.
    """
    chart.need(Category.MEDICINES, Deed.CHANGE)
    if not now - BACK <= starts_at <= now + FARTHEST_AHEAD:
        raise invalid_field("starts_at", Code.OUT_OF_RANGE, "At most 120 days ago or a year ahead.")
    if ends_at is not None and not starts_at < ends_at <= starts_at + FARTHEST_AHEAD:
        raise invalid_field("ends_at", Code.OUT_OF_RANGE, "It ends after it starts, within a year.")
    hold_patient(chart.patient.id)
    if _crosses_another(chart, starts_at, ends_at):
        raise Conflict("Another stay is noted for this time.")
    fill(chart, now=now)
    stay = Stay.objects.create(
        patient=chart.patient,
        bucket=chart.patient.bucket,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:200],
        noted_at=now,
    )
    _set_status(chart, _within(chart, stay, OPEN), Dose.Status.CANCELLED, now)
    _tell_phone(chart, now)
    return stay


def end_stay(chart: Chart, stay_id: UUID, *, ends_at: datetime, now: datetime) -> Stay:
    """She is back: what is due from then on is hers again. Raises NotFound, Invalid or Conflict."""
    chart.need(Category.MEDICINES, Deed.CHANGE)
    hold_patient(chart.patient.id)
    stay = Stay.objects.filter(pk=stay_id, patient=chart.patient).first()
    if stay is None:
        raise NotFound()
    if stay.ends_at is not None and stay.ends_at <= now:
        raise Conflict("This stay has ended.")
    if not stay.starts_at < ends_at <= now + FARTHEST_AHEAD:
        raise invalid_field("ends_at", Code.OUT_OF_RANGE, "It ends after it starts, within a year.")
    before = [d for d in _within(chart, stay, (Dose.Status.CANCELLED,)) if d.due_at >= ends_at]
    stay.ends_at = ends_at
    stay.save(update_fields=["ends_at"])
    again = [d for d in before if d.regimen.active and d.schedule.holds_at(d.due_at)]
    _set_status(chart, again, Dose.Status.DUE, None)
    _set_status(chart, _within(chart, stay, OPEN), Dose.Status.CANCELLED, now)
    _tell_phone(chart, now)
    return stay


def _crosses_another(chart: Chart, starts_at: datetime, ends_at: datetime | None) -> bool:
    others = Stay.objects.filter(patient=chart.patient).exclude(ends_at__lte=starts_at)
    return others.filter(starts_at__lt=ends_at).exists() if ends_at else others.exists()


def _within(chart: Chart, stay: Stay, statuses: tuple[str, ...]) -> list[Dose]:
    found = Dose.objects.filter(
        patient=chart.patient, status__in=statuses, due_at__gte=stay.starts_at
    )
    if stay.ends_at is not None:
        found = found.filter(due_at__lt=stay.ends_at)
    return list(found.select_related("regimen", "schedule").order_by("due_at", "key"))


def _set_status(chart: Chart, doses: list[Dose], status: str, at: datetime | None) -> None:
    if not doses:
        return
    revisions = take_revisions(chart.patient.id, len(doses))
    for dose, revision in zip(doses, revisions, strict=True):
        dose.status, dose.status_at, dose.revision = status, at, revision
    Dose.objects.bulk_update(doses, ["status", "status_at", "revision"])
    if status == Dose.Status.CANCELLED:
        telling.hush(chart, doses)
    else:
        for dose in doses:
            telling.retell(chart, [dose], dose.regimen)


def _tell_phone(chart: Chart, now: datetime) -> None:
    """Every medicine carries the stays: the phone goes by them past what the server listed."""
    fill_and_come_again(chart, now)
    active = list(Regimen.objects.filter(patient=chart.patient, active=True).order_by("id"))
    if active:
        for regimen, revision in zip(
            active, take_revisions(chart.patient.id, len(active)), strict=True
        ):
            regimen.revision = revision
        Regimen.objects.bulk_update(active, ["revision"])

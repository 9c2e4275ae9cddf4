"""Reading what was dispensed and what pill monitors recorded."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.patients.access import Category, Chart
from backend.regimens.models import Dose
from backend.regimens.monitors import Dispensing, MonitorEvent
from backend.regimens.queries import adherence_of
from backend.science.adherence import Adherence


def dispensings_of(chart: Chart) -> list[Dispensing]:
    """All fills known of, by their day."""
    chart.need(Category.MEDICINES)
    found = Dispensing.objects.filter(patient=chart.patient)
    return list(found.order_by("dispensed_on", "medicine", "nth", "id"))


def monitor_events_of(chart: Chart, *, start: datetime, end: datetime) -> list[MonitorEvent]:
    """Openings and reports of none in [start, end), in order."""
    chart.need(Category.MEDICINES)
    found = MonitorEvent.objects.filter(patient=chart.patient, at__gte=start, at__lt=end)
    return list(found.order_by("at", "monitor", "kind"))


class DueDose(NamedTuple):
    """A dose that was due by a schedule, with its medicine; `active`: it is still prescribed."""

    regimen: UUID
    medicine: str
    active: bool
    nominal_local: str
    due_at: datetime
    status: str
    status_at: datetime | None


def due_doses(chart: Chart, *, start: datetime, end: datetime) -> list[DueDose]:
    """Doses due in [start, end), a medicine's together and in order; as columns, not as rows.

    What was cancelled, as in a stay in hospital, was never due; what is taken as needed neither.
    """
    chart.need(Category.MEDICINES)
    found = Dose.objects.filter(patient=chart.patient, due_at__gte=start, due_at__lt=end)
    told = found.exclude(status=Dose.Status.CANCELLED).exclude(key__startswith=Dose.AS_NEEDED)
    columns = told.order_by("regimen_id", "due_at", "key").values_list(
        "regimen_id",
        "regimen__medicine",
        "regimen__active",
        "nominal_local",
        "due_at",
        "status",
        "status_at",
    )
    return [DueDose(*row) for row in columns]


def last_monitor_event(chart: Chart, *, before: datetime) -> datetime | None:
    """When a pill monitor last recorded anything."""
    chart.need(Category.MEDICINES)
    found = MonitorEvent.objects.filter(patient=chart.patient, at__lt=before)
    return found.order_by("-at").values_list("at", flat=True).first()


def adherence_by_regimen(
    chart: Chart, *, start: datetime, end: datetime, now: datetime
) -> dict[UUID, Adherence]:
    """PDC, taking and timing of each medicine due in [start, end) and by now; no thin ones."""
    chart.need(Category.MEDICINES)
    found = Dose.objects.filter(patient=chart.patient, due_at__gte=start, due_at__lt=min(end, now))
    told = found.exclude(status=Dose.Status.CANCELLED).exclude(key__startswith=Dose.AS_NEEDED)
    zone = ZoneInfo(chart.patient.zone)
    by_regimen: dict[UUID, list[Dose]] = {}
    for dose in told.order_by("due_at", "key"):
        by_regimen.setdefault(dose.regimen_id, []).append(dose)
    judged = {id_: adherence_of(doses, zone) for id_, doses in by_regimen.items()}
    return {id_: one for id_, one in judged.items() if isinstance(one, Adherence)}

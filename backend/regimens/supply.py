"""Reading what was dispensed and what pill monitors recorded."""

from datetime import datetime

from backend.patients.access import Category, Chart
from backend.regimens.monitors import Dispensing, MonitorEvent


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

"""When something may be said: outside of the patient's quiet hours, in her zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.patients.models import Patient


def after_quiet(patient: Patient, moment: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in."""
    zone = ZoneInfo(patient.zone)
    local = moment.astimezone(zone)
    if not patient.is_quiet_at(local.time()):
        return moment
    end = datetime.combine(local.date(), patient.quiet_until, zone)
    if end.time() <= local.time():
        end = datetime.combine(local.date() + timedelta(days=1), patient.quiet_until, zone)
    return end

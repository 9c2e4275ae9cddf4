"""When something may be said: decision points and the end of quiet hours, in the patient's zone."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from backend.patients.models import Patient
from backend.patients.quiet import after_quiet

MORNING: Final = time(9)
ONE_DAY: Final = timedelta(days=1)
OPEN_FOR: Final = timedelta(hours=2)  # a decision made later than this is no morning's any more


def morning_of(patient: Patient, day: date) -> datetime:
    """The morning's decision point: nine, or where quiet hours end later, then."""
    zone = ZoneInfo(patient.zone)
    return after_quiet(patient, datetime.combine(day, MORNING, zone))


def next_morning(patient: Patient, *, now: datetime) -> datetime:
    """The next decision point after now."""
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    mornings = (morning_of(patient, today + n * ONE_DAY) for n in range(-1, 3))
    return next(morning for morning in mornings if morning > now)


def open_morning(patient: Patient, *, now: datetime) -> datetime | None:
    """The decision point that may be decided now, if there is one."""
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    mornings = (morning_of(patient, today + n * ONE_DAY) for n in (-1, 0))
    return next((m for m in mornings if m <= now < m + OPEN_FOR), None)

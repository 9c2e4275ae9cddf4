"""When something may be said: decision points and the end of quiet hours, in the patient's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from backend.patients.access import Chart
from backend.patients.models import Patient
from backend.patients.quiet import after_quiet
from backend.regimens.queries import doses_between

MORNING: Final = time(9)
ONE_DAY: Final = timedelta(days=1)
OPEN_FOR: Final = timedelta(hours=2)  # a decision made later than this is no morning's any more
BEFORE_DOSE: Final = timedelta(minutes=30)  # the dose's own reminder comes when it is due
LATEST: Final = timedelta(minutes=10)  # before the dose; later the two would come as one
AHEAD: Final = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Point:
    """A decision point: its name, unique for the patient, and whether a dose is near."""

    name: str
    at: datetime
    at_dose: bool = False


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


def next_point(chart: Chart, *, now: datetime) -> datetime:
    """The next decision point of any kind after now."""
    ahead = [point.at for point in _dose_points(chart, now, now + AHEAD) if point.at > now]
    return min([next_morning(chart.patient, now=now), *ahead])


def open_point(chart: Chart, *, now: datetime) -> Point | None:
    """The point that may be decided now: that of a dose goes before that of the morning."""
    for point in _dose_points(chart, now, now + BEFORE_DOSE):
        if point.at <= now <= point.at + BEFORE_DOSE - LATEST:
            return point
    morning = open_morning(chart.patient, now=now)
    return Point(f"{morning:%Y-%m-%d} morning", morning) if morning else None


def _dose_points(chart: Chart, start: datetime, end: datetime) -> list[Point]:
    """One for each moment at which doses are due in [start, end] that nobody has answered for."""
    zone = ZoneInfo(chart.patient.zone)
    due = doses_between(chart, start=start, end=end + timedelta(seconds=1))
    moments = sorted({dose.due_at for dose in due if dose.status == "due"})
    return [
        Point(f"{moment.astimezone(zone):%Y-%m-%d dose %H:%M%z}", moment - BEFORE_DOSE, True)
        for moment in moments
    ]

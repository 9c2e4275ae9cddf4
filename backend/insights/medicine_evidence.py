"""What the methods about single medicines look at; see evidence.py for the windows."""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from backend.insights.evidence import OUTCOMES, Column, Evidence
from backend.insights.reading import ONE_DAY, doses_of, midnight
from backend.patients.access import Chart
from backend.regimens import queries as regimens
from backend.regimens import supply
from backend.regimens.monitors import MonitorEvent
from backend.regimens.supply import DueDose

MEDICINE_DAYS: Final = 365
LONG_ENDED: Final = timedelta(days=90)  # a medicine that ended earlier is of no interest any more
MONITOR_DAYS: Final = 90
DAY_MINUTES: Final = 1440


def gather_medicines(chart: Chart, *, now: datetime) -> Evidence:
    """Each due dose of a year, medicine by medicine, and what became of it."""
    zone = ZoneInfo(chart.patient.zone)
    last = now.astimezone(zone).date() - ONE_DAY
    first = last - timedelta(days=MEDICINE_DAYS - 1)
    start, end = midnight(first, zone), midnight(last + ONE_DAY, zone)
    found = [
        list(doses)
        for _, doses in groupby(
            doses_of(chart, start=start, end=end), key=lambda dose: dose.regimen
        )
    ]
    held = [one for one in found if one[-1].active or end - one[-1].due_at < LONG_ENDED]
    doses = [dose for one in held for dose in one]
    columns: dict[str, Column] = {
        "names": np.array([one[0].medicine for one in held], np.str_),
        "active": np.array([one[0].active for one in held], np.bool_),
        "medicines": np.repeat(np.arange(len(held)), [len(one) for one in held]).astype(np.int64),
        "days": np.array([_local_day(dose, zone) for dose in doses], np.int64),
        "outcomes": np.array([OUTCOMES[dose.status] for dose in doses], np.int64),
        "minutes_off": np.array([_minutes_off(dose) for dose in doses], np.float64),
        "minutes_to_next": np.array([m for one in held for m in _to_next(one)], np.float64),
        "away": _days_away(chart, first, last, zone) if doses else np.array([], np.int64),
        "window": np.array([last.toordinal()] if doses else [], np.int64),
    }
    return Evidence(columns, zone, first, last)


def gather_fills(chart: Chart, *, now: datetime) -> Evidence:
    """What was dispensed, as far as the last import knows it; a year."""
    zone = ZoneInfo(chart.patient.zone)
    yesterday = now.astimezone(zone).date() - ONE_DAY
    fills = supply.dispensings_of(chart)
    known = max((fill.imported_at.astimezone(zone).date() for fill in fills), default=yesterday)
    last = min(yesterday, known)
    first = last - timedelta(days=MEDICINE_DAYS - 1)
    names = sorted({fill.medicine for fill in fills})
    columns: dict[str, Column] = {
        "names": np.array(names, np.str_),
        "medicines": np.array([names.index(fill.medicine) for fill in fills], np.int64),
        "days": np.array([fill.dispensed_on.toordinal() for fill in fills], np.int64),
        "supply_days": np.array([fill.days for fill in fills], np.float64),
        "away": _days_away(chart, first, last, zone) if fills else np.array([], np.int64),
        "window": np.array([last.toordinal()] if fills else [], np.int64),
    }
    return Evidence(columns, zone, first, last)


def gather_openings(chart: Chart, *, now: datetime) -> Evidence:
    """Openings of pill monitors in the last months that have any, and what was due meanwhile."""
    zone = ZoneInfo(chart.patient.zone)
    today = midnight(now.astimezone(zone).date(), zone)
    newest = supply.last_monitor_event(chart, before=today)
    last = (newest or today - ONE_DAY).astimezone(zone).date()
    first = last - timedelta(days=MONITOR_DAYS - 1)
    start, end = midnight(first, zone), midnight(last + ONE_DAY, zone)
    events = supply.monitor_events_of(chart, start=start, end=end) if newest else []
    names = sorted({(event.monitor, event.medicine) for event in events})
    due = doses_of(chart, start=start, end=end) if events else []
    columns: dict[str, Column] = {
        "names": np.array([f"{medicine or monitor}" for monitor, medicine in names], np.str_),
        "a_day": np.array([_doses_a_day(due, medicine, zone) for _, medicine in names], np.int64),
        "monitors": np.array([names.index((e.monitor, e.medicine)) for e in events], np.int64),
        "minutes": np.array([_local_minute(event, zone) for event in events], np.float64),
        "opened": np.array([event.kind == MonitorEvent.Kind.OPENED for event in events], np.bool_),
        "away": _days_away(chart, first, last, zone) if events else np.array([], np.int64),
    }
    return Evidence(columns, zone, first, last)


def _days_away(chart: Chart, first: date, last: date, zone: ZoneInfo) -> Column:
    """Every day of the window that a stay in hospital touches."""
    found: set[int] = set()
    for stay in regimens.stays(chart):
        begins = max(first, stay.starts_at.astimezone(zone).date()).toordinal()
        ends = last if stay.ends_at is None else min(last, stay.ends_at.astimezone(zone).date())
        found.update(range(begins, ends.toordinal() + 1))
    return np.array(sorted(found), np.int64)


def _local_day(dose: DueDose, zone: ZoneInfo) -> int:
    """The day of the schedule's own clock, so that a journey moves no dose."""
    if dose.nominal_local.endswith("Z"):
        return dose.due_at.astimezone(zone).date().toordinal()
    return datetime.fromisoformat(dose.nominal_local).date().toordinal()


def _minutes_off(dose: DueDose) -> float:
    if dose.status != "taken" or dose.status_at is None:
        return np.nan
    return (dose.status_at - dose.due_at).total_seconds() / 60


def _to_next(doses: list[DueDose]) -> list[float]:
    """Minutes until the next was due; nobody knows it of the last one."""
    due = [dose.due_at.timestamp() / 60 for dose in doses]
    return [*(after - at for at, after in zip(due[:-1], due[1:], strict=True)), np.nan]


def _local_minute(event: MonitorEvent, zone: ZoneInfo) -> float:
    wall = event.at.astimezone(zone)
    minute = wall.hour * 60 + wall.minute + wall.second / 60
    return wall.date().toordinal() * DAY_MINUTES + minute


def _doses_a_day(due: list[DueDose], medicine: str, zone: ZoneInfo) -> int:
    """As many as the plan of that name has on most of its days; 0 if there is no such plan."""
    name = medicine.strip().casefold()
    days = [_local_day(dose, zone) for dose in due if name and name in dose.medicine.casefold()]
    if not days:
        return 0
    counts = np.unique(np.array(days), return_counts=True)[1]
    return int(np.bincount(counts).argmax())

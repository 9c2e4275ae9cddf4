"""Pill monitors: eCAP, MEMS, AdhereTech, SimpleMed, PatchCap, CleverCap.

Each reader knows its table by its columns and says of every row what it is. Times with an offset,
or in UTC, win over local ones beside them; where the two disagree, the report counts it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from backend.regimens.importers.sheets import BadCell, Cell, Event, Line, Reading, Sheet
from backend.regimens.importers.times import clock, is_day_first, local, moment, placed

DISAGREE: Final = timedelta(minutes=1)
MONTH_FIRST: Final = "dates may be day or month first: month first taken, as the maker writes them"
TWO_TIMES: Final = "the file's two times of one row disagree"
SECOND_UNREADABLE: Final = "the second time of a row cannot be read"


@dataclass(frozen=True, slots=True)
class Maker:
    """How a table is told, and how a row of it is read."""

    columns: tuple[str, ...]
    read: Callable[[Sheet, Reading], Iterator[Line]]


KNOWN_ZONES: Final = frozenset(available_timezones())


def _each(sheet: Sheet, read: Callable[[list[Cell]], Line], *, first: str = "") -> Iterator[Line]:
    """Every row that is not blank, its bad cell caught; `first` is noted on the first one."""
    noted = (first,) if first else ()
    for number, row in enumerate(sheet.rows, sheet.first):
        if not any(str(cell).strip() for cell in row):
            continue
        try:
            line = replace(read(row), number=number)
        except BadCell as bad:
            line = Line(number, bad=bad)
        yield replace(line, notes=(*line.notes, *noted))
        noted = ()


def _event(at: datetime, monitor: str, medicine: str, *, opened: bool = True) -> Line:
    if not monitor:
        raise BadCell("monitor", "is not named in the file; name it")
    return Line(0, Event(at.astimezone(UTC), monitor[:80], medicine[:200], opened))


def _order(sheet: Sheet, column: str) -> tuple[bool, str]:
    """Whether the day stands first, and what is to be noted if nobody can tell."""
    found = is_day_first(sheet.cell(row, column) for row in sheet.rows)
    numbered = any("/" in str(sheet.cell(row, column)) for row in sheet.rows)
    return bool(found), MONTH_FIRST if found is None and numbered else ""


def read_ecap(sheet: Sheet, reading: Reading) -> Iterator[Line]:
    """Information Mediary's eCAP: what names the package may stand in its first row alone."""
    names = [n for n in ("package id", "ecm id", "kit id") if sheet.has(n)]
    package = reading.monitor

    def read(row: list[Cell]) -> Line:
        nonlocal package
        named = next((t for n in names if (t := sheet.text(row, n)) not in ("", "--")), "")
        package = reading.monitor or named or package
        at = moment(sheet.cell(row, "dose timestamp"), "Dose Timestamp")
        line = _event(at, package, reading.medicine)
        return replace(line, notes=_second_opinion(sheet, row, at))

    return _each(sheet, read)


def _second_opinion(sheet: Sheet, row: list[Cell], at: datetime) -> tuple[str, ...]:
    if sheet.text(row, "dose timestamp utc") in ("", "--"):
        return ()
    try:
        other = moment(sheet.cell(row, "dose timestamp utc"), "Dose Timestamp UTC")
    except BadCell:
        return (SECOND_UNREADABLE,)
    return () if abs(other - at) < DISAGREE else (TWO_TIMES,)


def read_mems(sheet: Sheet, reading: Reading) -> Iterator[Line]:
    """AARDEX MEMS: local times; a missing day stands at its midnight."""
    day_first, note = _order(sheet, "date")

    def read(row: list[Cell]) -> Line:
        at = placed(local(sheet.cell(row, "date"), "Date", day_first=day_first), reading.zone)
        monitor = reading.monitor or sheet.text(row, "label") or "mems"
        missing = sheet.text(row, "intakestatusdisplayresource").lower() == "missing day"
        return _event(at, monitor, reading.medicine, opened=not missing)

    return _each(sheet, read, first=note)


def read_adheretech(sheet: Sheet, reading: Reading) -> Iterator[Line]:
    """AdhereTech: a row a due dose; a missed one stands at its deadline."""
    day_first, note = _order(sheet, "dose_date_utc")

    def read(row: list[Cell]) -> Line:
        status = sheet.text(row, "status").upper()
        monitor = reading.monitor or sheet.text(row, "device_uid")
        medicine = reading.medicine or sheet.text(row, "medication")
        if status in ("PAUSED", "PENDING"):
            return Line(0, passed_over=f"status {status.lower()}")
        if status == "MISSED":
            day = local(sheet.cell(row, "dose_date_utc"), "Dose_Date_UTC", day_first=day_first)
            due = clock(sheet.cell(row, "deadline_utc"), "Deadline_UTC")
            return _event(datetime.combine(day, due, UTC), monitor, medicine, opened=False)
        if status not in ("ONTIME", "LATE", "EARLY"):
            raise BadCell("Status", "is not a known status")
        cell = sheet.cell(row, "time_recorded_utc")
        at = local(cell, "Time_Recorded_UTC", day_first=day_first).replace(tzinfo=UTC)
        line = _event(at, monitor, medicine)
        return replace(line, notes=_by_patients_clock(sheet, row, at, day_first))

    return _each(sheet, read, first=note)


def _by_patients_clock(
    sheet: Sheet, row: list[Cell], at: datetime, day_first: bool
) -> tuple[str, ...]:
    zone, column = sheet.text(row, "patient_timezone"), "time_recorded_patient_timezone"
    if zone not in KNOWN_ZONES or not sheet.has(column):
        return ()
    try:
        other = local(sheet.cell(row, column), column, day_first=day_first)
    except BadCell:
        return (SECOND_UNREADABLE,)
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return () if abs(wall - other) < DISAGREE else (TWO_TIMES,)


SIMPLEMED: Final = {"pill was taken": True, "pill was not taken": False}


def read_simplemed(sheet: Sheet, reading: Reading) -> Iterator[Line]:
    """Vaica SimpleMed: a log of all that the box did, in local time."""
    day_first, note = _order(sheet, "create time")

    def read(row: list[Cell]) -> Line:
        told = sheet.text(row, "event type").lower()
        if told not in SIMPLEMED:
            return Line(0, passed_over=f"event {told}" if told else "no event type")
        wall = local(sheet.cell(row, "create time"), "Create Time", day_first=day_first)
        monitor = reading.monitor or sheet.text(row, "device sn")
        return _event(placed(wall, reading.zone), monitor, reading.medicine, opened=SIMPLEMED[told])

    return _each(sheet, read, first=note)


def read_patchcap(sheet: Sheet, reading: Reading) -> Iterator[Line]:
    """PatchCap: 1 when opened, 0 when closed again."""

    def read(row: list[Cell]) -> Line:
        at = moment(sheet.cell(row, "measurement time"), "Measurement Time")
        value = sheet.text(row, "primary value")
        if value not in ("0", "1"):
            raise BadCell("Primary Value", "is neither 0 nor 1")
        if value == "0":
            return Line(0, passed_over="closed again")
        return _event(at, reading.monitor or "patchcap", reading.medicine)

    return _each(sheet, read)


CLEVERCAP: Final = {"taken": True, "off schedule dose": True, "missed": False}


def read_clevercap(sheet: Sheet, reading: Reading) -> Iterator[Line]:
    """Compliance Meds' CleverCap: local times."""
    day_first, note = _order(sheet, "datestamp")

    def read(row: list[Cell]) -> Line:
        told = sheet.text(row, "eventtype").lower()
        if told not in CLEVERCAP:
            return Line(0, passed_over=f"event {told}" if told else "no event type")
        wall = local(sheet.cell(row, "datestamp"), "DateStamp", day_first=day_first)
        monitor = reading.monitor or sheet.text(row, "cleverkey")
        medicine = reading.medicine or sheet.text(row, "medication")
        return _event(placed(wall, reading.zone), monitor, medicine, opened=CLEVERCAP[told])

    return _each(sheet, read, first=note)


MAKERS: Final = {
    "ecap": Maker(("dose timestamp",), read_ecap),
    "mems": Maker(("date", "intakestatusdisplayresource"), read_mems),
    "adheretech": Maker(
        ("device_uid", "status", "time_recorded_utc", "dose_date_utc", "deadline_utc"),
        read_adheretech,
    ),
    "simplemed": Maker(("event type", "device sn", "create time"), read_simplemed),
    "patchcap": Maker(("measurement time", "primary value"), read_patchcap),
    "clevercap": Maker(("datestamp", "eventtype", "cleverkey"), read_clevercap),
}

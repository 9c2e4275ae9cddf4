"""Dispensings as csv tables have them: this project's columns, or AdhereR's, or a pharmacy's."""

import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from backend.regimens.importers.sheets import (
    BadCell,
    Cell,
    Fill,
    Line,
    Reading,
    Sheet,
    Unreadable,
)
from backend.regimens.importers.times import is_day_first, local

NAMES: Final = {
    "patient": ("patient", "patient_id", "id"),
    "date": ("date", "date.disp", "dispensed_on", "fill_date"),
    "medicine": ("medicine", "category", "atc.code", "drug"),
    "days": ("days", "duration", "days_supply"),
    "daily_dose": ("daily_dose", "perday", "daily.dose"),
    "total_dose": ("total_dose", "total.dose"),
}
MOST_DAYS: Final = 1000.0
MONTH_OR_DAY: Final = "dates may be day or month first: month first taken"


def recognises(sheet: Sheet) -> bool:
    """A date, a medicine, and how long the supply lasts or can be reckoned to last."""
    known = {role for role in NAMES if _column(sheet, role)}
    return {"date", "medicine"} <= known and (
        "days" in known or {"total_dose", "daily_dose"} <= known
    )


def read_fills(sheet: Sheet, reading: Reading) -> Iterator[Line]:
    """Every row that is not blank; of one person, if the file has several. Raises Unreadable."""
    person, column = _person(sheet, reading), _column(sheet, "patient")
    when = _column(sheet, "date") or "date"
    day_first = is_day_first(sheet.cell(row, when) for row in sheet.rows)
    guessed = day_first is None and any("/" in sheet.text(row, when) for row in sheet.rows)
    noted = (MONTH_OR_DAY,) if guessed else ()
    for number, row in enumerate(sheet.rows, sheet.first):
        if not any(str(cell).strip() for cell in row):
            continue
        if column and sheet.text(row, column) != person:
            yield Line(number, passed_over="of another person", notes=noted)
        else:
            yield _line(sheet, row, number, bool(day_first), noted)
        noted = ()


def _person(sheet: Sheet, reading: Reading) -> str:
    column = _column(sheet, "patient")
    if not column:
        return ""
    people = {sheet.text(row, column) for row in sheet.rows if any(map(str, row))}
    if reading.person is not None:
        if reading.person not in people:
            raise Unreadable("The file has nobody of that name.")
        return reading.person
    if len(people) > 1:
        raise Unreadable(f"The file is of {len(people)} people: say whose rows are meant.")
    return next(iter(people), "")


def _line(
    sheet: Sheet, row: list[Cell], number: int, day_first: bool, noted: tuple[str, ...]
) -> Line:
    try:
        return Line(number, _fill(sheet, row, day_first), notes=noted)
    except BadCell as bad:
        return Line(number, bad=bad, notes=noted)


def _fill(sheet: Sheet, row: list[Cell], day_first: bool) -> Fill:
    medicine = sheet.text(row, _column(sheet, "medicine") or "medicine")
    if not medicine:
        raise BadCell("medicine", "is empty")
    on = _day(sheet.cell(row, _column(sheet, "date") or "date"), day_first)
    dose = _number(sheet, row, "daily_dose")
    days = _number(sheet, row, "days")
    if days is None:
        total = _number(sheet, row, "total_dose")
        days = total / dose if total and dose else None
    if days is None:
        raise BadCell("days", "is empty")
    if days > MOST_DAYS:
        raise BadCell("days", f"is more than {MOST_DAYS:g}")
    return Fill(on, medicine[:200], days, dose)


def _column(sheet: Sheet, role: str) -> str | None:
    return next((name for name in NAMES[role] if sheet.has(name)), None)


def _day(cell: Cell, day_first: bool) -> date:
    if isinstance(cell, date):
        return cell.date() if isinstance(cell, datetime) else cell
    try:
        return date.fromisoformat(str(cell).strip())
    except ValueError:
        return local(cell, "date", day_first=day_first).date()


def _number(sheet: Sheet, row: list[Cell], role: str) -> float | None:
    column = _column(sheet, role)
    text = sheet.text(row, column) if column else ""
    if text in ("", "NA"):
        return None
    try:
        value = float(text)
    except ValueError:
        raise BadCell(role, "is not a number") from None
    if not 0 < value < math.inf:
        raise BadCell(role, "is not above 0")
    return value

"""Rows of a csv, xlsx or xls file, and what every reader of them yields."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from zipfile import BadZipFile, ZipFile
from zoneinfo import ZoneInfo

from python_calamine import CalamineError, CalamineWorkbook

HEADER_WITHIN = 5  # rows
SEPARATORS = ",;\t"
MOST_UNPACKED = 256 << 20  # bytes: an xlsx is a zip, and a zip may be a bomb

Cell = str | datetime | date | time


class Unreadable(ValueError):
    """The file as a whole cannot be imported; the text says why in plain words."""


class BadCell(ValueError):
    """A row cannot be used for what stands in one of its fields."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(f"{column} {why}")
        self.column, self.why = column, why


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read what a file leaves open."""

    zone: ZoneInfo
    medicine: str = ""
    monitor: str = ""
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """A dispensing."""

    dispensed_on: date
    medicine: str
    days: float
    daily_dose: float | None


@dataclass(frozen=True, slots=True)
class Event:
    """An opening, or that there was none when there should have been."""

    at: datetime
    monitor: str
    medicine: str
    opened: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """What one row of the file says: something to store, nothing to store, or a bad field."""

    number: int  # in the file, from 1, header rows counted
    says: Fill | Event | None = None
    passed_over: str = ""
    bad: BadCell | None = None
    notes: tuple[str, ...] = ()

    def refused(self, column: str, why: str) -> "Line":
        """The same row, not to be used."""
        return Line(self.number, bad=BadCell(column, why), notes=self.notes)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its columns by name in small letters, and the rows under the header."""

    columns: Mapping[str, int]
    first: int  # number of the first row under the header
    rows: list[list[Cell]] = field(repr=False)

    def has(self, *names: str) -> bool:
        """Whether all these columns are there."""
        return all(name in self.columns for name in names)

    def cell(self, row: list[Cell], name: str) -> Cell:
        """The cell under that name; empty if the row is short."""
        at = self.columns[name]
        return row[at] if at < len(row) else ""

    def text(self, row: list[Cell], name: str) -> str:
        """The same as text; empty where the table has no such column."""
        return str(self.cell(row, name)).strip() if name in self.columns else ""


def read_rows(path: Path) -> list[list[Cell]]:
    """All rows of the file's first sheet; raises Unreadable."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from None
    if not raw.strip():
        raise Unreadable(f"{path.name} is empty.")
    if raw[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return _workbook(path, raw)
    return _table(path, raw)


def _workbook(path: Path, raw: bytes) -> list[list[Cell]]:
    try:
        if raw[:2] == b"PK" and _unpacked(raw) > MOST_UNPACKED:
            raise Unreadable(f"{path.name} is too large when unpacked.")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, BadZipFile, IndexError):
        raise Unreadable(f"{path.name} is not a workbook that can be read.") from None
    return [[_plain(cell) for cell in row] for row in rows]


def _unpacked(raw: bytes) -> int:
    return sum(part.file_size for part in ZipFile(io.BytesIO(raw)).infolist())


def _plain(cell: object) -> Cell:
    if isinstance(cell, datetime | date | time):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a spreadsheet knows no whole numbers
    return str(cell)


def _table(path: Path, raw: bytes) -> list[list[Cell]]:
    try:
        text = raw.decode("utf-8-sig")
        head = text.splitlines()[:HEADER_WITHIN]
        separator = max(SEPARATORS, key=lambda mark: sum(line.count(mark) for line in head))
        return [list(row) for row in csv.reader(io.StringIO(text), delimiter=separator)]
    except UnicodeDecodeError:
        raise Unreadable(f"{path.name} is not UTF-8 text.") from None
    except csv.Error:
        raise Unreadable(f"{path.name} is not a csv table.") from None


def sheets_of(rows: list[list[Cell]]) -> list[Sheet]:
    """The table as it is, for each of the first rows that may be its header."""
    found = []
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        names = [str(cell).strip().lower() for cell in row]
        columns = {name: n for n, name in reversed(list(enumerate(names))) if name}
        found.append(Sheet(columns, at + 2, rows[at + 1 :]))
    return found

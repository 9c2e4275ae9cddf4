"""Read a wearable's csv export that the patient picks on the phone.

Columns are found by their header, so the same reader takes Dexcom Clarity, FreeStyle Libre, the
`id,time,gl` files of CGM research and any plain `time,heart_rate` table. The server's own
importers know many more formats; this one is what a phone needs. Times without an offset are the
patient's local time.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

HEADER_WITHIN_LINES = 20
TIME_WORDS = ("device timestamp", "timestamp", "time", "date_time", "datetime", "date")
PERSON_WORDS = ("id", "subject", "subject_id", "patient")
# header word, kind, unit; the first match in this order names the column
VALUE_WORDS = (
    ("historic glucose mg/dl", "glucose", "mg/dL"),
    ("historic glucose mmol/l", "glucose", "mmol/L"),
    ("glucose value (mg/dl)", "glucose", "mg/dL"),
    ("glucose value (mmol/l)", "glucose", "mmol/L"),
    ("glucose_value_mg_dl", "glucose", "mg/dL"),
    ("mg_dl", "glucose", "mg/dL"),
    ("mmol_l", "glucose", "mmol/L"),
    ("gl", "glucose", "mg/dL"),
    ("glucose", "glucose", "mg/dL"),
    ("heart_rate", "heart_rate", "/min"),
    ("heart rate", "heart_rate", "/min"),
    ("bpm", "heart_rate", "/min"),
    ("hr", "heart_rate", "/min"),
    ("steps", "steps", "{steps}"),
)
TIME_FORMS = (
    "%m/%d/%y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m-%d-%Y %I:%M %p",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M",
)
NOT_MEASURED = {"", "na", "nan", "null", "-"}


class Unreadable(ValueError):
    """The file as a whole cannot be read; the text says why in plain words."""


@dataclass
class Reading:
    """What a file held: sorted instants and values of one kind, and what was left aside, by
    reason.
    """

    kind: str
    unit: str
    source: str
    instants_ms: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    left_aside: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Columns:
    time: int
    value: int
    kind: str
    unit: str
    person: int | None
    event_type: int | None


def read_export(path: Path, *, zone: ZoneInfo) -> Reading:
    """The samples of one person in a csv export; raises Unreadable or OSError."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rows = csv.reader(lines)
        columns = _find_columns(rows)
        reading = Reading(columns.kind, columns.unit, f"file:{_source(path)}")
        person = None
        for row in rows:
            if columns.person is not None and columns.person < len(row):
                person = person or row[columns.person]
                if row[columns.person] != person:
                    reading.left_aside["another person"] += 1
                    continue
            _take_row(reading, row, columns, zone)
    if not reading.values:
        raise Unreadable("No measurements were found in this file.")
    return reading


def _source(path: Path) -> str:
    name = path.stem.lower().replace(" ", "-")
    return "".join(letter for letter in name if letter.isalnum() or letter in "-_")[:40]


def _find_columns(rows: Iterator[list[str]]) -> _Columns:
    for _, row in zip(range(HEADER_WITHIN_LINES), rows, strict=False):
        names = [cell.strip().lower() for cell in row]
        time = _first(names, TIME_WORDS)
        if time is None:
            time = _starting(names, "timestamp (")
        value = next(((w, k, u) for w, k, u in VALUE_WORDS if w in names), None)
        if time is not None and value is not None:
            word, kind, unit = value
            return _Columns(
                time, names.index(word), kind, unit,
                _first(names, PERSON_WORDS), _first(names, ("event type",)),
            )  # fmt: skip
    raise Unreadable("This file has no header that the app knows.")


def _first(names: list[str], wanted: Iterable[str]) -> int | None:
    return next((names.index(word) for word in wanted if word in names), None)


def _starting(names: list[str], start: str) -> int | None:
    return next((i for i, name in enumerate(names) if name.startswith(start)), None)


def _take_row(reading: Reading, row: list[str], columns: _Columns, zone: ZoneInfo) -> None:
    if max(columns.time, columns.value) >= len(row):
        reading.left_aside["short row"] += 1
        return
    if columns.event_type is not None and row[columns.event_type].strip().lower() != "egv":
        reading.left_aside["not a measurement"] += 1
        return
    value = _number(row[columns.value])
    if isinstance(value, str):
        reading.left_aside[value] += 1
        return
    instant = _instant(row[columns.time].strip(), zone)
    if instant is None:
        reading.left_aside["time not readable"] += 1
        return
    reading.instants_ms.append(round(instant.timestamp() * 1000))
    reading.values.append(value)


def _number(text: str) -> float | str:
    """The value, or the reason for leaving it aside; Dexcom writes "Low" and "High" beyond its
    range.
    """
    if text.strip().lower() in NOT_MEASURED:
        return "no value"
    try:
        value = float(text)
    except ValueError:
        return "not a number"
    return value if math.isfinite(value) else "not a number"


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    for form in (None, *TIME_FORMS):
        try:
            found = _parsed(text, form)
        except ValueError:
            continue
        # What carries no offset is the wearer's own local time.
        return found if found.tzinfo else found.replace(tzinfo=zone)
    return None


def _parsed(text: str, form: str | None) -> datetime:
    if form is None:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, form)  # noqa: DTZ007

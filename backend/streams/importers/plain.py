"""Any csv table with a column of times and columns named after what they measure.

`time,glucose`, `timestamp,heart_rate (bpm)`, `id,time,gl`: a unit stands in brackets behind the
name, else the column is in the kind's own unit. Long tables `time,kind,value,unit` are read too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backend.streams.importers.reading import (
    Export,
    Options,
    Row,
    Sample,
    head_rows,
    number,
    slug,
)
from backend.streams.importers.tables import find_table, puts_day_first
from backend.streams.importers.times import Times
from backend.wire.measures import MEASURES, UnknownUnit, linear

NO_HEADER = "No header with a time and a known measure was found."
TIMES = ("time", "timestamp", "datetime", "date_time", "date", "start")
PEOPLE = ("id", "person", "subject", "subject_id", "patient")
# kind: other names of its column, blanks written as _
ALIASES = {
    "glucose": "gl bg mg_dl glucose_value glucose_mg_dl glucose_value_mg_dl",
    "heart_rate": "hr bpm heart_rate pulse",
    "body_weight": "weight",
    "body_temperature": "temperature",
    "systolic": "sbp",
    "diastolic": "dbp",
    "rr_interval": "rr_ms",
    "steps": "step_count",
    "carbohydrate": "carbs",
}
KINDS = {alias: kind for kind, names in ALIASES.items() for alias in names.split()}
OTHER_UNITS = {"mmol_l": ("glucose", "mmol/L"), "glucose_mmol_l": ("glucose", "mmol/L")}
NAMED = re.compile(r"(.*?)\s*[(\[](.+)[)\]]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values."""

    place: int
    kind: str
    unit: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand; a long table has `kind`, `value` and perhaps `unit` columns instead."""

    time: int
    person: int | None
    columns: tuple[Column, ...]
    long: tuple[int, int, int | None] | None = None


def recognises(export: Export) -> bool:
    """Whether one of the first lines names a time and a measure."""
    return any(layout_of(row) is not None for row in head_rows(export))


def read(export: Export, options: Options) -> Iterator[Row]:
    """The rows of one person: the one asked for, else the first in the file."""
    times = Times(options.zone, day_first=puts_day_first(export, layout_of, NO_HEADER))
    layout, rows = find_table(export, layout_of, NO_HEADER)
    source = options.source or f"file:{slug(export.path.stem)}"
    person = options.person
    for row in rows:
        if layout.person is not None and layout.person < len(row):
            person = person or row[layout.person]
            if row[layout.person] != person:
                yield Row((), "another person")
                continue
        yield _row(row, layout, times, source)


def layout_of(names: list[str]) -> Layout | None:
    """What a header line in small letters says, if it names a time and a measure."""
    time = next((names.index(name) for name in TIMES if name in names), None)
    if time is None:
        return None
    person = next((names.index(name) for name in PEOPLE if name in names), None)
    if "kind" in names and "value" in names:
        unit = names.index("unit") if "unit" in names else None
        return Layout(time, person, (), (names.index("kind"), names.index("value"), unit))
    columns = tuple(c for place, name in enumerate(names) if (c := _column(place, name)))
    return Layout(time, person, columns) if columns else None


def _column(place: int, name: str) -> Column | None:
    if name in OTHER_UNITS:
        return Column(place, *OTHER_UNITS[name])
    match = NAMED.fullmatch(name)
    word = (match[1] if match else name).replace(" ", "_")
    kind = KINDS.get(word, word)
    if kind not in MEASURES:
        return None
    return Column(place, kind, _unit(kind, match[2]) if match else MEASURES[kind].unit)


def _unit(kind: str, written: str) -> str:
    """The kind's unit that is written so, whatever the case; else as it is, to be refused."""
    return next((unit for unit in MEASURES[kind].units if unit.lower() == written), written)


def _row(row: list[str], layout: Layout, times: Times, source: str) -> Row:
    if len(row) <= max([layout.time, *(c.place for c in layout.columns), *_long(layout)]):
        return Row((), "short row")
    columns = layout.columns
    if layout.long is not None:
        kind, value_place, unit_place = layout.long
        measure = MEASURES.get(row[kind].strip())
        if measure is None:
            return Row((), "nothing here measures this")
        unit = row[unit_place].strip() if unit_place is not None else measure.unit
        columns = (Column(value_place, measure.code, unit),)
    at_ms = times.instant_ms(row[layout.time])
    if at_ms is None:
        return Row((), "time not readable")
    return _samples(row, columns, source, at_ms)


def _long(layout: Layout) -> list[int]:
    return [place for place in layout.long or () if place is not None]


def _samples(row: list[str], columns: tuple[Column, ...], source: str, at_ms: int) -> Row:
    samples, reason = [], "no value"
    for column in columns:
        value = number(row[column.place])
        if isinstance(value, str):
            reason = value
        elif not _is_known(column):
            reason = "unit not known"
        else:
            samples.append(Sample(column.kind, column.unit, source, at_ms, value))
    return Row(tuple(samples), "" if samples else reason)


def _is_known(column: Column) -> bool:
    try:
        linear(column.kind, column.unit)
    except UnknownUnit:
        return False
    return True

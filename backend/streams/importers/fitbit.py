"""Fitbit's csv tables, as in the Furberg 2016 release: one table a file, all people in it.

Minutes, hours and days of one walk are kept apart as sources, so that they are never added up.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from backend.streams.importers.reading import (
    Export,
    Options,
    Row,
    Sample,
    Unreadable,
    csv_rows,
    head_rows,
    number,
)
from backend.streams.importers.times import Times

MINUTE_MS = 60_000
UNMEASURED = "nothing here measures this"
# time column, value column, kind, unit, source; a value column may be one a minute ("Steps00")
TABLE = (
    ("activitydate", "totalsteps", "steps", "{steps}", "fitbit:day"),
    ("activitydate", "totaldistance", "distance", "km", "fitbit:day"),
    ("activitydate", "calories", "total_energy", "kcal", "fitbit:day"),
    ("activityhour", "steptotal", "steps", "{steps}", "fitbit:hour"),
    ("activityhour", "calories", "total_energy", "kcal", "fitbit:hour"),
    ("activityhour", "steps00", "steps", "{steps}", "fitbit:minute"),
    ("activityhour", "calories00", "total_energy", "kcal", "fitbit:minute"),
    ("activityminute", "steps", "steps", "{steps}", "fitbit:minute"),
    ("activityminute", "calories", "total_energy", "kcal", "fitbit:minute"),
    ("time", "value", "heart_rate", "/min", "fitbit"),
    ("sleepday", "totalminutesasleep", "sleep_duration", "min", "fitbit"),
    ("date", "weightkg", "body_weight", "kg", "fitbit"),
)
TIME_COLUMNS = ("activitydate", "activityhour", "activityminute", "sleepday", "time", "date")
PER_MINUTE = re.compile(r"(steps|calories)(\d\d)")


@dataclass(frozen=True, slots=True)
class Column:
    """Where a value stands and what it measures."""

    place: int
    kind: str
    unit: str
    source: str
    offset_ms: int = 0


def recognises(export: Export) -> bool:
    """Whether the header is one of Fitbit's."""
    names = next(iter(head_rows(export)), [])
    return (
        names[:1] == ["id"]
        and any(of in names and (value in names or value == names[-1]) for of, value, *_ in TABLE)
        or names[:3] == ["id", "activityhour", "totalintensity"]
    )


def read(export: Export, options: Options) -> Iterator[Row]:
    """The rows of one person: the one asked for, else the first in the file."""
    rows = csv_rows(export)
    names = [name.strip().lower() for name in next(rows, [])]
    time_place, found = _columns(names)
    times = Times(options.zone)
    person = options.person
    for row in rows:
        person = person or row[0]
        if row[0] != person:
            yield Row((), "another person")
        elif len(row) != len(names):
            yield Row((), "short or long row")
        elif not found:
            yield Row((), UNMEASURED)
        else:
            yield _row(row, times.instant_ms(row[time_place]), found)


def people(export: Export) -> Counter[str]:
    """Who stands in the file, with their rows."""
    rows = csv_rows(export)
    next(rows, None)
    return Counter(row[0] for row in rows)


def _columns(names: list[str]) -> tuple[int, list[Column]]:
    time_name = next((name for name in TIME_COLUMNS if name in names), None)
    if time_name is None or names[0] != "id":
        raise Unreadable("This is none of Fitbit's tables.")
    found = []
    for place, name in enumerate(names):
        match = PER_MINUTE.fullmatch(name)
        wanted, minute = (match[1] + "00", int(match[2])) if match else (name, 0)
        for of, value, kind, unit, source in TABLE:
            if of == time_name and value == wanted:
                found.append(Column(place, kind, unit, source, minute * MINUTE_MS))
    return names.index(time_name), found


def _row(row: list[str], at_ms: int | None, found: list[Column]) -> Row:
    if at_ms is None:
        return Row((), "time not readable")
    samples, reason = [], "no value"
    for column in found:
        value = number(row[column.place])
        if isinstance(value, str):
            reason = value
        else:
            at = at_ms + column.offset_ms
            samples.append(Sample(column.kind, column.unit, column.source, at, value))
    return Row(tuple(samples), "" if samples else reason)

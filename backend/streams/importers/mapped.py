"""Any csv table whose columns somebody named: times in one column or two, one kind or several.

Nothing is guessed but what the file itself tells: in which order it writes day and month, if one of
its dates can be read in one way only.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from backend.streams.importers.reading import (
    HEADER_WITHIN,
    Dialect,
    Export,
    Mapping,
    Meaning,
    Options,
    Row,
    Sample,
    Unreadable,
    csv_rows,
    dialect_of,
    number,
    slug,
)
from backend.streams.importers.times import Times, UnixTimes, is_day_first
from backend.wire.measures import MEASURES

DATES = ("auto", "day-first", "month-first", "unix-s", "unix-ms")
DECIMALS = ("point", "comma")
SEPARATORS = {"auto": "", "comma": ",", "semicolon": ";", "tab": "\t"}
ENCODINGS = {"auto": "", "utf-8": "utf-8-sig", "utf-16": "utf-16", "windows-1252": "cp1252"}
UNIX_MS = {"unix-s": 1000, "unix-ms": 1}
COMMA_NUMBER = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?|-?\d*(,\d+)?")
PLACE = re.compile(r"#([1-9]\d{0,3})")


class BadMapping(ValueError):
    """The columns that were named make no sense; the text says which."""


def parse_mapping(
    pairs: Iterable[str],
    *,
    kind: str = "",
    units: Iterable[str] = (),
    dates: str = "auto",
    decimal: str = "point",
    skip: int = 0,
) -> Mapping:
    """From words as on a command line: "time=Zeit", "value=HR", "glucose=BZ"; raises BadMapping.

    `value` measures `kind`; a unit is "mmol/L" for the value, or "glucose=mmol/L".
    """
    named = dict(_pair(pair) for pair in pairs)
    unit_of = dict(_pair(unit) if "=" in unit else (kind, unit) for unit in units)
    if "time" not in named:
        raise BadMapping("No column is named for the time: add time=COLUMN.")
    if "value" in named:
        if not kind:
            raise BadMapping("What the value measures is not said: add its kind.")
        named[kind] = named.pop("value")
    kinds = [word for word in named if word not in ("time", "clock", "person")]
    if not kinds:
        raise BadMapping("No column is named for a value: add value=COLUMN or KIND=COLUMN.")
    if unused := sorted(set(unit_of) - set(kinds)):
        raise BadMapping(f"A unit is given for {unused[0]!r}, which no column measures.")
    return Mapping(
        time=named["time"],
        meanings=tuple(_meaning(named[word], word, unit_of.get(word, "")) for word in kinds),
        clock=named.get("clock", ""),
        person=named.get("person", ""),
        dates=dates,
        decimal=decimal,
        skip=skip,
    )


def _pair(text: str) -> tuple[str, str]:
    word, equals, rest = text.partition("=")
    if not (word.strip() and equals and rest.strip()):
        raise BadMapping(f"{text!r} is not of the form WORD=COLUMN.")
    return word.strip(), rest.strip()


def _meaning(column: str, kind: str, unit: str) -> Meaning:
    measure = MEASURES.get(kind)
    if measure is None:
        raise BadMapping(f"Nothing is measured as {kind!r}. Known: {', '.join(MEASURES)}.")
    if unit and unit not in measure.units:
        raise BadMapping(f"{kind} is never in {unit!r}. Known: {', '.join(measure.units)}.")
    return Meaning(column, kind, unit or measure.unit)


def read(export: Export, options: Options) -> Iterator[Row]:
    """Each row under the header, read as the mapping says; raises Unreadable."""
    mapping = options.mapping
    if mapping is None:
        raise Unreadable("Nobody said what the columns mean.")
    dialect = dialect_of(export, options)
    table = _Table(export, dialect, mapping, options)
    places, rows = table.begin(export)
    yield from table.read(places, rows)


class _Places:
    """Where the columns of a mapping stand in this file."""

    def __init__(self, mapping: Mapping, names: list[str]):
        def find(column: str) -> int:
            match = PLACE.fullmatch(column)
            return int(match[1]) - 1 if match else names.index(column.strip().lower())

        self.time = find(mapping.time)
        self.clock = find(mapping.clock) if mapping.clock else None
        self.person = find(mapping.person) if mapping.person else None
        self.meanings = [(find(m.column), m.kind, m.unit) for m in mapping.meanings]
        beside = [place for place in (self.clock, self.person) if place is not None]
        self.needed = 1 + max([self.time, *beside, *(place for place, *_ in self.meanings)])

    def time_text(self, row: list[str]) -> str:
        """Date and time of day as one text."""
        return row[self.time] if self.clock is None else f"{row[self.time]} {row[self.clock]}"


class _Table:
    def __init__(self, export: Export, dialect: Dialect, mapping: Mapping, options: Options):
        self._dialect, self._mapping = dialect, mapping
        self._person = options.person
        self._source = options.source or f"file:{slug(export.path.stem)}"
        self._times = self._times_of(export, options)
        self._number = number if mapping.decimal == "point" else _comma_number

    def begin(self, export: Export) -> tuple[_Places, Iterator[list[str]]]:
        """Where the columns stand, and the rows under the line that names them."""
        rows = csv_rows(export, self._dialect)
        columns = [self._mapping.time, *(m.column for m in self._mapping.meanings)]
        columns += [c for c in (self._mapping.clock, self._mapping.person) if c]
        if all(PLACE.fullmatch(column) for column in columns):
            return _Places(self._mapping, []), islice(rows, self._mapping.skip, None)
        for row in islice(rows, HEADER_WITHIN):
            names = [cell.strip().lower() for cell in row]
            if all(PLACE.fullmatch(c) or c.strip().lower() in names for c in columns):
                return _Places(self._mapping, names), rows
        raise Unreadable(f"No header names all of these columns: {', '.join(columns)}.")

    def read(self, places: _Places, rows: Iterator[list[str]]) -> Iterator[Row]:
        """The rows of one person: the one asked for, else the first in the file."""
        person = self._person
        for row in rows:
            if len(row) < places.needed:
                yield Row((), "short row")
                continue
            if places.person is not None:
                person = person or row[places.person]
                if row[places.person] != person:
                    yield Row((), "another person")
                    continue
            yield self._row(places, row)

    def _row(self, places: _Places, row: list[str]) -> Row:
        at_ms = self._times.instant_ms(places.time_text(row))
        if at_ms is None:
            return Row((), "time not readable")
        samples, reason = [], "no value"
        for place, kind, unit in places.meanings:
            value = self._number(row[place])
            if isinstance(value, str):
                reason = value if reason == "no value" else reason
            else:
                samples.append(Sample(kind, unit, self._source, at_ms, value))
        return Row(tuple(samples), "" if samples else reason)

    def _times_of(self, export: Export, options: Options) -> Times | UnixTimes:
        dates = self._mapping.dates
        if dates in UNIX_MS:
            return UnixTimes(UNIX_MS[dates])
        if dates == "auto":
            places, rows = self.begin(replace(export, progress=lambda _: None))
            day_first = is_day_first(
                places.time_text(row) for row in rows if len(row) >= places.needed
            )
        else:
            day_first = dates == "day-first"
        return Times(options.zone, day_first=day_first)


def _comma_number(text: str) -> float | str:
    """Numbers such as 5,5 and 1.234,5; what has a point in any other place is none."""
    word = text.strip()
    if word and COMMA_NUMBER.fullmatch(word):
        return number(word.replace(".", "").replace(",", "."))
    found = number(word)
    return found if isinstance(found, str) else "not a number"

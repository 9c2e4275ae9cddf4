"""A csv file that somebody wants a method checked on: its columns, or why it cannot be used.

Nothing is left out in silence: a reading dropped because it says "Low" would make lows look rare.
Errors name line and column, never the value.
"""

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

MOST_NAMED: Final = 5  # bad rows in one message
BLOCK: Final = 1_000  # rows that are turned into columns at once


class Unusable(ValueError):
    """The file cannot be used; the text says why in one line."""


Row = tuple[int, tuple[Any, ...]]  # the line that it ended on, and its cells as read


def read_rows(path: Path, columns: Mapping[str, Callable[[str], Any]]) -> list[Row]:
    """The named columns of every row; a cell's reader raises ValueError with what is wrong."""
    found: list[Row] = []
    bad: list[str] = []
    for line, cells in _cells(path, list(columns)):
        row = []
        for (name, reader), cell in zip(columns.items(), cells, strict=True):
            try:
                row.append(reader(cell))
            except ValueError as error:
                bad.append(f"line {line}: {name} {error}")
        found.append((line, tuple(row)))
    refuse(path, bad)
    return found


def read_columns(path: Path, columns: Mapping[str, Callable[[str], Any]]) -> list[list[Any]]:
    """The same by columns, for tables of a million rows: a text that comes again is read once."""
    readings = [_Column(name, reader) for name, reader in columns.items()]
    rows = _cells(path, list(columns))
    while block := list(islice(rows, BLOCK)):
        lines = [line for line, _ in block]
        texts = zip(*(cells for _, cells in block), strict=True)
        for reading, column in zip(readings, texts, strict=True):
            reading.add(lines, column)
    bad = sorted((told for reading in readings for told in reading.bad), key=lambda one: one[0])
    refuse(path, [text for _, text in bad])
    return [reading.values for reading in readings]


def header(path: Path) -> list[str]:
    """The names of the columns, for those that may be absent."""
    _, names = next(_lines(path), (1, []))
    return names


class _Column:
    """A column being read: its values so far, and the lines on which it cannot be."""

    def __init__(self, name: str, reader: Callable[[str], Any]) -> None:
        self._name, self._reader = name, reader
        self._known: dict[str, Any] = {}
        self._wrong: dict[str, str] = {}
        self.values: list[Any] = []
        self.bad: list[tuple[int, str]] = []

    def add(self, lines: list[int], texts: tuple[str, ...]) -> None:
        """A block of rows; lines of bad cells are kept with what is wrong."""
        distinct = set(texts)
        for text in distinct:
            if text in self._known:
                continue
            try:
                self._known[text] = self._reader(text)
            except ValueError as error:
                self._wrong[text] = str(error)
        self.values += map(self._known.get, texts)
        if self._wrong.keys() & distinct:
            told = ((n, self._wrong.get(text)) for n, text in zip(lines, texts, strict=True))
            self.bad += [(n, f"line {n}: {self._name} {why}") for n, why in told if why]


def refuse(path: Path, bad: list[str]) -> None:
    """Raise if there are bad rows, naming the first of them."""
    if bad:
        more = f"; and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        raise Unusable(f"{path.name}, {'; '.join(bad[:MOST_NAMED])}{more}.")


def _cells(path: Path, names: list[str]) -> Iterator[tuple[int, list[str]]]:
    rows = _lines(path)
    _, known = next(rows, (1, []))
    if missing := [name for name in names if name not in known]:
        raise Unusable(f"{path.name} has no column {' and no column '.join(missing)}.")
    places = [known.index(name) for name in names]
    for line, row in rows:
        if row:
            yield line, [row[at] if at < len(row) else "" for at in places]


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                yield reader.line_num, [cell.strip() for cell in row]
    except OSError as error:
        raise Unusable(f"{path.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Unusable(f"{path.name} is not UTF-8 text.") from None
    except csv.Error:
        raise Unusable(f"{path.name} is not a csv table.") from None


def moment(text: str) -> datetime:
    """ISO 8601, with or without an offset."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a time such as 2026-01-31T08:05:00") from None


def measured(low: float, high: float) -> Callable[[str], float]:
    """Reads a number in [low, high]; an empty cell is a missing one, NaN."""

    def read(text: str) -> float:
        if not text:
            return math.nan
        try:
            value = float(text)
        except ValueError:
            raise ValueError("is not a number") from None
        if not low <= value <= high:
            raise ValueError(f"is not from {low:g} to {high:g}")
        return value

    return read


def instants_ms(path: Path, rows: list[Row]) -> list[int]:
    """The first cell of each row, a time, in ms since 1970; without an offset as if it were UTC."""
    times: list[datetime] = [cells[0] for _, cells in rows]
    if len({time.tzinfo is None for time in times}) > 1:
        raise Unusable(f"{path.name}: some times have an offset and some have none.")
    # A clock without offset is only ever compared with itself.
    aware = (time if time.tzinfo else time.replace(tzinfo=UTC) for time in times)
    return [round(time.timestamp() * 1000) for time in aware]

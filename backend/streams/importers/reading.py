"""What every reader of an export yields, and how it gets at the file."""

import codecs
import csv
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from backend.streams.columns import Instants, Values

HEADER_WITHIN = 20  # lines
SEPARATORS = ",;\t|"  # of equal counts the first
NO_VALUE = frozenset({"", "na", "nan", "null", "none", "-"})
BEYOND_RANGE = frozenset({"low", "high", "lo", "hi"})


class Unreadable(ValueError):
    """The file as a whole cannot be imported; the text says why in plain words."""


class Sample(NamedTuple):
    """One value in the file's own unit."""

    kind: str
    unit: str
    source: str
    at_ms: int
    value: float


class Row(NamedTuple):
    """One row (or record) of the file: what it measures, or why it measures nothing."""

    samples: tuple[Sample, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """Many rows as columns, for readers of millions: one sample of one series each, or refused all.

    `numbers` are the rows' places in the file from 0. A row of several samples stands in several
    runs; every place must come in some run.
    """

    numbers: Instants
    instants: Instants
    values: Values
    kind: str = ""
    unit: str = ""
    source: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What was decided about so many of the file's times or values, and has to be told."""

    text: str
    count: int


def refused(numbers: Instants, reason: str) -> Run:
    """Rows that measure nothing."""
    return Run(numbers, np.empty(0, np.int64), np.empty(0), reason=reason)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column of a table measures; `column` is its name, or "#3" for the third."""

    column: str
    kind: str
    unit: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which columns of any csv table mean what, and how it writes times and numbers.

    `clock` is the time of day where it has a column of its own; `skip` are the rows above the data
    where columns are named by their places.
    """

    time: str
    meanings: tuple[Meaning, ...]
    clock: str = ""
    person: str = ""
    dates: str = "auto"
    decimal: str = "point"
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """How to read what the file leaves open: local times, whose rows are meant, what columns mean.

    `source` is what the samples are said to come from, where the file does not tell; `encoding` and
    `separator` are found out if empty.
    """

    zone: ZoneInfo
    person: str | None = None
    mapping: Mapping | None = None
    source: str = ""
    encoding: str = ""
    separator: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """A file to be read; `progress` is told how many more bytes were."""

    path: Path
    progress: Callable[[int], object] = lambda _: None

    def open(self) -> BinaryIO:
        """The bytes from their beginning."""
        return io.BufferedReader(_Counted(self.path, self.progress), 1 << 16)

    def head(self) -> bytes:
        """The first bytes, to recognise the format by."""
        with self.path.open("rb") as file:
            return file.read(1 << 16)


class _Counted(io.RawIOBase):
    def __init__(self, path: Path, progress: Callable[[int], object]):
        self._file, self._progress = path.open("rb", buffering=0), progress

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        count = self._file.readinto(buffer) or 0
        self._progress(count)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a csv file is written."""

    encoding: str = "utf-8-sig"
    separator: str = ","


def dialect_of(export: Export, options: Options | None = None) -> Dialect:
    """By its first bytes: UTF-8 unless a mark says UTF-16, and the separator that stands most.

    What the options say counts first.
    """
    head = export.head()
    marked = head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    found = (options.encoding if options else "") or ("utf-16" if marked else "utf-8-sig")
    given = options.separator if options else ""
    lines = head.decode(found, errors="replace").splitlines()[:HEADER_WITHIN]
    separator = given or max(SEPARATORS, key=lambda mark: sum(line.count(mark) for line in lines))
    return Dialect(found, separator)


def csv_rows(export: Export, dialect: Dialect | None = None) -> Iterator[list[str]]:
    """The rows of a csv file, blank ones left out; raises Unreadable."""
    with export.open() as file:
        yield from _csv_rows(file, dialect or dialect_of(export))


def _csv_rows(file: BinaryIO, dialect: Dialect) -> Iterator[list[str]]:
    try:
        text = io.TextIOWrapper(file, dialect.encoding, newline="")
        for row in csv.reader(text, delimiter=dialect.separator):
            if row:
                yield row
    except UnicodeError:
        name = dialect.encoding.removesuffix("-sig").upper()
        raise Unreadable(f"The file is not {name} text.") from None
    except csv.Error:
        raise Unreadable("The file is not a csv table.") from None


def head_rows(export: Export, dialect: Dialect | None = None) -> list[list[str]]:
    """The first rows as lower-case words, as far as the head is text at all."""
    return [[cell.strip().lower() for cell in row] for row in head_cells(export, dialect)]


def head_cells(export: Export, dialect: Dialect | None = None) -> list[list[str]]:
    """The first rows as they stand."""
    how = dialect or dialect_of(export)
    lines = export.head().decode(how.encoding, errors="replace").splitlines()[:HEADER_WITHIN]
    try:
        return [row for row in csv.reader(lines, delimiter=how.separator) if row]
    except csv.Error:
        return []


def number(text: str) -> float | str:
    """The value, or the reason why there is none."""
    word = text.strip().lower()
    if word in NO_VALUE:
        return "no value"
    if word in BEYOND_RANGE:
        return "beyond the sensor's range"
    try:
        value = float(word)
    except ValueError:
        return "not a number"
    return value if math.isfinite(value) else "not a number"


def slug(text: str) -> str:
    """A short name out of a device's or file's."""
    plain = "-".join(text.lower().split())
    return "".join(letter for letter in plain if letter.isalnum() or letter in "-_:.")[:60]

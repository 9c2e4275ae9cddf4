"""What every reader of an export yields, and how it gets at the file."""

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


def refused(numbers: Instants, reason: str) -> Run:
    """Rows that measure nothing."""
    return Run(numbers, np.empty(0, np.int64), np.empty(0), reason=reason)


@dataclass(frozen=True, slots=True)
class Options:
    """How to read what the file leaves open: local times, and whose rows are meant."""

    zone: ZoneInfo
    person: str | None = None


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


def csv_rows(export: Export) -> Iterator[list[str]]:
    """The rows of a csv file, blank ones left out; raises Unreadable."""
    with export.open() as file:
        yield from _csv_rows(file)


def _csv_rows(file: BinaryIO) -> Iterator[list[str]]:
    try:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        for row in csv.reader(text):
            if row:
                yield row
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8 text.") from None
    except csv.Error:
        raise Unreadable("The file is not a csv table.") from None


def head_rows(export: Export) -> list[list[str]]:
    """The first rows as lower-case words, as far as the head is text at all."""
    lines = export.head().decode("utf-8-sig", errors="replace").splitlines()[:HEADER_WITHIN]
    try:
        return [[cell.strip().lower() for cell in row] for row in csv.reader(lines)]
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

"""What a csv table's columns may mean: a proposal for the person who knows, and how it would read.

Only the first lines are looked at, so that a page can show it at once.
"""

import io
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO
from zoneinfo import ZoneInfo

from backend.streams.importers import mapped, plain
from backend.streams.importers.reading import (
    HEADER_WITHIN,
    Dialect,
    Export,
    Options,
    Row,
    dialect_of,
    head_cells,
)
from backend.streams.importers.times import Times
from backend.wire.measures import MEASURES

MOST_COLUMNS = 40
EXAMPLES = 4
PREVIEWED = 6
MOST_LETTERS = 60
TIME, CLOCK, PERSON, IGNORED = "time", "clock", "person", ""
COMMA = re.compile(r"-?\d+,\d+")
NUMBER = re.compile(r"[-+]?[\d.,]+")


@dataclass(slots=True)
class Column:
    """One column with its first cells, and what it seems to mean: a word or "kind unit"."""

    place: int
    name: str
    examples: list[str]
    means: str = IGNORED


@dataclass(frozen=True, slots=True)
class Proposal:
    """The columns, the lines above the data, and how numbers are written."""

    columns: list[Column]
    skip: int
    decimal: str
    more: int = field(default=0)  # columns that are not shown


@dataclass(frozen=True, slots=True)
class Head(Export):
    """A file's first whole lines, as if they were all."""

    def open(self) -> BinaryIO:
        """The bytes from their beginning."""
        head = self.head()
        if len(head) == self.path.stat().st_size:
            return io.BytesIO(head)
        encoding = dialect_of(self).encoding
        lines = head.decode(encoding, errors="ignore").rpartition("\n")[0]
        return io.BytesIO(lines.encode(encoding))


def is_table(export: Export) -> bool:
    """Whether the first lines are text in at least two columns."""
    head = export.head()
    if not head.strip() or (b"\0" in head and dialect_of(export).encoding != "utf-16"):
        return False
    rows = head_cells(export)
    return sum(len(row) >= 2 for row in rows) * 2 > len(rows)


def propose(export: Export, zone: ZoneInfo) -> Proposal:
    """What can be read off the header and the first rows; the rest stays open."""
    dialect = dialect_of(export)
    rows = head_cells(export, dialect)
    header = _header(rows)
    names = [cell.strip() for cell in rows[header]] if header is not None else []
    skip = 0 if header is None else header + 1
    below = rows[skip : skip + EXAMPLES] if skip < HEADER_WITHIN else []
    width = max([len(names), *(len(row) for row in below)])
    columns = [
        Column(
            place,
            names[place] if place < len(names) and names[place] else f"Column {place + 1}",
            [row[place][:MOST_LETTERS] for row in below if place < len(row)],
        )
        for place in range(min(width, MOST_COLUMNS))
    ]
    _say(columns, names, zone)
    return Proposal(columns, skip, _decimal(dialect, below), max(0, width - MOST_COLUMNS))


def preview(export: Export, options: Options) -> list[Row]:
    """The first rows, read as these options say; raises Unreadable."""
    return list(islice(mapped.read(Head(export.path), options), PREVIEWED))


def _header(rows: list[list[str]]) -> int | None:
    """The line that names a time and a measure, else the first of words alone."""
    for number, row in enumerate(rows):
        if plain.layout_of([cell.strip().lower() for cell in row]) is not None:
            return number
    for number, row in enumerate(rows):
        words = [cell.strip() for cell in row if cell.strip()]
        if len(words) >= 2 and not any(NUMBER.match(word) for word in words):
            return number
    return None


def _say(columns: list[Column], names: list[str], zone: ZoneInfo) -> None:
    layout = plain.layout_of([name.lower() for name in names])
    if layout is None or layout.long is not None:
        times = Times(zone)
        first = next((c for c in columns if _all_times(c.examples, times)), None)
        if first is not None:
            first.means = TIME
        return
    for place, means in ((layout.time, TIME), (layout.person, PERSON)):
        if place is not None and place < len(columns):
            columns[place].means = means
    for known in layout.columns:
        if known.place < len(columns) and known.unit in MEASURES[known.kind].units:
            columns[known.place].means = f"{known.kind} {_same_unit(known.kind, known.unit)}"


def _all_times(texts: list[str], times: Times) -> bool:
    return bool(texts) and all(times.instant_ms(text) is not None for text in texts)


def _same_unit(kind: str, unit: str) -> str:
    """The first of the units that mean the same, as choices name them."""
    scales = MEASURES[kind].units
    return next(name for name, scale in scales.items() if scale == scales[unit])


def _decimal(dialect: Dialect, rows: list[list[str]]) -> str:
    cells = [cell.strip() for row in rows for cell in row]
    comma = dialect.separator != "," and any(COMMA.fullmatch(cell) for cell in cells)
    return "comma" if comma else "point"

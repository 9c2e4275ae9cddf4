"""Csv tables whose header stands somewhere near the top: finding it, and the rows under it."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol, TypeVar

from backend.streams.importers.reading import HEADER_WITHIN, Export, Unreadable, csv_rows
from backend.streams.importers.times import is_day_first


class Laid(Protocol):
    """A layout knows at least in which column the time stands."""

    @property
    def time(self) -> int:
        """The column."""


L = TypeVar("L", bound=Laid)


def find_table(
    export: Export, layout_of: Callable[[list[str]], L | None], missing: str
) -> tuple[L, Iterator[list[str]]]:
    """The layout that a header line spells (names in small letters), and the rows under it.

    Raises Unreadable, saying `missing`, if none of the first lines is such a header.
    """
    rows = csv_rows(export)
    for row in islice(rows, HEADER_WITHIN):
        layout = layout_of([cell.strip().lower() for cell in row])
        if layout is not None:
            return layout, rows
    raise Unreadable(missing)


def puts_day_first(
    export: Export, layout_of: Callable[[list[str]], L | None], missing: str
) -> bool:
    """How this file writes dates, judged by all of its rows; the caller's progress stays put."""
    layout, rows = find_table(Export(export.path), layout_of, missing)
    return is_day_first(row[layout.time] for row in rows if len(row) > layout.time)

"""The table of formats of adherence files. A new one is a reader, and a line here or in MAKERS."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.regimens.importers.fills import read_fills, recognises
from backend.regimens.importers.makers import MAKERS
from backend.regimens.importers.sheets import (
    Line,
    Reading,
    Sheet,
    Unreadable,
    read_rows,
    sheets_of,
)

AUTO: Final = "auto"
FILLS: Final = "dispensings"
FORMATS: Final = (*MAKERS, FILLS)


@dataclass(frozen=True, slots=True)
class Found:
    """A file whose format is known."""

    format: str
    lines: Iterator[Line]


def read_file(path: Path, reading: Reading, *, name: str = AUTO) -> Found:
    """Its lines, in that format or in the first that recognises the header; raises Unreadable."""
    sheets = sheets_of(read_rows(path))
    for known in FORMATS if name == AUTO else (name,):
        for sheet in sheets:
            if _is(known, sheet):
                return Found(known, _lines(known, sheet, reading))
    if name == AUTO:
        raise Unreadable(f"No known format recognises {path.name}.")
    raise Unreadable(f"{path.name} has not the columns of {name}.")


def _is(name: str, sheet: Sheet) -> bool:
    return recognises(sheet) if name == FILLS else sheet.has(*MAKERS[name].columns)


def _lines(name: str, sheet: Sheet, reading: Reading) -> Iterator[Line]:
    return read_fills(sheet, reading) if name == FILLS else MAKERS[name].read(sheet, reading)

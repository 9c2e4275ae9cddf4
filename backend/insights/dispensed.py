"""A csv table of dispensings as the nine CMAs of each patient in it."""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from backend.insights.tables import Unusable, read_rows
from backend.science.cma import Carrying, cmas
from backend.science.dispensing import in_order

CMAS: Final = tuple(f"cma{n}" for n in range(1, 10))
ISO: Final = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Window:
    """The observation window, both days in it, and until when people were followed at least."""

    start: date
    end: date
    followed_until: date | None = None


def adherence_table(
    path: Path, window: Window, *, carrying: Carrying, date_format: str = ISO
) -> dict[str, tuple[float, ...]]:
    """The nine numbers of every patient in the order of the file; raises Unusable."""
    rows = read_rows(
        path,
        {
            "patient": _named,
            "date": _day(date_format),
            "daily_dose": _positive,
            "medicine": _named,
            "days": _positive,
        },
    )
    if not rows:
        raise Unusable(f"{path.name} has no dispensing.")
    patients: dict[str, int] = {}
    medicines: dict[str, int] = {}
    cells = [row for _, row in rows]
    people = np.array([patients.setdefault(c[0], len(patients)) for c in cells], np.int64)
    kinds = np.array([medicines.setdefault(c[3], len(medicines)) for c in cells], np.int64)
    day, dose, supply = (_floats([c[at] for c in cells]) for at in (1, 2, 4))
    found = cmas(
        in_order(people, day, supply, dose, kinds, people=len(patients)),
        start=np.full(len(patients), float(window.start.toordinal())),
        end=np.full(len(patients), float(window.end.toordinal())),
        carrying=carrying,
        follow_up_end=_followed(window, len(patients)),
    )
    columns = [getattr(found, name).tolist() for name in CMAS]
    return dict(zip(patients, zip(*columns, strict=True), strict=True))


def write_table(table: dict[str, tuple[float, ...]], to: TextIO) -> None:
    """As csv; nothing where the definition gives no number."""
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(["patient", *CMAS])
    for patient, numbers in table.items():
        writer.writerow([patient, *("" if math.isnan(n) else repr(n) for n in numbers)])


def read_window(start: str, end: str, followed_until: str | None = None) -> Window:
    """Days as somebody types them; raises Unusable."""
    first, last = _option("--start", start), _option("--end", end)
    until = _option("--follow-up-end", followed_until) if followed_until else None
    if last <= first:
        raise Unusable("--end must come after --start.")
    if until is not None and until < last:
        raise Unusable("--follow-up-end must not come before --end.")
    return Window(first, last, until)


def _option(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unusable(f"{name} is not a day such as 2026-01-31.") from None


def _followed(window: Window, people: int) -> NDArray[np.float64] | None:
    if window.followed_until is None:
        return None
    return np.full(people, float(window.followed_until.toordinal()))


def _floats(cells: list[float]) -> NDArray[np.float64]:
    return np.array(cells, np.float64)


def _named(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _day(form: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            if form == ISO:
                return date.fromisoformat(text).toordinal()
            return datetime.strptime(text, form).toordinal()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            example = "2026-01-31" if form == ISO else form
            raise ValueError(f"is not a day such as {example}") from None

    return read


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("is not a number") from None
    if not 0 < value < math.inf:
        raise ValueError("is not above 0")
    return value

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

from backend.insights.tables import Unusable, read_columns
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
    patient, day, dose, medicine, supply = read_columns(
        path,
        {
            "patient": _named,
            "date": _day(date_format),
            "daily_dose": _positive,
            "medicine": _named,
            "days": _positive,
        },
    )
    if not patient:
        raise Unusable(f"{path.name} has no dispensing.")
    patients, kinds = _numbers(patient), _numbers(medicine)
    fills = in_order(
        np.array([patients[name] for name in patient], np.int64),
        np.array(day, np.float64),
        np.array(supply, np.float64),
        np.array(dose, np.float64),
        np.array([kinds[name] for name in medicine], np.int64),
        people=len(patients),
    )
    found = cmas(
        fills,
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


def _numbers(names: list[str]) -> dict[str, int]:
    """Each name's number, in the order in which they come."""
    return {name: n for n, name in enumerate(dict.fromkeys(names))}


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

"""Recordings of glucose sensors in a folder, as Glucose-ML publishes them: a csv for each person
(`timestamp,glucose_value_mg_dl`), in zips or beside them, and a table of who the people are.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.glucose_forecast_grid import stretches

Floats = NDArray[np.float64]
Readings = tuple[NDArray[np.int64], Floats]  # ms, mg/dL, in order
VALUE: Final = "glucose_value_mg_dl"
SOME_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)  # where only the time of day is known
COLUMNS: Final = {"diabetes_type": "diabetes", "gender": "sex", "race_ethnicity": "race"}


def read_people(folder: Path) -> dict[str, Readings]:
    """By name; empty where there is no such folder."""
    rows: list[tuple[str, str, str]] = []
    for name, lines in _tables(folder):
        found = csv.DictReader(lines)
        if VALUE in (found.fieldnames or []):
            rows += [(name, row["timestamp"], row[VALUE]) for row in found]
    return people_of(rows)


def _tables(folder: Path) -> Iterator[tuple[str, Iterable[str]]]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig") as lines:
            yield path.stem, lines
    for archive in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(archive) as opened:
            names = [n for n in opened.namelist() if n.endswith(".csv") and "__MACOSX" not in n]
            for name in sorted(names):
                with io.TextIOWrapper(opened.open(name), "utf-8-sig") as lines:
                    yield Path(name).stem, lines


def people_of(rows: Iterable[tuple[str, str, str]]) -> dict[str, Readings]:
    """From (person, when, value); values that are words, such as Low, are left out."""
    by_person: dict[str, list[tuple[int, float]]] = {}
    for person, when, value in rows:
        found = by_person.setdefault(person, [])
        try:
            at, reading = _moment(when, found), float(value)
        except ValueError:
            continue
        found.append((int(at.timestamp() * 1000), reading))
    return {person: _columns(found) for person, found in sorted(by_person.items()) if found}


def _moment(when: str, before: list[tuple[int, float]]) -> datetime:
    """A bare time of day is of the day on which, or after which, the reading before it was."""
    if "-" in when:
        return datetime.fromisoformat(when).replace(tzinfo=UTC)
    last = datetime.fromtimestamp(before[-1][0] / 1000, UTC) if before else SOME_DAY
    at = datetime.combine(last.date(), time.fromisoformat(when), UTC)
    return at if at >= last else at + timedelta(days=1)


def _columns(readings: list[tuple[int, float]]) -> Readings:
    at_ms, mg_dl = zip(*sorted(readings), strict=True)
    return np.array(at_ms, np.int64), np.array(mg_dl, np.float64)


def groups_in(folder: Path) -> dict[str, dict[str, str]]:
    """Each person's groups, as the set's own table has them."""
    found = {}
    for path in folder.glob("*metadata.csv"):
        with path.open(encoding="utf-8-sig") as lines:
            for row in csv.DictReader(lines):
                named = {of: row[column] for column, of in COLUMNS.items() if row.get(column)}
                found[row["person_id"]] = named | _age(row.get("age", ""))
    return found


def _age(text: str) -> dict[str, str]:
    try:
        age = float(text)
    except ValueError:
        return {}
    return {"age": "under 45" if age < 45 else "45 to 64" if age < 65 else "65 up"}


def first_and_last(
    people: Mapping[str, Readings], *, share: float = 0.8, least: int = 100
) -> tuple[dict[str, list[Floats]], dict[str, list[Floats]]]:
    """Each person's stretches before and after this share of the record."""
    early, late = {}, {}
    for person, (at_ms, mg_dl) in people.items():
        if len(at_ms) >= least:
            cut = int(share * len(at_ms))
            early[person] = stretches(at_ms[:cut], mg_dl[:cut])
            late[person] = stretches(at_ms[cut:], mg_dl[cut:])
    return early, late

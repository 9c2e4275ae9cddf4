"""Anybody's event diaries and heart rates in csv files, by day or by day and hour."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.insights.tables import (
    Unusable,
    header,
    measured,
    moment,
    read_columns,
    read_rows,
    refuse,
)
from backend.science.event_hours import HOURS
from backend.wire.measures import MEASURES

MOST_DAYS: Final = 36_525  # between a person's first and last day: more is a slip of the pen
MOST_EVENTS: Final = 1000  # in a day or an hour
HEART: Final = MEASURES["heart_rate"]
Floats = NDArray[np.float64]
Reader = Callable[[str], Any]
Beats = dict[str, dict[date, float]]  # each person's mean heart rate by day


@dataclass(frozen=True, slots=True)
class Diary:
    """Events from the first day on, NaN where none was kept; the days' heart rates, if told."""

    first: date
    events: Floats
    heart_per_min: Floats | None


def read_diaries(path: Path, *, hourly: bool, heart: Path | None) -> dict[str, Diary]:
    """Each person's, in the file's order; `heart` is a second file; raises Unusable."""
    days, beats = (_by_hour if hourly else _by_day)(path)
    if heart:
        if beats is not None:
            raise Unusable(f"{path.name} has a column bpm: heart rates are told twice.")
        beats = _read_heart(heart, people=days)
    shape = (HOURS,) if hourly else ()
    return {
        person: _diary(path, kept, shape, None if beats is None else beats.get(person, {}))
        for person, kept in days.items()
    }


def _by_day(path: Path) -> tuple[dict[str, dict[date, Any]], Beats | None]:
    found: dict[str, dict[date, Any]] = {}
    beats: Beats = defaultdict(dict)
    columns, has_heart = _columns(path, {"events": measured(0, MOST_EVENTS)})
    bad = []
    for line, (person, day, events, *heart) in _rows(path, columns):
        days = found.setdefault(person, {})
        if day in days:
            bad.append(f"line {line}: date stands twice for this person")
        days[day] = events
        for rate in heart:
            beats[person][day] = rate
    refuse(path, bad)
    return found, beats if has_heart else None


def _by_hour(path: Path) -> tuple[dict[str, dict[date, Any]], Beats | None]:
    """A day with any row was kept; its heart rate is the mean of its rows'."""
    found: dict[str, dict[date, Any]] = {}
    rates: dict[str, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    columns, has_heart = _columns(path, {"hour": _hour, "events": measured(0, MOST_EVENTS)})
    bad = []
    for line, (person, day, hour, events, *heart) in _rows(path, columns):
        hours = found.setdefault(person, {}).setdefault(day, np.zeros(HOURS))
        if hour is not None:
            hours[hour] += events
        elif events != 0:
            bad.append(f"line {line}: events without an hour")
        rates[person][day] += [rate for rate in heart if np.isfinite(rate)]
    refuse(path, bad)
    return found, _means(rates) if has_heart else None


def _columns(path: Path, told: dict[str, Reader]) -> tuple[dict[str, Reader], bool]:
    """What is read of a diary, and whether heart rates are."""
    columns: dict[str, Reader] = {"person": str, "date": _day, **told}
    has_heart = "bpm" in header(path)
    return columns | ({"bpm": measured(HEART.low, HEART.high)} if has_heart else {}), has_heart


def _rows(path: Path, columns: Mapping[str, Reader]) -> list[Any]:
    rows = read_rows(path, columns)
    if not rows:
        raise Unusable(f"{path.name} has no rows.")
    return rows


def _read_heart(path: Path, *, people: Mapping[str, Any]) -> Beats:
    """Means of the days that the file's own clock tells."""

    def of_diary(text: str) -> str:
        if text not in people:
            raise ValueError("has no diary")
        return text

    columns = {"person": of_diary, "time": moment, "bpm": measured(HEART.low, HEART.high)}
    rates: dict[str, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    told: list[list[Any]] = read_columns(path, columns)
    at: datetime
    for person, at, rate in zip(*told, strict=True):
        if np.isfinite(rate):
            rates[person][at.date()].append(rate)
    return _means(rates)


def _means(rates: Mapping[str, Mapping[date, list[float]]]) -> Beats:
    return {
        person: {day: float(np.mean(told)) for day, told in days.items() if told}
        for person, days in rates.items()
    }


def _diary(
    path: Path, kept: Mapping[date, Any], shape: tuple[int, ...], beats: Mapping[date, float] | None
) -> Diary:
    first, length = min(kept), (max(kept) - min(kept)).days + 1
    if length > MOST_DAYS:
        raise Unusable(f"{path.name}: a diary spans more than {MOST_DAYS} days.")
    events = np.full((length, *shape), np.nan)
    for day, counts in kept.items():
        events[(day - first).days] = counts
    if beats is None:
        return Diary(first, events, None)
    heart = np.full(length, np.nan)
    for day, rate in beats.items():
        if 0 <= (day - first).days < length:
            heart[(day - first).days] = rate
    return Diary(first, events, heart)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a date such as 2026-01-31") from None


def _hour(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and int(text) < HOURS:
        return int(text)
    raise ValueError("is not an hour from 0 to 23")

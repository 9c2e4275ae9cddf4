"""manage.py forecast_events: the chance of an event on each day of anybody's diaries, and tomorrow.

manage.py forecast_events --input diary.csv --output forecast.csv
manage.py forecast_events --hourly --input times.csv --output forecast.csv
"""

import csv
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray

from backend.insights.tables import Unusable, measured, read_rows, refuse
from backend.science.event_forecast import event_forecast
from backend.science.event_hours import HOURS, hour_forecast
from backend.science.refusal import Refusal

OUT: Final = ("person", "date", "probability", "baseline", "problem")
OUT_HOURLY: Final = ("person", "date", "hour", "probability", "baseline", "problem")
MOST_DAYS: Final = 36_525  # between a person's first and last day: more is a slip of the pen
NOT_ENOUGH: Final = "not enough data"
WORDS: Final[dict[str, str]] = {
    "too_few_days_kept": "{have:g} of {need:g} days kept",
    "too_few_events": "{have:g} of {need:g} events",
    "no_day_without_events": "no day is noted as one without events",
}
Diary = tuple[date, NDArray[np.float64]]


class Command(BaseCommand):
    help = (
        "Each day's chance of at least one event, from the days before it alone, beside the "
        "average of the last 90 days, for each day of a csv file of the columns person,date,events "
        "and the day after the last. A day without an event has a row with 0; a day without a row "
        "was not kept. Below 20 events or 90 days kept: a problem and no number. --hourly: for "
        "each hour, from the columns person,date,hour,events; a day without an event has a row "
        "with an empty hour and 0."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--input F --output G [--hourly]."""
        parser.add_argument("--input", type=Path, required=True, metavar="F", help="a csv file")
        parser.add_argument("--output", type=Path, required=True, metavar="G", help="to write")
        parser.add_argument("--hourly", action="store_true", help="forecast hours, not days")

    def handle(self, *args: Any, **options: Any) -> None:
        """People keep their order; dates are in order within each."""
        try:
            hourly = options["hourly"]
            diaries = (_read_hourly if hourly else _read)(options["input"])
            with options["output"].open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(OUT_HOURLY if hourly else OUT)
                for person, diary in diaries.items():
                    writer.writerows((_hours if hourly else _rows)(person, *diary))
        except Unusable as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None
        self.stdout.write(f"{len(diaries)} people.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a date such as 2026-01-31") from None


def _read(path: Path) -> dict[str, Diary]:
    """Each person's events by day, NaN where there is no row; raises Unusable."""
    rows = read_rows(path, {"person": str, "date": _day, "events": measured(0, 1000)})
    if not rows:
        raise Unusable(f"{path.name} has no rows.")
    found: dict[str, dict[date, float]] = {}
    bad = []
    for line, (person, day, events) in rows:
        days = found.setdefault(person, {})
        if day in days:
            bad.append(f"line {line}: date stands twice for this person")
        days[day] = events
    refuse(path, bad)
    return {person: _diary(path, days, ()) for person, days in found.items()}


def _read_hourly(path: Path) -> dict[str, Diary]:
    """The same, by day and hour; a day with any row was kept; raises Unusable."""
    columns: dict[str, Callable[[str], Any]] = {
        "person": str,
        "date": _day,
        "hour": _hour,
        "events": measured(0, 1000),
    }
    rows = read_rows(path, columns)
    if not rows:
        raise Unusable(f"{path.name} has no rows.")
    found: dict[str, dict[date, NDArray[np.float64]]] = {}
    bad = []
    for line, (person, day, hour, events) in rows:
        hours = found.setdefault(person, {}).setdefault(day, np.zeros(HOURS))
        if hour is not None:
            hours[hour] += events
        elif events != 0:
            bad.append(f"line {line}: events without an hour")
    refuse(path, bad)
    return {person: _diary(path, days, (HOURS,)) for person, days in found.items()}


def _hour(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and int(text) < HOURS:
        return int(text)
    raise ValueError("is not an hour from 0 to 23")


def _diary(path: Path, days: Mapping[date, Any], shape: tuple[int, ...]) -> Diary:
    first, length = min(days), (max(days) - min(days)).days + 1
    if length > MOST_DAYS:
        raise Unusable(f"{path.name}: a diary spans more than {MOST_DAYS} days.")
    events = np.full((length, *shape), np.nan)
    for day, counts in days.items():
        events[(day - first).days] = counts
    return first, events


def _rows(person: str, first: date, events: NDArray[np.float64]) -> Iterator[list[Any]]:
    found = event_forecast(events)
    if isinstance(found, Refusal):
        yield [person, first + timedelta(len(events)), "", "", _why(found)]
        return
    kept = np.append(np.isfinite(events), True)
    pairs = np.column_stack([found.probability, found.baseline]).round(6).tolist()
    for day in np.flatnonzero(kept).tolist():
        probability, baseline = pairs[day]
        when = first + timedelta(day)
        if np.isnan(probability):
            yield [person, when, "", "", f"{NOT_ENOUGH} before this day"]
        else:
            yield [person, when, probability, baseline, ""]


def _hours(person: str, first: date, events: NDArray[np.float64]) -> Iterator[list[Any]]:
    found = hour_forecast(events)
    if isinstance(found, Refusal):
        yield [person, first + timedelta(len(events)), "", "", "", _why(found)]
        return
    kept = np.append(np.isfinite(events).all(axis=1), True)
    for day in np.flatnonzero(kept).tolist():
        when = first + timedelta(day)
        if np.isnan(found.probability[day, 0]):
            yield [person, when, "", "", "", f"{NOT_ENOUGH} before this day"]
            continue
        told = zip(found.probability[day].round(6), found.baseline[day].round(6), strict=True)
        yield from ([person, when, hour, *pair, ""] for hour, pair in enumerate(told))


def _why(refusal: Refusal) -> str:
    why = WORDS[refusal.code].format(have=refusal.have, need=refusal.need)
    return f"{NOT_ENOUGH}: {why}"

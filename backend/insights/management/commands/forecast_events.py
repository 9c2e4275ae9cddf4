"""manage.py forecast_events: the chance of an event on each day of anybody's diaries, and tomorrow.

manage.py forecast_events --input diary.csv --output forecast.csv
"""

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray

from backend.insights.tables import Unusable, measured, read_rows, refuse
from backend.science.event_forecast import event_forecast
from backend.science.refusal import Refusal

OUT: Final = ("person", "date", "probability", "baseline", "problem")
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
        "was not kept. Below 20 events or 90 days kept: a problem and no number."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--input F --output G."""
        parser.add_argument("--input", type=Path, required=True, metavar="F", help="a csv file")
        parser.add_argument("--output", type=Path, required=True, metavar="G", help="to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """People keep their order; dates are in order within each."""
        try:
            diaries = _read(options["input"])
            with options["output"].open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(OUT)
                for person, diary in diaries.items():
                    writer.writerows(_rows(person, *diary))
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
    return {person: _diary(path, days) for person, days in found.items()}


def _diary(path: Path, days: dict[date, float]) -> Diary:
    first, length = min(days), (max(days) - min(days)).days + 1
    if length > MOST_DAYS:
        raise Unusable(f"{path.name}: a diary spans more than {MOST_DAYS} days.")
    events = np.full(length, np.nan)
    for day, count in days.items():
        events[(day - first).days] = count
    return first, events


def _rows(person: str, first: date, events: NDArray[np.float64]) -> Iterator[list[Any]]:
    found = event_forecast(events)
    if isinstance(found, Refusal):
        why = WORDS[found.code].format(have=found.have, need=found.need)
        yield [person, first + timedelta(len(events)), "", "", f"{NOT_ENOUGH}: {why}"]
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

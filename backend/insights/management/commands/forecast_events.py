"""manage.py forecast_events: the chance of an event on each day of anybody's diaries, and tomorrow.

manage.py forecast_events --input diary.csv --output forecast.csv
manage.py forecast_events --hourly --input times.csv --output forecast.csv
manage.py forecast_events --input diary.csv --heart-rate heart.csv --output forecast.csv
"""

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from backend.insights.diaries import Diary, read_diaries
from backend.insights.tables import Unusable
from backend.science.event_forecast import event_forecast
from backend.science.event_hours import hour_forecast
from backend.science.refusal import Refusal

OUT: Final = ("person", "date", "probability", "baseline", "problem")
OUT_HOURLY: Final = ("person", "date", "hour", "probability", "baseline", "problem")
NOT_ENOUGH: Final = "not enough data"
WORDS: Final[dict[str, str]] = {
    "too_few_days_kept": "{have:g} of {need:g} days kept",
    "too_few_events": "{have:g} of {need:g} events",
    "no_day_without_events": "no day is noted as one without events",
}


class Command(BaseCommand):
    help = (
        "Each day's chance of at least one event, from the days before it alone, beside the "
        "average of the last 90 days, for each day of a csv file of the columns person,date,events "
        "and the day after the last. A day without an event has a row with 0; a day without a row "
        "was not kept. Below 20 events or 90 days kept: a problem and no number. --hourly: for "
        "each hour, from the columns person,date,hour,events; a day without an event has a row "
        "with an empty hour and 0. The days' mean heart rate may stand in a column bpm, or beats "
        "with their times in a second file; it is used for a person once it has helped."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--input F --output G [--heart-rate H] [--hourly]."""
        parser.add_argument("--input", type=Path, required=True, metavar="F", help="a csv file")
        parser.add_argument("--output", type=Path, required=True, metavar="G", help="to write")
        parser.add_argument("--heart-rate", type=Path, metavar="H", help="csv: person,time,bpm")
        parser.add_argument("--hourly", action="store_true", help="forecast hours, not days")

    def handle(self, *args: Any, **options: Any) -> None:
        """People keep their order; dates are in order within each."""
        try:
            hourly = options["hourly"]
            diaries = read_diaries(options["input"], hourly=hourly, heart=options.get("heart_rate"))
            with options["output"].open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(OUT_HOURLY if hourly else OUT)
                for person, diary in diaries.items():
                    writer.writerows((_hours if hourly else _rows)(person, diary))
        except Unusable as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None
        self.stdout.write(f"{len(diaries)} people.")


def _rows(person: str, diary: Diary) -> Iterator[list[Any]]:
    first, events = diary.first, diary.events
    found = event_forecast(events, diary.heart_per_min)
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


def _hours(person: str, diary: Diary) -> Iterator[list[Any]]:
    first, events = diary.first, diary.events
    found = hour_forecast(events, diary.heart_per_min)
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

"""manage.py forecast_glucose: glucose 5 to 120 minutes ahead, for anybody's windows.

manage.py forecast_glucose --input windows.csv --output forecast.csv
"""

import csv
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray

from backend.insights.tables import Unusable, instants_ms, measured, moment, read_rows
from backend.science.glucose_forecast import (
    WEIGHTS,
    GlucoseForecastWeights,
    forecast_glucose,
    glucose_forecast_weights,
)
from backend.science.glucose_forecast_fit import fit_glucose_forecast
from backend.science.glucose_forecast_grid import STEP_MIN, latest_window, stretches
from backend.science.refusal import Refusal

OUT: Final = ("window", "minutes_ahead", "mean", "lower", "upper", "problem")
HELD: Final = measured(20, 1000)
Readings = tuple[NDArray[np.int64], NDArray[np.float64]]

WORDS: Final[dict[str, str]] = {
    "no_readings": "there is no reading",
    "too_short_since_gap": "only {have:g} of {need:g} min since the last gap of over half an hour",
    "too_few_readings_lately": "only {have:g} of {need:g} readings in the last hour",
}


class Command(BaseCommand):
    help = (
        "Mean and 90 percent interval of glucose in mg/dL, every 5 minutes up to 2 hours after the "
        "last reading of each window of a csv file of the columns window,time,mg_dl. A window that "
        "is too short or has gaps gets one row with a problem and no numbers."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--input F --output G [--train F | --weights F]."""
        parser.add_argument("--input", type=Path, required=True, metavar="F", help="a csv file")
        parser.add_argument("--output", type=Path, required=True, metavar="G", help="to write")
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--train",
            type=Path,
            metavar="F",
            help="learn from this csv file of person,time,mg_dl instead of what comes along",
        )
        source.add_argument(
            "--weights", type=Path, default=WEIGHTS, metavar="F", help="another file of weights"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Windows keep their order; times without an offset are as good as any."""
        try:
            weights = _weights(options.get("train"), options.get("weights") or WEIGHTS)
            windows = _read(options["input"], "window", HELD)
            rows = list(_rows(weights, windows))
            with options["output"].open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(OUT)
                writer.writerows(rows)
        except Unusable as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None
        refused = sum(bool(row[-1]) for row in rows)
        self.stdout.write(f"{len(windows)} windows, {refused} without a forecast.")


def _weights(train: Path | None, path: Path) -> GlucoseForecastWeights:
    if train is None:
        try:
            return glucose_forecast_weights(path)
        except (KeyError, TypeError, ValueError):
            raise Unusable(f"{path.name} holds no weights of this version.") from None
    parts = [
        one
        for at_ms, mg_dl in _read(train, "person", HELD).values()
        for one in stretches(at_ms[np.isfinite(mg_dl)], mg_dl[np.isfinite(mg_dl)])
    ]
    try:
        return fit_glucose_forecast(parts, made_from=train.name)
    except ValueError as error:
        raise Unusable(f"{train.name}: {error}.") from None


def _read(path: Path, name: str, value: Callable[[str], float]) -> dict[str, Readings]:
    """Readings by window or person, each in the order of time."""
    rows = read_rows(path, {"time": moment, name: str, "mg_dl": value})
    if not rows:
        raise Unusable(f"{path.name} has no rows.")
    found: dict[str, tuple[list[int], list[float]]] = {}
    for at, (_, (_, key, mg_dl)) in zip(instants_ms(path, rows), rows, strict=True):
        times, values = found.setdefault(key, ([], []))
        times.append(at)
        values.append(mg_dl)
    sorted_ = {}
    for key, (times, values) in found.items():
        at_ms = np.array(times, np.int64)
        order = np.argsort(at_ms, kind="stable")
        sorted_[key] = (at_ms[order], np.array(values, np.float64)[order])
    return sorted_


def _rows(weights: GlucoseForecastWeights, windows: dict[str, Readings]) -> Iterator[list[Any]]:
    """Windows of one length are forecast together."""
    latest = {name: latest_window(*readings) for name, readings in windows.items()}
    by_length: dict[int, list[str]] = {}
    for name, window in latest.items():
        if not isinstance(window, Refusal):
            by_length.setdefault(len(window), []).append(name)
    told: dict[str, NDArray[np.float64]] = {}
    for names in by_length.values():
        found = forecast_glucose(weights, np.stack([latest[name] for name in names]))  # type: ignore[misc]
        stacked = np.stack([found.mean, found.lower, found.upper], axis=2)
        told.update(zip(names, stacked, strict=True))
    for name, window in latest.items():
        if isinstance(window, Refusal):
            why = WORDS[window.code].format(have=window.have, need=window.need)
            yield [name, "", "", "", "", why]
        else:
            for step, numbers in enumerate(told[name].tolist(), start=1):
                yield [name, step * STEP_MIN, *(round(number, 3) for number in numbers), ""]

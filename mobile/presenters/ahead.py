"""Where glucose will likely be in the next two hours, worked out on this phone, for the chart."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from backend.wire.glucose_ahead import MOST_POINTS, STEP_MS, Ahead, forecast, latest_window
from mobile.presenters.charts import Band, Chart, Looks
from mobile.store import bodies
from mobile.sync import forecasting
from mobile.sync.series import read_series

FRESH_MS: Final = 20 * 60_000  # an older reading says nothing of the minutes to come
LOOKED_AT: Final = timedelta(milliseconds=STEP_MS * (MOST_POINTS + 1))


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The forecast, in mg/dL, and the reading that it goes on from."""

    last_ms: int
    last_mg_dl: float
    ahead: Ahead


def foresee(
    db: sqlite3.Connection, *, order: Sequence[str], zone: ZoneInfo, now: datetime
) -> Foreseen | None:
    """None without a model, without a fresh reading, or where a gap leaves too little."""
    found = forecasting.model(db)
    if found is None:
        return None
    local = now.astimezone(zone)
    series = read_series(db, "glucose", local - LOOKED_AT, local, order=order)
    return foreseen(found, series.instants, series.values, now=now)


def foreseen(
    model: dict[str, Any], instants: Sequence[int], values: Sequence[float], *, now: datetime
) -> Foreseen | None:
    """The same from readings in the order of time."""
    if not instants or bodies.ms_of(now) - instants[-1] >= FRESH_MS:
        return None
    window = latest_window(instants, values)
    if window is None:
        return None
    return Foreseen(instants[-1], values[-1], forecast(model, window))


def with_ahead(chart: Chart, told: Foreseen, looks: Looks) -> Chart:
    """The chart with a band of 90 % and a line, as far as it reaches; both begin at the reading."""
    last = (told.last_mg_dl, told.last_mg_dl, told.last_mg_dl)
    steps = [last, *zip(told.ahead.mean, told.ahead.lower, told.ahead.upper, strict=True)]
    line, band = [], []
    for n, step in enumerate(steps):
        at = float(told.last_ms + n * STEP_MS)
        if chart.left <= at <= chart.right:
            mean, low, high = looks.shown(step)
            line.append((at, mean))
            band.append(Band(at, low, high))
    if len(line) < 2:
        return chart
    return replace(chart, ahead=tuple(line), ahead_band=tuple(band))

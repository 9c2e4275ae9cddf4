"""What the methods about nights look at: the heart at rest, and what goes with an illness.

Fourteen weeks of nights are read for the yardsticks; the last four keep their samples.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from backend.insights.day_evidence import asleep_spans
from backend.insights.day_tags import explained
from backend.insights.evidence import (
    NIGHT_ENDS,
    Column,
    Evidence,
    last_day_with,
    night_ms,
    night_samples,
)
from backend.insights.reading import ONE_DAY, days_of, midnight, samples_of
from backend.patients.access import Chart
from backend.science.early_warning import NIGHTS
from backend.science.heart import night_rates

HEART_NIGHTS: Final = 29
MINUTE_MS: Final = 60_000
EVENING_MS: Final = 12 * 3_600_000  # before midnight, from which on sleep is the night's


def gather_nights(chart: Chart, *, now: datetime) -> Evidence:
    """The last measured night and those before it; columns are empty where none was measured."""
    zone = ZoneInfo(chart.patient.zone)
    local = now.astimezone(zone)
    newest = local.date() if local.time() >= NIGHT_ENDS else local.date() - ONE_DAY
    measured = last_day_with(chart, "heart_rate", zone, newest)
    last = measured or newest
    dates = [last - timedelta(days=n) for n in range(NIGHTS - 1, -1, -1)] if measured else []
    nights = np.array([night_ms(day, zone) for day in dates], np.int64).reshape(-1, 2)
    heart = night_samples(chart, "heart_rate", dates, zone)
    steps = night_samples(chart, "steps", dates, zone)
    rates = [
        night.rate_per_min
        for night in night_rates(heart.instants, heart.values, steps.instants, steps.values, nights)
    ]
    recent = nights[-HEART_NIGHTS:]
    since = int(recent[0, 0]) if len(recent) else 0
    heart_lately, steps_lately = (found.instants >= since for found in (heart, steps))
    columns: dict[str, Column] = {
        "heart_ms": heart.instants[heart_lately],
        "heart_per_min": heart.values[heart_lately],
        "steps_ms": steps.instants[steps_lately],
        "steps": steps.values[steps_lately],
        "nights_ms": recent,
        "rates_per_min": np.array(rates, np.float64),
    }
    if dates:
        columns |= _beside(chart, dates, nights, zone)
    return Evidence(columns, zone, last - timedelta(days=HEART_NIGHTS - 1), last)


def _beside(
    chart: Chart, dates: list[date], nights: NDArray[np.int64], zone: ZoneInfo
) -> dict[str, Column]:
    """Of each night: the watch, whether a note explains it, variability, the day's steps, sleep."""
    first, last = dates[0], dates[-1]
    worn = days_of(chart, "heart_rate", first, last, zone)
    names = sorted({day.source for day in worn.values()})
    walked = days_of(chart, "steps", first - ONE_DAY, last - ONE_DAY, zone)
    return {
        "devices": np.array(
            [names.index(worn[d].source) if d in worn else -1 for d in dates], np.int64
        ),
        "set_aside": explained(chart, dates, zone),
        "variability_ms": _nightly(chart, "heart_rate_variability", dates, nights, zone),
        "steps_per_day": _known(
            [walked[d - ONE_DAY].sum if d - ONE_DAY in walked else None for d in dates]
        ),
        "sleep_min": _sleep(chart, dates, nights, zone),
    }


def _known(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _nightly(
    chart: Chart, kind: str, dates: list[date], nights: NDArray[np.int64], zone: ZoneInfo
) -> NDArray[np.float64]:
    """The mean of each night's samples."""
    found = night_samples(chart, kind, dates, zone)
    which = np.searchsorted(nights[:, 0], found.instants, side="right") - 1
    count = np.bincount(which, minlength=len(nights))
    total = np.bincount(which, weights=found.values, minlength=len(nights))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _sleep(
    chart: Chart, dates: list[date], nights: NDArray[np.int64], zone: ZoneInfo
) -> NDArray[np.float64]:
    """Minutes of stages that begin from the noon before to the noon of each date."""
    start, end = midnight(dates[0] - ONE_DAY, zone), midnight(dates[-1] + ONE_DAY, zone)
    spans = asleep_spans(samples_of(chart, "sleep_stage", start=start, end=end))
    edges = nights[:, 0] - EVENING_MS
    which = np.searchsorted(edges, spans[:, 0], side="right") - 1
    inside = (which >= 0) & (spans[:, 0] < edges[which] + 2 * EVENING_MS)
    minutes = np.bincount(
        which[inside],
        weights=(spans[inside, 1] - spans[inside, 0]) / MINUTE_MS,
        minlength=len(nights),
    )
    return np.where(minutes > 0, minutes, np.nan)

"""What the methods about devices look at: how much was measured, and the level of each source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from backend.insights.evidence import (
    Column,
    Evidence,
    last_whole_day,
    midnight_ms,
    night_ms,
)
from backend.insights.reading import ONE_DAY, dates_of, days_of, midnight, samples_by_day
from backend.patients.access import Chart
from backend.science.wear import worn_minutes
from backend.streams import queries as streams
from backend.streams.columns import Columns
from backend.wire.messages import DaySummary

WEAR_DAYS: Final = 14
LEVEL_DAYS: Final = 28
DENSE: Final = 5_760  # samples in a day, one each quarter of a minute: too many to read them all


@dataclass(frozen=True, slots=True)
class LevelKind:
    """A kind whose level a device can falsify: how many readings make a day of it."""

    kind: str
    least_readings: int
    least_change: float  # in the kind's unit; less matters to nobody
    usual: tuple[float, float] | None = None  # a whole day's median, of anybody alive
    at_night: bool = False


# By day the pulse tells what a person does, at night what the heart is like.
LEVEL_KINDS: Final = (
    LevelKind("glucose", 24, 10.0, usual=(40.0, 500.0)),
    LevelKind("heart_rate", 60, 5.0, at_night=True),
    LevelKind("body_weight", 1, 2.0),
    LevelKind("systolic", 1, 10.0),
    LevelKind("diastolic", 1, 8.0),
    LevelKind("body_temperature", 1, 0.5),
)


def gather_wear(kind: str) -> Callable[..., Evidence]:
    """How long this kind was measured on each day of two weeks, and how closely."""

    def gather(chart: Chart, *, now: datetime) -> Evidence:
        zone = ZoneInfo(chart.patient.zone)
        last = last_whole_day(chart, kind, zone, now)
        first = last - timedelta(days=WEAR_DAYS - 1)
        found = days_of(chart, kind, first, last, zone)
        dates = dates_of(first, last) if found else []
        shares = [found[day].coverage if day in found else 0.0 for day in dates]
        worn = _worn(chart, kind, found, zone)
        columns: dict[str, Column] = {
            "coverage": np.array(shares, np.float64),
            "worn": np.array([worn.get(day, 0.0) for day in dates], np.float64),
            "last_day": np.array([last.toordinal()] if found else [], np.int64),
        }
        return Evidence(columns, zone, first, last)

    return gather


def gather_levels(chart: Chart, *, now: datetime) -> Evidence:
    """The median of each day of four weeks, of each source of each kind that has a level."""
    zone = ZoneInfo(chart.patient.zone)
    last = max(last_whole_day(chart, level.kind, zone, now) for level in LEVEL_KINDS)
    first = last - timedelta(days=LEVEL_DAYS - 1)
    start, end = midnight(first, zone), midnight(last + ONE_DAY, zone)
    sources = streams.sources_of(chart, start=start, end=end)
    columns: dict[str, Column] = {}
    for level in LEVEL_KINDS:
        ours = sources.get(level.kind, [])
        if level.at_night and len(ours) < 2:
            continue  # its unit is never in doubt, and months of seconds are long to read
        for source in ours:
            only = source if len(ours) > 1 else None
            days, medians = _medians(chart, level, only, dates_of(first, last), zone)
            if days:
                columns[f"{level.kind}:days:{source}"] = np.array(days, np.int64)
                columns[f"{level.kind}:level:{source}"] = np.array(medians, np.float64)
    return Evidence(columns, zone, first, last)


def _medians(
    chart: Chart, level: LevelKind, source: str | None, dates: Sequence[date], zone: ZoneInfo
) -> tuple[list[int], list[float]]:
    days, medians = [], []
    for day, whole in samples_by_day(chart, level.kind, dates, zone, source=source):
        values = _hours(level, whole, day, zone).values
        if len(values) >= level.least_readings:
            days.append(day.toordinal())
            medians.append(float(np.median(values)))
    return days, medians


def _hours(level: LevelKind, found: Columns, day: date, zone: ZoneInfo) -> Columns:
    if level.at_night:
        return found.between(*night_ms(day, zone))
    return found.between(midnight_ms(day, zone), midnight_ms(day + ONE_DAY, zone))


def _worn(
    chart: Chart, kind: str, found: dict[date, DaySummary], zone: ZoneInfo
) -> dict[date, float]:
    """Of each day; where a minute has many samples what they cover is what was worn."""
    worn = {day: one.coverage for day, one in found.items() if one.count >= DENSE}
    for day, whole in samples_by_day(chart, kind, [d for d in found if d not in worn], zone):
        start, end = midnight(day, zone), midnight(day + ONE_DAY, zone)
        minutes = round((end - start) / timedelta(minutes=1))
        worn[day] = float(worn_minutes(whole.instants, midnight_ms(day, zone), minutes).mean())
    return worn

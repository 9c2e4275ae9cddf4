"""What the methods about beats, sleep and movement look at; see evidence.py for the windows."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from backend.insights.evidence import (
    Column,
    Evidence,
    last_whole_day,
    midnight_ms,
)
from backend.insights.reading import ONE_DAY, dates_of, midnight, samples_by_day, samples_of
from backend.patients.access import Chart
from backend.science.sleep_states import LONGEST_STAGE_MS
from backend.streams.columns import Columns
from backend.wire.measures import SleepStage

SLEEP_NIGHTS: Final = 14
ACTIVE_DAYS: Final = 7
MINUTE_MS: Final = 60_000
NOON: Final = time(12)
SLEEPING: Final = (SleepStage.ASLEEP, SleepStage.LIGHT, SleepStage.DEEP, SleepStage.REM)


def gather_beats(chart: Chart, *, now: datetime) -> Evidence:
    """The beats of the last day that has any, and the steps of that day."""
    zone = ZoneInfo(chart.patient.zone)
    last = last_whole_day(chart, "rr_interval", zone, now)
    beats = _day(chart, "rr_interval", last, zone)
    columns: dict[str, Column] = {"beat_ms": beats.instants, "rr_ms": beats.values}
    if len(beats):
        steps = _day(chart, "steps", last, zone)
        columns |= {"step_ms": steps.instants, "steps": steps.values}
    return Evidence(columns, zone, last, last)


def _day(chart: Chart, kind: str, day: date, zone: ZoneInfo) -> Columns:
    return samples_of(chart, kind, start=midnight(day, zone), end=midnight(day + ONE_DAY, zone))


def gather_sleep(chart: Chart, *, now: datetime) -> Evidence:
    """Sleep stages of two weeks of nights, from noon to noon."""
    zone = ZoneInfo(chart.patient.zone)
    last = last_whole_day(chart, "sleep_stage", zone, now)
    noons = [_noon(last - n * ONE_DAY, zone) for n in range(SLEEP_NIGHTS, -1, -1)]
    found = samples_of(chart, "sleep_stage", start=noons[0], end=noons[-1])
    known = [int(noon.timestamp() * 1000) for noon in noons] if len(found) else []
    columns: dict[str, Column] = {
        "stage_ms": found.instants,
        "asleep": np.isin(found.values, SLEEPING),
        "noons_ms": np.array(known, np.int64),
    }
    return Evidence(columns, zone, last - timedelta(days=SLEEP_NIGHTS - 1), last)


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, NOON, zone)


def gather_active_days(chart: Chart, *, now: datetime) -> Evidence:
    """Steps, signs of wear and sleep of the last week of days with steps."""
    zone = ZoneInfo(chart.patient.zone)
    last = last_whole_day(chart, "steps", zone, now)
    first = last - timedelta(days=ACTIVE_DAYS - 1)
    start, end = midnight(first, zone), midnight(last + ONE_DAY, zone)
    steps = samples_of(chart, "steps", start=start, end=end)
    if not len(steps):
        return Evidence({"step_ms": steps.instants}, zone, first, last)
    stages = samples_of(chart, "sleep_stage", start=start, end=end)
    days = [(midnight_ms(d, zone), midnight_ms(d + ONE_DAY, zone)) for d in dates_of(first, last)]
    columns: dict[str, Column] = {
        "step_ms": steps.instants,
        "steps": steps.values,
        "worn_ms": _worn_minutes(chart, first, last, zone),
        "sleep_ms": asleep_spans(stages),
        "days_ms": np.array(days, np.int64),
    }
    return Evidence(columns, zone, first, last)


def _worn_minutes(chart: Chart, first: date, last: date, zone: ZoneInfo) -> NDArray[np.int64]:
    """Minutes with a heart rate."""
    found = samples_by_day(chart, "heart_rate", dates_of(first, last), zone)
    parts = [np.unique(whole.instants // MINUTE_MS) for _, whole in found]
    return np.concatenate(parts) * MINUTE_MS if parts else np.array([], np.int64)


def asleep_spans(stages: Columns) -> NDArray[np.int64]:
    """[begin, end) of each stage of sleep whose end was written, in milliseconds."""
    asleep = np.isin(stages.values[:-1], SLEEPING)
    spans = np.stack([stages.instants[:-1], stages.instants[1:]], axis=1)[asleep]
    kept: NDArray[np.int64] = spans[spans[:, 1] - spans[:, 0] <= LONGEST_STAGE_MS]
    return kept

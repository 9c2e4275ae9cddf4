"""What the methods about cuffs and scales look at; see evidence.py for the windows.

These are read at will, and a reading is whole as soon as it is taken: the day in progress counts.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from backend.insights.evidence import Column, Evidence, last_day_with, midnight_ms
from backend.insights.reading import ONE_DAY, dates_of, days_of, midnight, samples_of
from backend.patients.access import Chart

PRESSURE_DAYS: Final = 8  # a week, and the day that the protocols leave out
WEIGHT_DAYS: Final = 91  # thirteen weeks


def gather_pressure(chart: Chart, *, now: datetime) -> Evidence:
    """Readings of the cuff that measured last: a mean over two cuffs is the mean of neither."""
    zone = ZoneInfo(chart.patient.zone)
    first, last = _window(chart, "systolic", PRESSURE_DAYS, zone, now)
    sources = {
        day: one.source for day, one in days_of(chart, "systolic", first, last, zone).items()
    }
    ours = [day for day in sorted(sources) if sources[day] == sources[max(sources)]]
    start, end = midnight(first, zone), midnight(last + ONE_DAY, zone)
    top = samples_of(chart, "systolic", start=start, end=end)
    bottom = samples_of(chart, "diastolic", start=start, end=end)
    # The two numbers of one reading have one instant.
    at, i, j = np.intersect1d(top.instants, bottom.instants, return_indices=True)
    edges = np.array([midnight_ms(day, zone) for day in dates_of(first, last)], np.int64)
    days = first.toordinal() + np.searchsorted(edges, at, side="right") - 1
    kept = np.isin(days, [day.toordinal() for day in ours])
    columns: dict[str, Column] = {
        "reading_ms": at[kept],
        "days": days[kept].astype(np.int64),
        "systolic_mm_hg": top.values[i][kept],
        "diastolic_mm_hg": bottom.values[j][kept],
    }
    return Evidence(columns, zone, first, last)


def gather_weight(chart: Chart, *, now: datetime) -> Evidence:
    """The mean weight of each day, and which scale it was."""
    zone = ZoneInfo(chart.patient.zone)
    first, last = _window(chart, "body_weight", WEIGHT_DAYS, zone, now)
    found = days_of(chart, "body_weight", first, last, zone)
    scales = sorted({one.source for one in found.values()})
    columns: dict[str, Column] = {
        "days": np.array([day.toordinal() for day in found], np.int64),
        "scales": np.array([scales.index(one.source) for one in found.values()], np.int64),
        "weight_kg": np.array([one.mean for one in found.values()], np.float64),
    }
    return Evidence(columns, zone, first, last)


def _window(chart: Chart, kind: str, days: int, zone: ZoneInfo, now: datetime) -> tuple[date, date]:
    """So many local days up to the last one with a reading."""
    today = now.astimezone(zone).date()
    last = last_day_with(chart, kind, zone, today) or today
    return last - timedelta(days=days - 1), last

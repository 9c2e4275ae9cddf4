"""What the method about seizures looks at: the patient's own diary, by day and hour."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from backend.insights.evidence import Column, Evidence, last_whole_day
from backend.insights.reading import ONE_DAY, dates_of, days_of, midnight
from backend.patients.access import Chart
from backend.streams import queries as streams

DIARY_DAYS: Final = 1461  # four years: cycles wander over longer


def gather_seizures(chart: Chart, *, now: datetime) -> Evidence:
    """The days that were kept, up to the last whole one, when their seizures were, the heart."""
    zone = ZoneInfo(chart.patient.zone)
    last = last_whole_day(chart, "seizure", zone, now)
    first = last - timedelta(days=DIARY_DAYS - 1)
    kept = days_of(chart, "seizure", first, last, zone)
    columns: dict[str, Column] = {"kept": np.array([d.toordinal() for d in kept], np.int64)}
    if kept:
        start, end = midnight(min(kept), zone), midnight(last + ONE_DAY, zone)
        found = streams.samples(chart, "seizure", start=start, end=end)
        when = [datetime.fromtimestamp(at / 1000, zone) for at in found.instants.tolist()]
        beats = days_of(chart, "heart_rate", min(kept), max(kept), zone)
        columns |= {
            "days": np.array([moment.toordinal() for moment in when], np.int64),
            "hours": np.array([moment.hour for moment in when], np.int64),
            "counts": found.values,
            "heart_per_min": np.array(
                [beats[d].mean if d in beats else np.nan for d in dates_of(min(kept), max(kept))],
                np.float64,
            ),
        }
    return Evidence(columns, zone, min(kept, default=first), last)

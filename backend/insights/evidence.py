"""What a method looks at: columns read through an open chart, cut to whole local days.

A window ends with the last whole day that has data, not with now: an old export is judged by its
own dates, a day in progress is left out, the same data give the same evidence whenever it is read.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from backend.insights.reading import ONE_DAY, days_of, doses_of, midnight, samples_of, stretches
from backend.patients.access import Chart
from backend.regimens.supply import DueDose
from backend.science.adherence import NOT_TAKEN, TAKEN, UNANSWERED
from backend.streams import queries as streams
from backend.streams.columns import Columns, join

Column = NDArray[Any]  # int64 or float64, as each method expects

GLUCOSE_DAYS = 14
ACTIVITY_DAYS = 28
ADHERENCE_DAYS = 30
NIGHT_ENDS = time(7)
RECENT = timedelta(days=45)
OUTCOMES = {  # a cancelled dose was never due
    "taken": TAKEN,
    "skipped": NOT_TAKEN,
    "due": UNANSWERED,
    "snoozed": UNANSWERED,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Columns by name, and the local days [first, last] that they were cut to.

    `valid_until`, where what they say holds for minutes and not for days.
    """

    columns: Mapping[str, Column]
    zone: ZoneInfo
    first_day: date
    last_day: date
    valid_until: datetime | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of names and numbers; absent data are alike on any day."""
        hashed = hashlib.sha256()
        for name in sorted(self.columns):
            column = self.columns[name]
            hashed.update(f"{name}:{column.dtype.str}:{column.shape};".encode())
            hashed.update(np.ascontiguousarray(column).tobytes())
        return hashed.hexdigest()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all: the patient has no such device, or no such medicine."""
        return not any(len(column) for column in self.columns.values())

    @property
    def start_ms(self) -> int:
        """The first instant of the first day."""
        return midnight_ms(self.first_day, self.zone)

    @property
    def end_ms(self) -> int:
        """The first instant after the last day."""
        return midnight_ms(self.last_day + ONE_DAY, self.zone)


def midnight_ms(day: date, zone: ZoneInfo) -> int:
    """The same in milliseconds since 1970."""
    return int(midnight(day, zone).timestamp() * 1000)


def gather_glucose(chart: Chart, *, now: datetime) -> Evidence:
    """Two weeks of sensor glucose."""
    zone = ZoneInfo(chart.patient.zone)
    last = last_whole_day(chart, "glucose", zone, now)
    first = last - timedelta(days=GLUCOSE_DAYS - 1)
    found = samples_of(
        chart, "glucose", start=midnight(first, zone), end=midnight(last + ONE_DAY, zone)
    )
    columns = {"glucose_ms": found.instants, "glucose_mg_dl": found.values}
    return Evidence(columns, zone, first, last)


def gather_steps(chart: Chart, *, now: datetime) -> Evidence:
    """Steps of each local day, four weeks."""
    zone = ZoneInfo(chart.patient.zone)
    last = last_whole_day(chart, "steps", zone, now)
    first = last - timedelta(days=ACTIVITY_DAYS - 1)
    found = days_of(chart, "steps", first, last, zone)
    columns: dict[str, Column] = {
        "days": np.array([day.toordinal() for day in found], np.int64),
        "steps_per_day": np.array([summary.sum or 0.0 for summary in found.values()], np.float64),
    }
    return Evidence(columns, zone, first, last)


def last_whole_day(chart: Chart, kind: str, zone: ZoneInfo, now: datetime) -> date:
    """The last local day before today that has samples; yesterday if none has."""
    yesterday = now.astimezone(zone).date() - ONE_DAY
    return last_day_with(chart, kind, zone, yesterday) or yesterday


def last_day_with(chart: Chart, kind: str, zone: ZoneInfo, newest: date) -> date | None:
    """The last local day up to `newest` that has samples: near first, since most people wear it."""
    for reach in (RECENT, streams.LONGEST - ONE_DAY):
        if found := days_of(chart, kind, newest - reach, newest, zone):
            return max(found)
    return None


def night_ms(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """From midnight to seven, in milliseconds since 1970."""
    end = datetime.combine(day, NIGHT_ENDS, zone)
    return midnight_ms(day, zone), int(end.timestamp() * 1000)


def night_samples(chart: Chart, kind: str, nights: Sequence[date], zone: ZoneInfo) -> Columns:
    """The samples of these nights alone."""
    parts = []
    for days, found in stretches(chart, kind, nights, zone):
        edges = np.array([night_ms(day, zone) for day in days], np.int64)
        cuts = np.searchsorted(found.instants, edges).tolist()
        parts += [Columns(found.instants[a:b], found.values[a:b]) for a, b in cuts]
    return join(parts)


def gather_doses(chart: Chart, *, now: datetime) -> Evidence:
    """Each dose that was due in the last thirty whole days, and what became of it."""
    zone = ZoneInfo(chart.patient.zone)
    last = now.astimezone(zone).date() - ONE_DAY
    first = last - timedelta(days=ADHERENCE_DAYS - 1)
    start, end = midnight(first, zone), midnight(last + ONE_DAY, zone)
    doses = doses_of(chart, start=start, end=end)
    names = {d.regimen: d.medicine for d in doses}
    medicine = {regimen: n for n, regimen in enumerate(names)}
    columns: dict[str, Column] = {
        "names": np.array(list(names.values()), np.str_),
        "medicines": np.array([medicine[d.regimen] for d in doses], np.int64),
        "days": np.array([_local_day(d, zone).toordinal() for d in doses], np.int64),
        "outcomes": np.array([OUTCOMES[d.status] for d in doses], np.int64),
        "minutes_off": np.array([_minutes_off(d) for d in doses], np.float64),
        # The same doses seen a day later are other evidence, unless there are none.
        "window": np.array([last.toordinal()] if doses else [], np.int64),
    }
    return Evidence(columns, zone, first, last)


def _local_day(dose: DueDose, zone: ZoneInfo) -> date:
    """The day of the schedule's own clock, so that a journey moves no dose."""
    if dose.nominal_local.endswith("Z"):
        return dose.due_at.astimezone(zone).date()
    return datetime.fromisoformat(dose.nominal_local).date()


def _minutes_off(dose: DueDose) -> float:
    if dose.status != "taken" or dose.status_at is None:
        return np.nan
    return (dose.status_at - dose.due_at).total_seconds() / 60

"""Which streams are expected to go on, and when a silence of theirs begins.

Three expected intervals, but never sooner than a floor. A phone syncs when its system lets it, and
a watch is off the wrist for the night's charging: by default nobody is asked before twelve hours,
so that a habit is no alarm. A team that set an interval of its own wants to know sooner: then the
floor is an hour, four rounds of a phone that syncs each quarter of an hour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from backend.insights.reading import days_of
from backend.patients.access import Chart
from backend.streams import queries as streams
from backend.streams.plans import plans_of
from backend.wire.measures import MEASURES

INTERVALS: Final = 3
FLOOR: Final = timedelta(hours=12)
FLOOR_OF_PLAN: Final = timedelta(hours=1)
ALIVE_WITHIN: Final = timedelta(days=14)  # a stream that began to be silent longer ago is given up
LEAST_DAYS: Final = 3
HABIT_DAYS: Final = 7
LEAST_SHARE: Final = 0.05  # of the samples that the interval asks for: finger sticks are no sensor
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Expected:
    """A stream, when it last measured, and how long it may be quiet."""

    kind: str
    source: str
    last_at: datetime
    wait: timedelta
    tell_team: bool

    @property
    def silent_at(self) -> datetime:
        """When the silence begins, unless a sample comes."""
        return self.last_at + self.wait

    @property
    def given_up_at(self) -> datetime:
        """From when on nobody is asked any more."""
        return self.silent_at + ALIVE_WITHIN


def expected_streams(chart: Chart, *, now: datetime) -> list[Expected]:
    """The streams that have been alive of late, in the order of the measures table."""
    return list(_expected(chart, now))


def _expected(chart: Chart, now: datetime) -> Iterable[Expected]:
    plans = plans_of(chart)
    for kind, measure in MEASURES.items():
        plan = plans.get(kind)
        planned_s = plan.every_s if plan else None
        every_s = planned_s or measure.every_s
        latest = streams.latest_of(chart, kind) if every_s else None
        if every_s is None or latest is None:
            continue
        floor = FLOOR_OF_PLAN if planned_s else FLOOR
        wait = max(INTERVALS * timedelta(seconds=every_s), floor)
        told = Expected(kind, latest.source, latest.at, wait, bool(plan and plan.tell_team))
        if now < told.given_up_at and (planned_s or _is_habit(chart, kind, every_s, latest.at)):
            yield told


def _is_habit(chart: Chart, kind: str, every_s: int, last_at: datetime) -> bool:
    """Whether a device measures this by itself: on several days of the last week, often enough."""
    zone = ZoneInfo(chart.patient.zone)
    last = last_at.astimezone(zone).date()
    week = days_of(chart, kind, last - timedelta(days=HABIT_DAYS - 1), last, zone)
    if len(week) < LEAST_DAYS:
        return False
    return median(day.count for day in week.values()) >= LEAST_SHARE * DAY_S / every_s

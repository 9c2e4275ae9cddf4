"""Columns of samples, and the stretch of days that simulated lives are told of."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.int64]
Values = NDArray[np.float64]
Wanted = NDArray[np.bool_]

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one kind from one source, in order of time."""

    kind: str
    source: str
    unit: str
    instants_ms: Instants
    values: Values


@dataclass(frozen=True)
class Span:
    """Whole local days up to `until`, the last one as far as it has come."""

    zone: str
    days: int
    until: datetime

    @cached_property
    def midnights_ms(self) -> Instants:
        """Local midnight of each day; a change of the clocks makes a day of 23 or 25 hours."""
        zone = ZoneInfo(self.zone)
        last = self.until.astimezone(zone).date()
        dates = [last - timedelta(days=back) for back in range(self.days - 1, -1, -1)]
        starts = [datetime.combine(day, time(), zone).timestamp() for day in dates]
        return np.array(starts, dtype=np.int64) * 1000

    @cached_property
    def until_ms(self) -> int:
        """The end in ms since 1970."""
        return int(self.until.astimezone(UTC).timestamp() * 1000)

    def grid(self, step_ms: int) -> Instants:
        """Even instants over the span."""
        return np.arange(self.midnights_ms[0], self.until_ms, step_ms, dtype=np.int64)

    def day_of(self, instants_ms: Instants) -> NDArray[np.int64]:
        """The index of the local day of each instant."""
        return np.searchsorted(self.midnights_ms, instants_ms, side="right") - 1

    def hour_of(self, instants_ms: Instants) -> Values:
        """Hours since the local midnight before each instant."""
        starts = self.midnights_ms[self.day_of(instants_ms)]
        return (instants_ms - starts) / HOUR_MS

    def weekend_of_day(self) -> Wanted:
        """Whether each day is a Saturday or Sunday."""
        zone = ZoneInfo(self.zone)
        days = [datetime.fromtimestamp(int(ms) / 1000, zone) for ms in self.midnights_ms]
        return np.array([day.weekday() >= 5 for day in days])

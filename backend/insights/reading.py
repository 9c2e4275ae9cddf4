"""Reading streams for many methods: days once for all of them, samples in stretches that fit.

What is read while `read_once` holds is kept until it ends: a refresh shows all methods the same
days and samples, and asks the database for them once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.patients.access import Category, Chart
from backend.regimens.supply import DueDose, due_doses
from backend.streams import queries as streams
from backend.streams.columns import EMPTY, Columns
from backend.streams.log import looking_once
from backend.wire.codec import ms_of
from backend.wire.messages import DaySummary

ONE_DAY: Final = timedelta(days=1)
USUAL: Final = timedelta(days=115)  # the longest stretch of days that a method looks at
LONGEST: Final = streams.LONGEST - 2 * ONE_DAY
YEAR: Final = timedelta(days=367)  # that methods look at doses of
MONTH: Final = timedelta(days=30)  # that many methods look at samples of
AT_ONCE: Final = 200_000  # samples in memory together: months of minutes, two days of seconds

Days = dict[date, DaySummary]


@dataclass(frozen=True, slots=True)
class _Held:
    """The days [first, last] as they were read."""

    first: date
    last: date
    days: Days

    @property
    def is_longest(self) -> bool:
        """Whether no more days can be asked for."""
        return self.last - self.first >= LONGEST


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The samples of [start, end) as they were read."""

    start: datetime
    end: datetime
    found: Columns


@dataclass(frozen=True, slots=True)
class _Doses:
    """The doses due in [start, end) as they were read."""

    start: datetime
    end: datetime
    due: list[DueDose]


@dataclass(frozen=True, slots=True)
class _Memory:
    """What was read so far, by patient and kind."""

    days: dict[tuple[UUID, str], _Held] = field(default_factory=dict)
    samples: dict[tuple[UUID, str], _Stretch] = field(default_factory=dict)
    doses: dict[UUID, _Doses] = field(default_factory=dict)


_memory: ContextVar[_Memory | None] = ContextVar("memory", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within the block each kind's days are read once, and its samples where they fit."""
    token = _memory.set(_Memory())
    try:
        with looking_once():
            yield
    finally:
        _memory.reset(token)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When this local day begins."""
    return datetime.combine(day, time(), zone)


def dates_of(first: date, last: date) -> list[date]:
    """Each day from the first to the last."""
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def days_of(chart: Chart, kind: str, first: date, last: date, zone: ZoneInfo) -> Days:
    """Summaries of the local days [first, last] that have samples."""
    memory = _memory.get()
    if memory is None:
        return _read(chart, kind, first, last, zone)
    chart.need(Category.STREAMS)
    held = memory.days.get((chart.patient.id, kind))
    if held is None or last > held.last or (first < held.first and not held.is_longest):
        end = max(last, held.last if held else last)
        wide = max(min(first, last - USUAL), end - LONGEST), end
        held = _Held(*wide, _read(chart, kind, *wide, zone))
        memory.days[chart.patient.id, kind] = held
    return {day: one for day, one in held.days.items() if first <= day <= last}


def _read(chart: Chart, kind: str, first: date, last: date, zone: ZoneInfo) -> Days:
    start, end = midnight(first, zone), midnight(last + ONE_DAY, zone)
    told = streams.day_summaries(chart, kind, start=start, end=end)
    return {date.fromisoformat(str(summary.date)): summary for summary in told}


def doses_of(chart: Chart, *, start: datetime, end: datetime) -> list[DueDose]:
    """Doses due in [start, end), a medicine's together and in order."""
    memory = _memory.get()
    if memory is None:
        return due_doses(chart, start=start, end=end)
    chart.need(Category.MEDICINES)
    held = memory.doses.get(chart.patient.id)
    if held is None or start < held.start or end > held.end:
        wide = min(start, end - YEAR), end
        held = _Doses(*wide, due_doses(chart, start=wide[0], end=end))
        memory.doses[chart.patient.id] = held
    return [dose for dose in held.due if start <= dose.due_at < end]


def samples_of(chart: Chart, kind: str, *, start: datetime, end: datetime) -> Columns:
    """The samples of [start, end), of the source that counts on each local day."""
    memory = _memory.get()
    if memory is None:
        return streams.samples(chart, kind, start=start, end=end)
    chart.need(Category.STREAMS)
    held = memory.samples.get((chart.patient.id, kind))
    if held is None or start < held.start or end > held.end:
        end_of_all = max(end, held.end) if held else end
        wide = min(start, end_of_all - MONTH), end_of_all
        count = _count(chart, kind, *wide)
        if not count:
            return EMPTY
        if count > AT_ONCE:
            return streams.samples(chart, kind, start=start, end=end)
        held = _Stretch(*wide, _read_samples(chart, kind, *wide))
        memory.samples[chart.patient.id, kind] = held
    return held.found.between(ms_of(start), ms_of(end))


def _read_samples(chart: Chart, kind: str, start: datetime, end: datetime) -> Columns:
    return streams.samples(chart, kind, start=start, end=end, is_small=True)


def _count(chart: Chart, kind: str, start: datetime, end: datetime) -> int:
    """How many samples there are on the local days of [start, end]."""
    zone = ZoneInfo(chart.patient.zone)
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    return sum(one.count for one in days_of(chart, kind, first, last, zone).values())


def samples_by_day(
    chart: Chart, kind: str, wanted: Sequence[date], zone: ZoneInfo, *, source: str | None = None
) -> Iterator[tuple[date, Columns]]:
    """The samples of these local days, in order; of months of minutes in one read, of seconds not.

    Days that no source has any of are left out.
    """
    for some, found in stretches(chart, kind, wanted, zone, source=source):
        for day in some:
            edges = midnight(day, zone), midnight(day + ONE_DAY, zone)
            yield day, found.between(*(int(edge.timestamp() * 1000) for edge in edges))


def stretches(
    chart: Chart, kind: str, wanted: Sequence[date], zone: ZoneInfo, *, source: str | None = None
) -> Iterator[tuple[list[date], Columns]]:
    """The same, with the days of a read together."""
    if not wanted:
        return
    counts = {d: one.count for d, one in days_of(chart, kind, wanted[0], wanted[-1], zone).items()}
    for some in _stretches([day for day in wanted if day in counts], counts):
        start, end = midnight(some[0], zone), midnight(some[-1] + ONE_DAY, zone)
        if source is None:
            yield some, samples_of(chart, kind, start=start, end=end)
        else:
            found = streams.samples(chart, kind, start=start, end=end, source=source)
            yield some, found


def _stretches(wanted: Iterable[date], counts: dict[date, int]) -> Iterator[list[date]]:
    """Near days that fit into memory together: a gap of a few costs less than another read."""
    some: list[date] = []
    held = 0
    for day in wanted:
        far = bool(some) and day - some[-1] > timedelta(days=7)
        if some and (far or held + counts[day] > AT_ONCE):
            yield some
            some, held = [], 0
        some.append(day)
        held += counts[day]
    if some:
        yield some

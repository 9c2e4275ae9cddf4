"""Days and hours as they are told: from the rollups, or from the samples where those lag behind."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.core import statements
from backend.patients.models import Patient
from backend.streams import days, knowledge, layers, log
from backend.streams.columns import Columns
from backend.streams.days import HOUR_MS, ONE_DAY, Buckets, Summary
from backend.streams.hours import unpack_hours
from backend.streams.plans import priority

DAYS = (
    "SELECT day, zone, source, count, mean, low, high, total, coverage{} FROM streams_dayrollup"
    " WHERE patient_id = %s AND kind = %s AND day BETWEEN %s AND %s"
)
NO_HOURS = b""
STRETCH = 32  # days reckoned together


@dataclass(frozen=True, slots=True)
class Told:
    """A local day of the source that counts on it; its hours as stored, or as reckoned."""

    source: str
    summary: Summary
    hours: bytes | Buckets

    def buckets(self) -> Buckets:
        """The hours, numbered from the start of the day."""
        return self.hours if isinstance(self.hours, Buckets) else unpack_hours(self.hours)


def told_days(
    patient: Patient, kind: str, first: date, last: date, *, with_hours: bool = False
) -> dict[date, Told]:
    """The local days first … last that hold samples, also samples that are not merged yet.

    What waits is read before the rollups, as in layers.by_source.
    """
    if knowledge.moment.get() is not None:
        return dict(_as_known(patient, kind, first, last))
    zone = ZoneInfo(patient.zone)
    stale = _fresh_days(patient.id, kind, first, last, zone)
    rows = statements.run(
        DAYS.format(", hours" if with_hours else ""), [patient.id, kind, first, last]
    )
    found: dict[date, Told] = {}
    for day, reckoned_in, source, *numbers in rows:
        if reckoned_in == patient.zone:
            hours = numbers.pop() if with_hours else NO_HOURS
            found[day] = Told(source, Summary(*numbers), hours)
        else:
            stale |= {day - ONE_DAY, day, day + ONE_DAY}
    for day in stale:
        found.pop(day, None)
    wanted = sorted(day for day in stale if first <= day <= last)
    found.update(_reckoned(patient, kind, wanted))
    return {day: found[day] for day in sorted(found)}


def _as_known(patient: Patient, kind: str, first: date, last: date) -> Iterator[tuple[date, Told]]:
    """All of them from the raw uploads, in one read: a stretch may be years without a sample."""
    zone = ZoneInfo(patient.zone)
    for day, source, samples in each_day(patient, kind, first, last):
        start, end = days.edges_ms(day, day, zone)
        yield day, Told(source, *days.summarise_day(samples, start, end, kind))


def _fresh_days(patient_id: UUID, kind: str, first: date, last: date, zone: ZoneInfo) -> set[date]:
    """Local days that uploads touch which are not merged yet."""
    start, end = days.day_start(first, zone), days.day_start(last + ONE_DAY, zone)
    touched: set[date] = set()
    for waiting in log.waiting(patient_id, kind=kind, start=start, end=end):
        fresh = waiting.fresh
        touched |= days.touched_days(Columns(fresh.instants, fresh.values), zone)
    return touched


def _reckoned(patient: Patient, kind: str, wanted: list[date]) -> Iterator[tuple[date, Told]]:
    """Straight from the samples, a stretch of neighbours at a time."""
    zone = ZoneInfo(patient.zone)
    for stretch in stretches(wanted, STRETCH):
        for day, source, samples in each_day(patient, kind, stretch[0], stretch[-1]):
            if day in stretch:
                start, end = days.edges_ms(day, day, zone)
                yield day, Told(source, *days.summarise_day(samples, start, end, kind))


def each_day(
    patient: Patient, kind: str, first: date, last: date
) -> Iterator[tuple[date, str, Columns]]:
    """The local days that hold samples, each with the source that counts on it and its samples."""
    edges = days.edges_ms(first, last, ZoneInfo(patient.zone))
    by_source = layers.by_source(
        patient.id, kind, days.utc_day(edges[0]), days.utc_day(edges[-1] - 1)
    )
    if not by_source:
        return
    order = priority(patient.id, kind) if len(by_source) > 1 else []
    for number, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
        source = days.best_source(by_source, start, end, order)
        if source is not None:
            yield first + number * ONE_DAY, source, by_source[source].between(start, end)


def told_hours(
    patient: Patient, kind: str, first: date, last: date, start_ms: int, end_ms: int
) -> Iterator[tuple[int, Summary]] | None:
    """The whole hours of [start, end) from what is told of the days, by where each begins.

    None if the days' own hours are not those counted from `start`.
    """
    edges = days.edges_ms(first, last, ZoneInfo(patient.zone))
    if (end_ms - start_ms) % HOUR_MS or any((edge - start_ms) % HOUR_MS for edge in edges):
        return None
    told = told_days(patient, kind, first, last, with_hours=True)
    begins = dict(zip([first + n * ONE_DAY for n in range(len(edges))], edges, strict=True))
    return (
        (at, summary)
        for day, one in told.items()
        for at, summary in _hours(one, begins[day])
        if start_ms <= at < end_ms
    )


def _hours(told: Told, begins_ms: int) -> Iterator[tuple[int, Summary]]:
    hours = told.buckets()
    for at, number in enumerate(hours.numbers.tolist()):
        yield begins_ms + number * HOUR_MS, hours.summary(at, HOUR_MS)


def stretches(ordered: Iterable[date], longest: int) -> list[list[date]]:
    """Neighbouring days together, so that a month is one read."""
    found: list[list[date]] = []
    for day in ordered:
        near = bool(found) and day - found[-1][-1] <= timedelta(days=2)
        if near and len(found[-1]) < longest:
            found[-1].append(day)
        else:
            found.append([day])
    return found

"""Reading streams: raw columns, hours, days; what is not merged yet is always in them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max

from backend.core import statements
from backend.core.problems import TooLarge
from backend.patients.access import Category, Chart
from backend.streams import days, layers, log, summaries
from backend.streams.columns import EMPTY, Columns, decode
from backend.streams.days import HOUR_MS, ONE_DAY, Summary
from backend.streams.models import Chunk, Upload
from backend.streams.plans import priority
from backend.wire.codec import moment_of, ms_of
from backend.wire.measures import MEASURES
from backend.wire.messages import DaySummary, RawColumns

MOST_SAMPLES = 1_000_000  # in one answer that is not streamed
LONGEST = timedelta(days=366 * 12)
COUNT = """
SELECT coalesce(sum(count), 0) FROM streams_chunk
WHERE patient_id = %s AND kind = %s AND day BETWEEN %s AND %s
"""
STREAMED_DAYS = 14  # that are in memory together


def kinds_of(chart: Chart) -> list[str]:
    """Kinds that the patient has samples of, in the order of the measures table."""
    chart.need(Category.STREAMS)
    mine = {"patient_id": chart.patient.id}
    found = set(Chunk.objects.filter(**mine).values_list("kind", flat=True).distinct())
    found |= set(Upload.objects.filter(**mine, merged=False).values_list("kind", flat=True))
    return [kind for kind in MEASURES if kind in found]


def latest_moment(chart: Chart) -> datetime | None:
    """When the newest sample that ever came in was measured."""
    found = [latest_of(chart, kind) for kind in kinds_of(chart)]
    return max((latest.at for latest in found if latest), default=None)


class Latest(NamedTuple):
    """When a kind was measured last, and by which source."""

    at: datetime
    source: str


def latest_of(chart: Chart, kind: str) -> Latest | None:
    """The newest sample of the kind that ever came in."""
    chart.need(Category.STREAMS)
    mine = {"patient_id": chart.patient.id, "kind": kind}
    waiting = Upload.objects.filter(**mine, merged=False).values_list("source")
    found = [Latest(at, name) for name, at in waiting.annotate(Max("last_at")) if at]
    newest = Chunk.objects.filter(**mine).order_by("-day").values_list("day", flat=True)[:1]
    for name, payload in Chunk.objects.filter(**mine, day=newest).values_list("source", "payload"):
        found.append(Latest(moment_of(int(decode(payload).instants[-1])), name))
    return min(found, key=lambda latest: (-ms_of(latest.at), latest.source), default=None)


def sources_of(chart: Chart, *, start: datetime, end: datetime) -> dict[str, list[str]]:
    """Which sources measured each kind on the UTC days of [start, end), by name."""
    chart.need(Category.STREAMS)
    first, last = days.utc_day(ms_of(start)), days.utc_day(_ceil_ms(end) - 1)
    chunks = Chunk.objects.filter(patient_id=chart.patient.id, day__gte=first, day__lte=last)
    pending = Upload.objects.filter(
        patient_id=chart.patient.id, merged=False, last_at__gte=start, start_at__lt=end
    )
    found = set(chunks.order_by().values_list("kind", "source").distinct())
    found |= set(pending.order_by().values_list("kind", "source"))
    return {
        kind: sorted(source for of, source in found if of == kind)
        for kind in MEASURES
        if any(of == kind for of, _ in found)
    }


def samples(
    chart: Chart,
    kind: str,
    *,
    start: datetime,
    end: datetime,
    source: str | None = None,
    is_small: bool = False,
) -> Columns:
    """The samples of [start, end): of the source that counts on each local day, or of one source.

    Raises TooLarge beyond MOST_SAMPLES, unless the caller has counted them; raw_days has no limit.
    """
    chart.need(Category.STREAMS)
    _check_length(start, end)
    zone = ZoneInfo(chart.patient.zone)
    edges = days.edges_ms(*_local_days(start, end, zone), zone)
    first, last = days.utc_day(edges[0]), days.utc_day(edges[-1] - 1)
    if not is_small and (last - first).days > 10:
        _check_size(chart, kind, first, last)
    by_source = dict(layers.by_source(chart.patient.id, kind, first, last))
    if source is not None:
        by_source = {name: found for name, found in by_source.items() if name == source}
    return _one_source(chart, kind, by_source, edges).between(ms_of(start), _ceil_ms(end))


def _one_source(
    chart: Chart, kind: str, by_source: dict[str, Columns], edges: list[int]
) -> Columns:
    if not by_source:
        return EMPTY
    order = priority(chart.patient.id, kind) if len(by_source) > 1 else []
    return days.one_source(by_source, edges, order)


def raw_days(chart: Chart, kind: str, *, start: datetime, end: datetime) -> Iterator[Columns]:
    """`samples` local day by local day, however long; never more than a fortnight in memory."""
    chart.need(Category.STREAMS)
    _check_length(start, end)
    first, last = _local_days(start, end, ZoneInfo(chart.patient.zone))
    start_ms, end_ms = ms_of(start), _ceil_ms(end)
    return (
        found
        for day in range(0, (last - first).days + 1, STREAMED_DAYS)
        for _, _, whole in summaries.each_day(
            chart.patient,
            kind,
            first + day * ONE_DAY,
            min(first + (day + STREAMED_DAYS - 1) * ONE_DAY, last),
        )
        if len(found := whole.between(start_ms, end_ms))
    )


def as_known_at(
    chart: Chart, kind: str, *, start: datetime, end: datetime, at: datetime
) -> Columns:
    """The samples of [start, end) as one would have read them at that moment.

    Rebuilt from the uploads that had come in by then; which source counts is said by today's plan.
    """
    chart.need(Category.STREAMS)
    _check_length(start, end)
    zone = ZoneInfo(chart.patient.zone)
    edges = days.edges_ms(*_local_days(start, end, zone), zone)
    _check_size(chart, kind, days.utc_day(edges[0]), days.utc_day(edges[-1] - 1))
    by_source = log.raw(chart.patient.id, kind, start_ms=edges[0], end_ms=edges[-1], at=at)
    return _one_source(chart, kind, by_source, edges).between(ms_of(start), _ceil_ms(end))


def raw_columns(chart: Chart, kind: str, *, start: datetime, end: datetime) -> RawColumns:
    """`samples` in the form of the wire."""
    found = samples(chart, kind, start=start, end=end)
    first = int(found.instants[0]) if len(found) else 0
    return RawColumns(
        kind=kind,
        unit=MEASURES[kind].unit,
        start=moment_of(first) if len(found) else None,
        offsets_ms=(found.instants - first).tolist(),
        values=found.values.tolist(),
    )


def hour_summaries(chart: Chart, kind: str, *, start: datetime, end: datetime) -> list[DaySummary]:
    """Hours that hold samples, counted from `start` so that a phone's own hours are the same.

    Where the patient's own hours are those, as almost everywhere, from the rollups.
    """
    chart.need(Category.STREAMS)
    _check_length(start, end)
    first, last = _local_days(start, end, ZoneInfo(chart.patient.zone))
    start_ms, end_ms = ms_of(start), _ceil_ms(end)
    told = summaries.told_hours(chart.patient, kind, first, last, start_ms, end_ms)
    if told is None:
        told = _cut_hours(chart, kind, start, end)
    return [_told(kind, moment_of(at), summary) for at, summary in told]


def _cut_hours(
    chart: Chart, kind: str, start: datetime, end: datetime
) -> Iterator[tuple[int, Summary]]:
    found = samples(chart, kind, start=start, end=end)
    zone = ZoneInfo(chart.patient.zone)
    standing = days.day_standing_ms(
        found, days.edges_ms(*_local_days(start, end, zone), zone), kind
    )
    edges = list(range(ms_of(start), _ceil_ms(end) + HOUR_MS, HOUR_MS))
    hours = days.summarise_each(found, standing, edges, kind)
    for at, number in enumerate(hours.numbers.tolist()):
        yield edges[number], hours.summary(at, HOUR_MS)


def day_summaries(chart: Chart, kind: str, *, start: datetime, end: datetime) -> list[DaySummary]:
    """The local days that overlap [start, end) and hold samples, each of them whole."""
    chart.need(Category.STREAMS)
    _check_length(start, end)
    first, last = _local_days(start, end, ZoneInfo(chart.patient.zone))
    told = summaries.told_days(chart.patient, kind, first, last)
    return [_told(kind, day, one.summary, one.source) for day, one in told.items()]


def _told(kind: str, at: date | datetime, one: Summary, source: str = "") -> DaySummary:
    """`sum` only where adding means something: steps yes, heart rates no."""
    total = one.total if MEASURES[kind].summary == "sum" else None
    return DaySummary(at, one.count, one.mean, one.low, one.high, total, one.coverage, source)


def _check_size(chart: Chart, kind: str, first: date, last: date) -> None:
    """Known from the chunks' counts before anything is unpacked."""
    found = statements.run(COUNT, [chart.patient.id, kind, first, last]).first()
    if found is not None and found[0] > MOST_SAMPLES:
        raise TooLarge("Ask for fewer days, or for hours or days.", limit=MOST_SAMPLES)


def _check_length(start: datetime, end: datetime) -> None:
    if end - start > LONGEST:
        raise TooLarge("Ask for fewer days.", limit=LONGEST.days)


def _local_days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first and last local day that [start, end) touches."""
    first = days.local_day(start, zone)
    last = days.local_day(end - timedelta(microseconds=1), zone)
    return first, max(first, last)


def _ceil_ms(moment: datetime) -> int:
    """An end that is part of a millisecond still includes it."""
    return ms_of(moment + timedelta(microseconds=999))

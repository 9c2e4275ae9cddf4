"""Reading streams: raw columns, hours, days; what is not merged yet is always in them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max

from backend.core.problems import TooLarge
from backend.patients.access import Category, Chart
from backend.streams import days, layers
from backend.streams.columns import EMPTY, Columns, decode
from backend.streams.days import HOUR_MS, ONE_DAY, Summary
from backend.streams.models import Chunk, DayRollup, Upload
from backend.streams.plans import priority
from backend.wire.codec import moment_of, ms_of
from backend.wire.measures import MEASURES
from backend.wire.messages import DaySummary, RawColumns

MOST_SAMPLES = 1_000_000  # in one raw answer
LONGEST = timedelta(days=366 * 12)


def kinds_of(chart: Chart) -> list[str]:
    """Kinds that the patient has samples of, in the order of the measures table."""
    chart.need(Category.STREAMS)
    mine = {"patient_id": chart.patient.id}
    found = set(Chunk.objects.filter(**mine).values_list("kind", flat=True).distinct())
    found |= set(Upload.objects.filter(**mine, merged=False).values_list("kind", flat=True))
    return [kind for kind in MEASURES if kind in found]


def latest_moment(chart: Chart) -> datetime | None:
    """When the newest sample that ever came in was measured."""
    chart.need(Category.STREAMS)
    kept = Upload.objects.filter(patient_id=chart.patient.id)
    return kept.aggregate(latest=Max("last_at"))["latest"]  # type: ignore[no-any-return]


class Latest(NamedTuple):
    """When a kind was measured last, and by which source."""

    at: datetime
    source: str


def latest_of(chart: Chart, kind: str) -> Latest | None:
    """The newest sample of the kind that ever came in."""
    chart.need(Category.STREAMS)
    kept = Upload.objects.filter(patient_id=chart.patient.id, kind=kind, last_at__isnull=False)
    found = kept.order_by("-last_at", "source").values_list("last_at", "source").first()
    return Latest(found[0], found[1]) if found and found[0] else None


def sources_of(chart: Chart, *, start: datetime, end: datetime) -> dict[str, list[str]]:
    """Which sources measured each kind on the UTC days of [start, end), by name."""
    chart.need(Category.STREAMS)
    first, last = days.utc_day(ms_of(start)), days.utc_day(_ceil_ms(end) - 1)
    chunks = Chunk.objects.filter(patient_id=chart.patient.id, day__gte=first, day__lte=last)
    pending = layers.pending_uploads(chart.patient.id).filter(last_at__gte=start, start_at__lt=end)
    found = set(chunks.order_by().values_list("kind", "source").distinct())
    found |= set(pending.order_by().values_list("kind", "source"))
    return {
        kind: sorted(source for of, source in found if of == kind)
        for kind in MEASURES
        if any(of == kind for of, _ in found)
    }


def samples(
    chart: Chart, kind: str, *, start: datetime, end: datetime, source: str | None = None
) -> Columns:
    """The samples of [start, end): of the source that counts on each local day, or of one source.

    Raises TooLarge beyond MOST_SAMPLES.
    """
    chart.need(Category.STREAMS)
    _check_length(start, end)
    zone = ZoneInfo(chart.patient.zone)
    edges = days.edges_ms(*_local_days(start, end, zone), zone)
    by_source = _by_source(chart, kind, edges)
    if source is not None:
        by_source = {name: found for name, found in by_source.items() if name == source}
    if not by_source:
        return EMPTY
    return _one_source(chart, kind, by_source, edges).between(ms_of(start), _ceil_ms(end))


def _one_source(
    chart: Chart, kind: str, by_source: Mapping[str, Columns], edges: list[int]
) -> Columns:
    order = priority(chart.patient.id, kind) if len(by_source) > 1 else []
    return days.one_source(by_source, edges, order)


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
    """Hours that hold samples, counted from `start` so that a phone's own hours are the same."""
    found = samples(chart, kind, start=start, end=end)
    edges = list(range(ms_of(start), _ceil_ms(end) + HOUR_MS, HOUR_MS))
    return [
        _told(kind, moment_of(edges[number]), summary)
        for number, summary in days.summarise_each(found, edges).items()
    ]


def day_summaries(chart: Chart, kind: str, *, start: datetime, end: datetime) -> list[DaySummary]:
    """The local days that overlap [start, end) and hold samples, each of them whole."""
    chart.need(Category.STREAMS)
    _check_length(start, end)
    zone = ZoneInfo(chart.patient.zone)
    first, last = _local_days(start, end, zone)
    stale = _fresh_days(chart, kind, first, last, zone)
    rows = DayRollup.objects.filter(
        patient_id=chart.patient.id, kind=kind, day__gte=first, day__lte=last
    )
    found: dict[date, Summary] = {}
    for row in rows:
        if row.zone == chart.patient.zone:
            found[row.day] = Summary(row.count, row.mean, row.low, row.high, row.total)
        else:
            stale |= {row.day - ONE_DAY, row.day, row.day + ONE_DAY}
    found |= _reckoned(chart, kind, sorted(d for d in stale if first <= d <= last), zone)
    return [_told(kind, day, found[day]) for day in sorted(found)]


def _told(kind: str, at: date | datetime, summary: Summary) -> DaySummary:
    """`sum` only where adding means something: steps yes, heart rates no."""
    total = summary.total if MEASURES[kind].summary == "sum" else None
    return DaySummary(at, summary.count, summary.mean, summary.low, summary.high, total)


def _fresh_days(chart: Chart, kind: str, first: date, last: date, zone: ZoneInfo) -> set[date]:
    """Local days that uploads touch which are not merged yet."""
    start, end = days.day_start(first, zone), days.day_start(last + ONE_DAY, zone)
    pending = layers.pending_uploads(chart.patient.id, kind).filter(
        last_at__gte=start, start_at__lt=end
    )
    touched: set[date] = set()
    for upload in pending:
        touched |= days.touched_days(decode(upload.payload), zone)
    return touched


def _reckoned(
    chart: Chart, kind: str, wanted: Iterable[date], zone: ZoneInfo
) -> dict[date, Summary]:
    """Summaries straight from the samples."""
    found = {}
    for day in wanted:
        edges = days.edges_ms(day, day, zone)
        by_source = _by_source(chart, kind, edges)
        if by_source and len(whole := _one_source(chart, kind, by_source, edges)):
            found[day] = days.summarise(whole)
    return found


def _by_source(chart: Chart, kind: str, edges: list[int]) -> dict[str, Columns]:
    first, last = days.utc_day(edges[0]), days.utc_day(edges[-1] - 1)
    if (last - first).days > 10:
        _check_size(chart, kind, first, last)
    return dict(layers.by_source(chart.patient.id, kind, first, last))


def _check_size(chart: Chart, kind: str, first: date, last: date) -> None:
    """Known from the chunks' counts before anything is unpacked."""
    counts = Chunk.objects.filter(
        patient_id=chart.patient.id, kind=kind, day__gte=first, day__lte=last
    ).values_list("count", flat=True)
    if sum(counts) > MOST_SAMPLES:
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

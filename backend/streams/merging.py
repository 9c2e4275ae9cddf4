"""The agenda's handler that lays new uploads into chunks and restates the days they touch."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.accounts.actors import job
from backend.agenda.actions import call_up
from backend.core import statements
from backend.core.statements import array
from backend.patients.access import Category, Deed, open_chart
from backend.patients.models import Patient
from backend.streams import days, layers, log
from backend.streams.actions import MERGE
from backend.streams.binding import LEAST, bind_uploads
from backend.streams.columns import Columns, encode, join
from backend.streams.hours import pack_hours
from backend.streams.layers import Layer, Place
from backend.streams.log import Fresh, Waiting
from backend.streams.models import DayRollup
from backend.streams.plans import priority
from backend.streams.summaries import stretches
from backend.streams.turns import take_turn

AT_ONCE = log.AT_ONCE  # uploads in one transaction; the rest is due again at once
REFRESH = "insights.refresh"
LONGEST_STRETCH = 40  # days whose samples are in memory together

MERGED = (
    "UPDATE streams_upload SET merged = true WHERE patient_id = %s AND upload_id = ANY(%s::uuid[])"
)
WRITE_CHUNKS = (
    "INSERT INTO streams_chunk (patient_id, kind, bucket, day, source, count, newest, payload)"
    " SELECT %s, %s, %s, * FROM unnest"
    "(%s::date[], %s::text[], %s::int[], %s::uuid[], %s::bytea[])"
    " ON CONFLICT (patient_id, kind, day, source) DO UPDATE SET count = excluded.count,"
    " newest = excluded.newest, payload = excluded.payload"
)
WRITE_DAYS = (
    "INSERT INTO streams_dayrollup (patient_id, kind, bucket, zone, day, source, count, mean, low,"
    " high, total, coverage, hours) SELECT %s, %s, %s, %s, * FROM unnest"
    "(%s::date[], %s::text[], %s::int[], %s::float8[], %s::float8[], %s::float8[], %s::float8[],"
    " %s::float8[], %s::bytea[])"
    " ON CONFLICT (patient_id, kind, day) DO UPDATE SET zone = excluded.zone,"
    " source = excluded.source, count = excluded.count, mean = excluded.mean, low = excluded.low,"
    " high = excluded.high, total = excluded.total, coverage = excluded.coverage,"
    " hours = excluded.hours"
)


def merge_patient(
    patient_id: UUID, *, now: datetime, at_once: int = AT_ONCE, bind_from: int = LEAST
) -> datetime | None:
    """Merge what is not merged; due again at once if there was too much for one round.

    Commutative and idempotent: uploads in whatever order, however often, end in the same chunks.
    """
    chart = open_chart(
        job(MERGE), patient_id, Category.STREAMS, deed=Deed.CHANGE, subject=MERGE, now=now
    )
    take_turn(patient_id)
    found = log.waiting(patient_id, limit=at_once)
    if found:
        _merge(chart.patient, found)
        call_up(patient_id, REFRESH)
    if _is_waiting(patient_id) or _follow_zone(chart.patient):
        return now
    return bind_uploads(chart.patient, least=bind_from, now=now)


def _is_waiting(patient_id: UUID) -> bool:
    rows = statements.run(
        "SELECT 1 FROM streams_upload WHERE patient_id = %s AND NOT merged LIMIT 1", [patient_id]
    )
    return rows.first() is not None


def _merge(patient: Patient, found: list[Waiting]) -> None:
    by_kind: dict[str, list[Waiting]] = defaultdict(list)
    for waiting in found:
        by_kind[waiting.kind].append(waiting)
    for kind in sorted(by_kind):
        fresh = {
            Place(waiting.source, day): part
            for waiting in by_kind[kind]
            for day, part in waiting.fresh.days()
        }
        _lay_down(patient, kind, fresh, _touched(patient, fresh))
    ids = [id_.hex() for waiting in found for id_ in waiting.fresh.ids]
    statements.run(MERGED, [patient.id, array(ids)])


def _touched(patient: Patient, fresh: dict[Place, Fresh]) -> set[date]:
    zone = ZoneInfo(patient.zone)
    touched: set[date] = set()
    for part in fresh.values():
        touched |= days.touched_days(Columns(part.instants, part.values), zone)
    return touched


def restate_days(patient: Patient, kind: str, touched: Iterable[date]) -> None:
    """Recompute these local days, each from its own samples."""
    _lay_down(patient, kind, {}, set(touched))


def _lay_down(patient: Patient, kind: str, fresh: dict[Place, Fresh], touched: set[date]) -> None:
    """Write the chunks, and the local days whose samples may have changed.

    Stretch by stretch, so that a year needs no more memory than a month. A chunk that was laid is
    at hand for its days; a day that begins in the stretch before finds that one's last chunks.
    """
    zone = ZoneInfo(patient.zone)
    reach = {day: _utc_days(day, zone) for day in touched}
    needed = {place.day for place in fresh} | {day for both in reach.values() for day in both}
    before: dict[Place, Columns] = {}
    for stretch in stretches(sorted(needed), LONGEST_STRETCH):
        laid = _lay_stretch(patient, kind, stretch, fresh)
        ends_here = sorted(day for day, both in reach.items() if both[-1] in stretch)
        _restate(patient, kind, ends_here, before | laid)
        before = {place: laid[place] for place in laid if place.day == stretch[-1]}


def _utc_days(day: date, zone: ZoneInfo) -> list[date]:
    """The UTC days that a local day reaches into."""
    start, end = days.edges_ms(day, day, zone)
    first, last = days.utc_day(start), days.utc_day(end - 1)
    return [first + n * days.ONE_DAY for n in range((last - first).days + 1)]


def _lay_stretch(
    patient: Patient,
    kind: str,
    stretch: list[date],
    fresh: dict[Place, Fresh],
) -> dict[Place, Columns]:
    """Merge and write the chunks of these UTC days; all samples of them."""
    chunks = layers.chunks_of(patient.id, kind, stretch)
    wanted = set(stretch)
    here = {place: part for place, part in fresh.items() if place.day in wanted}
    laid = {
        place: layers.lay(patient.id, kind, place, chunks.get(place), part)
        for place, part in here.items()
    }
    _write_chunks(patient, kind, laid)
    known = {place: chunk.layer().samples for place, chunk in chunks.items() if place not in laid}
    return known | {place: layer.samples for place, layer in laid.items()}


def _write_chunks(patient: Patient, kind: str, laid: dict[Place, Layer]) -> None:
    if not laid:
        return
    columns = [
        [place.day for place in laid],
        [place.source for place in laid],
        [len(layer.samples) for layer in laid.values()],
        [layer.upload_id for layer in laid.values()],
        [encode(layer.samples) for layer in laid.values()],
    ]
    statements.run(WRITE_CHUNKS, [patient.id, kind, patient.bucket, *columns])


def _restate(
    patient: Patient, kind: str, touched: list[date], samples: dict[Place, Columns]
) -> None:
    zone = ZoneInfo(patient.zone)
    order = priority(patient.id, kind) if len({place.source for place in samples}) > 1 else []
    rows = []
    for day in touched:
        start, end = days.edges_ms(day, day, zone)
        reached = _utc_days(day, zone)
        parts: dict[str, list[Columns]] = defaultdict(list)
        for place in sorted(samples, key=lambda place: place.day):
            if place.day in reached:
                parts[place.source].append(samples[place].between(start, end))
        by_source = {source: join(found) for source, found in parts.items()}
        source = days.best_source(by_source, start, end, order)
        if source is not None:
            told, hours = days.summarise_day(by_source[source], start, end, kind)
            numbers = (told.count, told.mean, told.low, told.high, told.total, told.coverage)
            rows.append((day, source, *numbers, pack_hours(hours)))
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        statements.run(WRITE_DAYS, [patient.id, kind, patient.bucket, patient.zone, *columns])


def _follow_zone(patient: Patient) -> bool:
    """Restate days that are stale or of where the patient lived before; True if some are left."""
    stale = DayRollup.objects.filter(patient=patient).exclude(zone=patient.zone)
    rows = list(stale.order_by("kind", "day").values_list("kind", "day")[:AT_ONCE])
    if not rows:
        return False
    moved: dict[str, set[date]] = defaultdict(set)
    for kind, day in rows:
        moved[kind] |= {day - days.ONE_DAY, day, day + days.ONE_DAY}
    for kind, around in moved.items():
        # A day at the edge may hold nothing any more, so the old rows go first.
        stale.filter(kind=kind, day__in=around).delete()
        restate_days(patient, kind, around)
    return len(rows) == AT_ONCE

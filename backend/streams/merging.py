"""The agenda's handler that lays new uploads into chunks and restates the days they touch."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.accounts.actors import job
from backend.agenda.actions import call_up
from backend.patients.access import Category, Deed, open_chart
from backend.patients.models import Patient
from backend.streams import days, layers
from backend.streams.actions import MERGE
from backend.streams.columns import Columns, encode, join
from backend.streams.models import Chunk, DayRollup, Upload
from backend.streams.plans import priority
from backend.streams.turns import take_turn

AT_ONCE = 2_000  # uploads in one transaction; the rest is due again at once
REFRESH = "insights.refresh"


def merge_patient(patient_id: UUID, *, now: datetime, at_once: int = AT_ONCE) -> datetime | None:
    """Merge what is not merged; due again at once if there was too much for one round.

    Commutative and idempotent: uploads in whatever order, however often, end in the same chunks.
    """
    chart = open_chart(
        job(MERGE), patient_id, Category.STREAMS, deed=Deed.CHANGE, subject=MERGE, now=now
    )
    take_turn(patient_id)
    uploads = list(layers.pending_uploads(patient_id)[: at_once + 1])
    if not uploads:
        return now if _follow_zone(chart.patient) else None
    batch = uploads[:at_once]
    by_kind: dict[str, list[Upload]] = defaultdict(list)
    for upload in batch:
        by_kind[upload.kind].append(upload)
    for kind in sorted(by_kind):
        touched = _merge_kind(chart.patient, kind, by_kind[kind])
        restate_days(chart.patient, kind, touched)
    Upload.objects.filter(
        patient_id=patient_id, upload_id__in=[upload.upload_id for upload in batch]
    ).update(merged=True)
    call_up(patient_id, REFRESH)
    return now if len(uploads) > at_once or _follow_zone(chart.patient) else None


def _merge_kind(patient: Patient, kind: str, uploads: list[Upload]) -> set[date]:
    """Write the chunks; returns the local days whose samples may have changed."""
    zone = ZoneInfo(patient.zone)
    pending = layers.by_place(uploads)
    chunks = layers.chunk_layers(patient.id, kind, pending)
    touched: set[date] = set()
    merged = []
    for place, fresh in pending.items():
        layer = layers.day_layers(patient.id, kind, place, chunks.get(place), fresh)
        merged.append(_chunk(patient, kind, place, layer))
        for part in fresh:
            touched |= days.touched_days(part.samples, zone)
    Chunk.objects.bulk_create(
        merged,
        update_conflicts=True,
        unique_fields=["patient", "kind", "day", "source"],
        update_fields=["count", "newest", "payload"],
        batch_size=500,
    )
    return touched


def _chunk(patient: Patient, kind: str, place: layers.Place, layer: layers.Layer) -> Chunk:
    return Chunk(
        patient=patient,
        bucket=patient.bucket,
        kind=kind,
        source=place.source,
        day=place.day,
        count=len(layer.samples),
        newest=layer.upload_id,
        payload=encode(layer.samples),
    )


def restate_days(patient: Patient, kind: str, touched: Iterable[date]) -> None:
    """Recompute these local days, each from its own samples."""
    rows = []
    for stretch in _stretches(sorted(touched)):
        rows += _rollups(patient, kind, stretch[0], stretch[-1], set(stretch))
    DayRollup.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["patient", "kind", "day"],
        update_fields=["zone", "source", "count", "mean", "low", "high", "total"],
        batch_size=500,
    )


def _follow_zone(patient: Patient) -> bool:
    """Restate days that were reckoned where the patient lived before; True if some are left."""
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


def _stretches(ordered: list[date]) -> list[list[date]]:
    """Neighbouring days together, so that a month is one read; at most 40 of them."""
    found: list[list[date]] = []
    for day in ordered:
        if found and day - found[-1][-1] <= timedelta(days=2) and len(found[-1]) < 40:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _rollups(
    patient: Patient, kind: str, first: date, last: date, wanted: set[date]
) -> list[DayRollup]:
    zone = ZoneInfo(patient.zone)
    edges = days.edges_ms(first, last, zone)
    chunks = layers.stretch_layers(
        patient.id, kind, days.utc_day(edges[0]), days.utc_day(edges[-1] - 1)
    )
    parts: dict[str, list[Columns]] = defaultdict(list)
    for place in sorted(chunks, key=lambda place: place.day):
        parts[place.source].append(chunks[place].samples)
    by_source = {source: join(found) for source, found in parts.items()}
    order = priority(patient.id, kind) if len(by_source) > 1 else []
    rows = []
    for number, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
        day = first + number * days.ONE_DAY
        source = days.best_source(by_source, start, end, order) if day in wanted else None
        if source is not None:
            summary = days.summarise(by_source[source].between(start, end))
            rows.append(_rollup(patient, kind, day, source, summary))
    return rows


def _rollup(
    patient: Patient, kind: str, day: date, source: str, summary: days.Summary
) -> DayRollup:
    return DayRollup(
        patient=patient,
        bucket=patient.bucket,
        kind=kind,
        day=day,
        zone=patient.zone,
        source=source,
        count=summary.count,
        mean=summary.mean,
        low=summary.low,
        high=summary.high,
        total=summary.total,
    )

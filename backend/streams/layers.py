"""What is known of a stream right now: chunks with what is not merged yet laid over them.

Of two values for one instant the newer upload's counts, whatever came first. Uploads are laid in
the order of their ids; a chunk stands where the newest upload in it stands. An older upload that
comes late goes under the chunk, which is right unless the two contradict each other: a chunk does
not know which upload each of its samples is from. Then the day is laid anew from its raw uploads.
Merging writes exactly what reading sees, because both call `day_layers`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from backend.streams.columns import EMPTY, Columns, Instants, Values, contradicts, decode, overlay
from backend.streams.days import DAY_MS, ONE_DAY, utc_day, utc_start_ms
from backend.streams.models import Chunk, Upload
from backend.wire.codec import moment_of


@dataclass(frozen=True, slots=True)
class Layer:
    """Samples, and the upload that they are from (of a chunk: the newest that went into it)."""

    upload_id: UUID
    samples: Columns


@dataclass(frozen=True, slots=True)
class Place:
    """One chunk's place: a UTC day of a source."""

    source: str
    day: date


def pending_uploads(patient_id: UUID, kind: str | None = None) -> QuerySet[Upload]:
    """Uploads that no chunk holds yet, oldest first."""
    found = Upload.objects.filter(patient_id=patient_id, merged=False)
    return (found if kind is None else found.filter(kind=kind)).order_by("upload_id")


def by_place(uploads: Iterable[Upload]) -> dict[Place, list[Layer]]:
    """Uploads (oldest first) cut along UTC days."""
    found: dict[Place, list[Layer]] = defaultdict(list)
    for upload in uploads:
        for day, samples in cut_days(decode(upload.payload)):
            found[Place(upload.source, day)].append(Layer(upload.upload_id, samples))
    return found


def cut_days(samples: Columns) -> Iterator[tuple[date, Columns]]:
    """The samples of each UTC day that has any."""
    at = 0
    while at < len(samples):
        start = int(samples.instants[at]) // DAY_MS * DAY_MS
        part = samples.between(start, start + DAY_MS)
        yield utc_day(start), part
        at += len(part)


def chunk_layers(patient_id: UUID, kind: str, places: Iterable[Place]) -> dict[Place, Layer]:
    """What chunks hold of these places."""
    wanted = set(places)
    rows = Chunk.objects.filter(
        patient_id=patient_id,
        kind=kind,
        day__in={place.day for place in wanted},
        source__in={place.source for place in wanted},
    )
    return {place: layer for place, layer in _layers(rows) if place in wanted}


def stretch_layers(patient_id: UUID, kind: str, first: date, last: date) -> dict[Place, Layer]:
    """What chunks hold of the UTC days first … last, of every source."""
    rows = Chunk.objects.filter(patient_id=patient_id, kind=kind, day__gte=first, day__lte=last)
    return dict(_layers(rows))


def _layers(rows: QuerySet[Chunk]) -> Iterator[tuple[Place, Layer]]:
    for source, day, newest, payload in rows.values_list("source", "day", "newest", "payload"):
        yield Place(source, day), Layer(newest, decode(payload))


def day_layers(
    patient_id: UUID, kind: str, place: Place, chunk: Layer | None, pending: list[Layer]
) -> Layer:
    """The day as it is with the pending uploads (oldest first) in it."""
    if chunk is None:
        return Layer(pending[-1].upload_id, overlay(layer.samples for layer in pending))
    under = [layer for layer in pending if layer.upload_id < chunk.upload_id]
    above = [layer for layer in pending if layer.upload_id > chunk.upload_id]
    newest = above[-1].upload_id if above else chunk.upload_id
    if any(contradicts(chunk.samples, layer.samples) for layer in under):
        return Layer(newest, _from_raw(patient_id, kind, place))
    laid = [*under, chunk, *above]
    return Layer(newest, overlay(layer.samples for layer in laid))


def _from_raw(patient_id: UUID, kind: str, place: Place) -> Columns:
    start_ms = utc_start_ms(place.day)
    rows = Upload.objects.filter(
        patient_id=patient_id,
        kind=kind,
        source=place.source,
        last_at__gte=moment_of(start_ms),
        start_at__lt=moment_of(start_ms + DAY_MS),
    ).order_by("upload_id")
    return overlay(
        decode(payload).between(start_ms, start_ms + DAY_MS)
        for payload in rows.values_list("payload", flat=True)
    )


def by_source(patient_id: UUID, kind: str, first: date, last: date) -> Mapping[str, Columns]:
    """All samples of the UTC days first … last, by source.

    Pending uploads are read before chunks: one that is merged in between is then seen twice, which
    changes nothing, and never not at all.
    """
    start, end = moment_of(utc_start_ms(first)), moment_of(utc_start_ms(last + ONE_DAY))
    pending = by_place(
        pending_uploads(patient_id, kind).filter(last_at__gte=start, start_at__lt=end)
    )
    chunks = stretch_layers(patient_id, kind, first, last)
    parts: dict[str, list[Columns]] = defaultdict(list)
    for place in sorted(chunks.keys() | pending.keys(), key=lambda p: p.day):
        if first <= place.day <= last:
            chunk, fresh = chunks.get(place), pending.get(place)
            if fresh is None:
                samples = chunk.samples if chunk else EMPTY
            else:
                samples = day_layers(patient_id, kind, place, chunk, fresh).samples
            parts[place.source].append(samples)
    return {source: overlay(found) for source, found in parts.items()}


def held_values(patient_id: UUID, kind: str, source: str, instants: Instants) -> Values:
    """What is known for each of these instants (in order); NaN where nothing is."""
    found = np.full(len(instants), np.nan)
    if not len(instants):
        return found
    places = {Place(source, utc_day(int(day) * DAY_MS)) for day in np.unique(instants // DAY_MS)}
    start, end = moment_of(int(instants[0])), moment_of(int(instants[-1]) + 1)
    pending = by_place(
        pending_uploads(patient_id, kind).filter(
            source=source, last_at__gte=start, start_at__lt=end
        )
    )
    chunks = chunk_layers(patient_id, kind, places)
    for place in places:
        chunk, fresh = chunks.get(place), pending.get(place)
        if fresh is not None:
            chunk = day_layers(patient_id, kind, place, chunk, fresh)
        if chunk is not None:
            _fill(found, instants, chunk.samples)
    return found


def _fill(found: Values, instants: Instants, samples: Columns) -> None:
    at = np.minimum(np.searchsorted(samples.instants, instants), len(samples) - 1)
    same = samples.instants[at] == instants
    found[same] = samples.values[at][same]

"""What is known of a stream right now: chunks with what is not merged yet laid over them.

Of two values for one instant the newer upload's counts, whatever came first. Uploads are laid in
the order of their ids; a chunk stands where the newest upload in it stands. An older upload that
comes late goes under the chunk, which is right unless the two contradict each other: a chunk does
not know which upload each of its samples is from. Then the day is laid anew from its raw uploads.
Merging writes exactly what reading sees, because both call `lay`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np

from backend.core import statements
from backend.core.statements import array
from backend.streams import knowledge, log
from backend.streams.batches import decode_each
from backend.streams.columns import EMPTY, Columns, Instants, Values, contradicts, decode, overlay
from backend.streams.days import DAY_MS, ONE_DAY, utc_day, utc_start_ms
from backend.streams.log import Fresh
from backend.wire.codec import moment_of

CHUNKS = (
    "SELECT source, day, newest, payload FROM streams_chunk WHERE patient_id = %s AND kind = %s"
)


@dataclass(frozen=True, slots=True)
class Layer:
    """Samples, and the newest upload that went into them."""

    upload_id: UUID
    samples: Columns


@dataclass(frozen=True, slots=True)
class Place:
    """One chunk's place: a UTC day of a source."""

    source: str
    day: date


@dataclass(slots=True)
class StoredChunk:
    """A chunk that is unpacked when it is needed."""

    newest: UUID
    payload: bytes

    def layer(self) -> Layer:
        """Its samples."""
        return Layer(self.newest, decode(self.payload))


def chunks_of(patient_id: UUID, kind: str, wanted: Iterable[date]) -> dict[Place, StoredChunk]:
    """The chunks of these UTC days, of every source."""
    rows = statements.run(
        f"{CHUNKS} AND day = ANY(%s::date[])", [patient_id, kind, array(sorted(set(wanted)))]
    )
    return dict(_chunks(rows))


def chunks_between(
    patient_id: UUID, kind: str, first: date, last: date
) -> dict[Place, StoredChunk]:
    """The chunks of the UTC days first … last, of every source."""
    rows = statements.run(f"{CHUNKS} AND day BETWEEN %s AND %s", [patient_id, kind, first, last])
    return dict(_chunks(rows))


def _chunks(rows: Iterable[statements.Row]) -> Iterator[tuple[Place, StoredChunk]]:
    for source, day, newest, payload in rows:
        yield Place(source, day), StoredChunk(newest, payload)


def lay(
    patient_id: UUID, kind: str, place: Place, chunk: StoredChunk | None, fresh: Fresh
) -> Layer:
    """The day as it is with what waits in it."""
    if chunk is None:
        return Layer(fresh.newest, fresh.samples())
    known = chunk.layer()
    under, above = fresh.around(known.upload_id)
    newest = above.newest if len(above) else known.upload_id
    if len(under) and contradicts(known.samples, Columns(under.instants, under.values)):
        start_ms = utc_start_ms(place.day)
        found = log.raw(
            patient_id, kind, start_ms=start_ms, end_ms=start_ms + DAY_MS, source=place.source
        )
        return Layer(newest, found[place.source])
    return Layer(newest, overlay([under.samples(), known.samples, above.samples()]))


def by_source(patient_id: UUID, kind: str, first: date, last: date) -> Mapping[str, Columns]:
    """All samples of the UTC days first … last, by source.

    What waits is read before chunks: an upload that is merged in between is then seen twice, which
    changes nothing, and never not at all.
    """
    start_ms, end_ms = utc_start_ms(first), utc_start_ms(last + ONE_DAY)
    if (at := knowledge.moment.get()) is not None:
        return log.raw(patient_id, kind, start_ms=start_ms, end_ms=end_ms, at=at)
    start, end = moment_of(start_ms), moment_of(end_ms)
    pending = _by_place(log.waiting(patient_id, kind=kind, start=start, end=end))
    chunks = chunks_between(patient_id, kind, first, last)
    if not pending:
        return _together(chunks)
    parts: dict[str, list[Columns]] = defaultdict(list)
    for place in sorted(chunks.keys() | pending.keys(), key=lambda p: p.day):
        if first <= place.day <= last:
            parts[place.source].append(_seen(patient_id, kind, place, chunks, pending))
    return {source: overlay(found) for source, found in parts.items()}


def _together(chunks: Mapping[Place, StoredChunk]) -> dict[str, Columns]:
    """The chunks of each source, unpacked at once: days of one source follow one another."""
    parts: dict[str, list[bytes]] = defaultdict(list)
    for place in sorted(chunks, key=lambda p: p.day):
        parts[place.source].append(chunks[place].payload)
    found = {source: decode_each(payloads) for source, payloads in parts.items()}
    return {source: Columns(batch.instants, batch.values) for source, batch in found.items()}


def _by_place(waiting: Iterable[log.Waiting]) -> dict[Place, Fresh]:
    return {Place(w.source, day): fresh for w in waiting for day, fresh in w.fresh.days()}


def _seen(
    patient_id: UUID,
    kind: str,
    place: Place,
    chunks: Mapping[Place, StoredChunk],
    pending: Mapping[Place, Fresh],
) -> Columns:
    chunk, fresh = chunks.get(place), pending.get(place)
    if fresh is not None:
        return lay(patient_id, kind, place, chunk, fresh).samples
    return chunk.layer().samples if chunk is not None else EMPTY


def held_values(patient_id: UUID, kind: str, source: str, instants: Instants) -> Values:
    """What is known for each of these instants (in order); NaN where nothing is."""
    found = np.full(len(instants), np.nan)
    if not len(instants):
        return found
    places = {Place(source, utc_day(int(day) * DAY_MS)) for day in np.unique(instants // DAY_MS)}
    start, end = moment_of(int(instants[0])), moment_of(int(instants[-1]) + 1)
    pending = _by_place(log.waiting(patient_id, kind=kind, source=source, start=start, end=end))
    chunks = chunks_of(patient_id, kind, {place.day for place in places})
    for place in places:
        samples = _seen(patient_id, kind, place, chunks, pending)
        if len(samples):
            _fill(found, instants, samples)
    return found


def _fill(found: Values, instants: Instants, samples: Columns) -> None:
    at = np.minimum(np.searchsorted(samples.instants, instants), len(samples) - 1)
    same = samples.instants[at] == instants
    found[same] = samples.values[at][same]

"""Merged uploads become volumes: the log's lasting form, a tenth of the rows' size.

In one transaction: a kill leaves rows or a volume, never neither. Only what came in a while ago is
bound. A phone that got no answer sends the same upload again within seconds; while its row stands,
the primary key answers even a copy that arrives at the same moment.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from psycopg.types.json import Json

from backend.core import statements
from backend.core.statements import array
from backend.patients.models import Patient
from backend.streams.batches import decode_each
from backend.streams.columns import EMPTY, encode
from backend.streams.log import MOST_AT_ONCE, split
from backend.streams.models import Volume
from backend.streams.volumes import Bound, Receipts, bind, receipts_of, unbind
from backend.wire.codec import moment_of

GRACE = timedelta(minutes=2)
LEAST = 16  # uploads that are worth a volume
WEIGHTY = 125  # samples that count as much as one more upload: two large ones are worth it too
MOST = 256  # in one
MOST_SAMPLES = 300_000  # in one, where its uploads are large
SMALL = 2_048  # bytes; a smaller volume is bound anew with the uploads that follow
AT_ONCE = 4_000  # read for one round
NONE = encode(EMPTY)  # stands for the samples of a refused upload

STREAMS = (
    "SELECT kind, source, greatest(count(*), sum(count) / %s),"
    " greatest(count(*) FILTER (WHERE ready), sum(count) FILTER (WHERE ready) / %s)"
    " FROM (SELECT *, received_at <= %s AS ready FROM streams_upload"
    " WHERE patient_id = %s AND merged) AS merged GROUP BY kind, source"
)
MERGED = (
    "SELECT string_agg(uuid_send(upload_id), ''::bytea ORDER BY upload_id),"
    " string_agg(int8send((extract(epoch FROM received_at) * 1000000)::bigint), ''::bytea"
    " ORDER BY upload_id),"
    " string_agg(int4send(octet_length(payload)), ''::bytea ORDER BY upload_id),"
    " string_agg(payload, ''::bytea ORDER BY upload_id),"
    " jsonb_object_agg(upload_id::text, problems) FILTER (WHERE problems IS NOT NULL)"
    " FROM (SELECT *, sum(count) OVER (ORDER BY upload_id) - count AS before FROM streams_upload"
    " WHERE patient_id = %s AND merged AND kind = %s AND source = %s AND received_at <= %s"
    " ORDER BY upload_id LIMIT %s) AS ready WHERE before < %s"
)
FORGET = "DELETE FROM streams_upload WHERE patient_id = %s AND upload_id = ANY(%s::uuid[])"
WRITE = (
    "INSERT INTO streams_volume (patient_id, kind, bucket, source, first_id, last_id, start_at,"
    " last_at, uploads, payload, problems) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def bind_uploads(patient: Patient, *, least: int = LEAST, now: datetime) -> datetime | None:
    """Bind what has been merged; when the rest may be bound, or None where it is too little yet."""
    cutoff = now - GRACE
    due: datetime | None = None
    asked = [WEIGHTY, WEIGHTY, cutoff, patient.id]
    for kind, source, weight, ready in statements.run(STREAMS, asked):
        if (ready or 0) >= least:
            _bind_stream(patient, kind, source, cutoff)
            due = now  # there may be more than one round binds
        elif weight >= least:
            due = due or now + GRACE
    return due


def _bind_stream(patient: Patient, kind: str, source: str, cutoff: datetime) -> None:
    found = statements.run(
        MERGED, [patient.id, kind, source, cutoff, AT_ONCE, MOST_AT_ONCE]
    ).first()
    ids, received, lengths, payloads, problems = found or (b"", b"", b"", b"", None)
    named = tuple(ids[at : at + 16] for at in range(0, len(ids), 16))
    batch = decode_each([blob or NONE for blob in split(payloads, lengths)])
    came = np.frombuffer(received, ">i8").astype(np.int64)
    fresh = Bound(Receipts(named, came, batch.counts), batch.instants, batch.values)
    whole, known = _with_last(patient, kind, source, fresh)
    known |= problems or {}
    for part in _parts(whole):
        _write(patient, kind, source, part, known)
    statements.run(FORGET, [patient.id, array(id_.hex() for id_ in named)])


def _with_last(
    patient: Patient, kind: str, source: str, fresh: Bound
) -> tuple[Bound, dict[str, list[dict[str, object]]]]:
    """Together with the stream's last volume, if that is small, and without what is bound already.

    A copy that came while its row was being bound stands in the log again; it says nothing new.
    """
    volumes = Volume.objects.filter(patient=patient, kind=kind, source=source)
    last = volumes.order_by("-last_id").first()
    known: dict[str, list[dict[str, object]]] = {}
    if last is not None and len(last.payload) < SMALL and last.uploads < MOST:
        fresh = Bound.join([unbind(last.payload), fresh])
        known |= last.problems or {}
        volumes.filter(last_id=last.last_id).delete()
    ids = fresh.receipts.ids
    around = volumes.filter(
        last_id__gte=UUID(bytes=ids[0]), first_id__lte=UUID(bytes=ids[-1])
    ).values_list("payload", flat=True)
    again = {id_ for payload in around for id_ in receipts_of(payload).ids}
    if again.isdisjoint(ids):
        return fresh, known
    return fresh.taken([n for n, id_ in enumerate(ids) if id_ not in again]), known


def _parts(whole: Bound) -> Sequence[Bound]:
    """Volumes of a good size: at least one upload each."""
    parts: list[Bound] = []
    chosen: list[int] = []
    samples = 0
    for number, count in enumerate(whole.receipts.counts.tolist()):
        if chosen and (len(chosen) == MOST or samples + count > MOST_SAMPLES):
            parts.append(whole.taken(chosen))
            chosen, samples = [], 0
        chosen.append(number)
        samples += count
    if chosen:
        parts.append(whole.taken(chosen))
    return parts


def _write(
    patient: Patient,
    kind: str,
    source: str,
    part: Bound,
    known: dict[str, list[dict[str, object]]],
) -> None:
    named = [UUID(bytes=id_) for id_ in part.receipts.ids]
    problems = {str(id_): known[str(id_)] for id_ in named if str(id_) in known}
    spans = part.instants
    statements.run(
        WRITE,
        [
            patient.id,
            kind,
            patient.bucket,
            source,
            named[0],
            named[-1],
            moment_of(int(spans.min())) if len(spans) else None,
            moment_of(int(spans.max())) if len(spans) else None,
            len(named),
            bind(part),
            Json(problems) if problems else None,
        ],
    )

"""The raw uploads: those that wait to be merged, and any of them again, bound or not."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np

from backend.core import statements
from backend.streams.batches import Numbers, decode_each
from backend.streams.columns import Columns, Instants, Values, decode, overlay
from backend.streams.days import DAY_MS, utc_day
from backend.streams.models import Upload, Volume
from backend.streams.volumes import receipts_of, unbind
from backend.wire.codec import EPOCH, moment_of

AT_ONCE = 2_000  # uploads
MOST_AT_ONCE = 2_000_000  # samples: a merge must not ask for the machine's memory

PENDING = (
    "SELECT kind, source, string_agg(uuid_send(upload_id), ''::bytea ORDER BY upload_id),"
    " string_agg(int4send(octet_length(payload)), ''::bytea ORDER BY upload_id),"
    " string_agg(payload, ''::bytea ORDER BY upload_id)"
    " FROM (SELECT kind, source, upload_id, payload,"
    " sum(count) OVER (ORDER BY upload_id) - count AS before FROM streams_upload"
    " WHERE patient_id = %s AND NOT merged{} ORDER BY upload_id LIMIT %s) AS waiting"
    " WHERE before < %s GROUP BY kind, source ORDER BY kind, source"
)

KINDS = "SELECT DISTINCT kind FROM streams_upload WHERE patient_id = %s AND NOT merged"


@dataclass(frozen=True, slots=True)
class Fresh:
    """Samples of waiting uploads in the order of their instants, then of their uploads.

    `order` says which upload each is from: its place among `ids`, which are in order.
    """

    ids: tuple[bytes, ...]
    order: Numbers
    instants: Instants
    values: Values

    @property
    def newest(self) -> UUID:
        """The newest upload that any of these is from."""
        return UUID(bytes=self.ids[int(self.order.max())])

    def samples(self) -> Columns:
        """Each instant once: of several the newest upload's."""
        if (np.diff(self.instants) > 0).all():
            return Columns(self.instants, self.values)
        last = np.append(self.instants[1:] != self.instants[:-1], True)
        return Columns(self.instants[last], self.values[last])

    def around(self, upload_id: UUID) -> tuple["Fresh", "Fresh"]:
        """What uploads older than this one, and what newer ones brought."""
        low, high = bisect_left(self.ids, upload_id.bytes), bisect_right(self.ids, upload_id.bytes)
        return self._where(self.order < low), self._where(self.order >= high)

    def _where(self, kept: np.ndarray) -> "Fresh":
        if kept.all():
            return self
        return Fresh(self.ids, self.order[kept], self.instants[kept], self.values[kept])

    def __len__(self) -> int:
        return len(self.instants)

    def days(self) -> Iterator[tuple[date, "Fresh"]]:
        """Cut along UTC days, those that hold samples."""
        at = 0
        while at < len(self.instants):
            start = int(self.instants[at]) // DAY_MS * DAY_MS
            end = int(np.searchsorted(self.instants, start + DAY_MS))
            cut = slice(at, end)
            yield (
                utc_day(start),
                Fresh(self.ids, self.order[cut], self.instants[cut], self.values[cut]),
            )
            at = end


_looked: ContextVar[dict[UUID, frozenset[str]] | None] = ContextVar("looked", default=None)


@contextmanager
def looking_once() -> Iterator[None]:
    """Within the block a patient is asked once of which kinds anything waits.

    What comes in meanwhile is not seen, as if it had come after the block: its merge is due anyway.
    """
    token = _looked.set({})
    try:
        yield
    finally:
        _looked.reset(token)


def _kinds_that_wait(patient_id: UUID, kind: str) -> frozenset[str]:
    known = _looked.get()
    if known is None:
        return frozenset({kind})
    if patient_id not in known:
        rows = statements.run(KINDS, [patient_id])
        known[patient_id] = frozenset(row[0] for row in rows)
    return known[patient_id]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The uploads of one stream that no chunk holds yet."""

    kind: str
    source: str
    fresh: Fresh


def waiting(
    patient_id: UUID,
    *,
    kind: str | None = None,
    source: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int | None = None,
) -> list[Waiting]:
    """The oldest `limit` of what waits (all, without one): of a kind, a source, of [start, end)."""
    if kind is not None and kind not in _kinds_that_wait(patient_id, kind):
        return []
    asked = [
        (" AND kind = %s", kind),
        (" AND source = %s", source),
        (" AND last_at >= %s", start),
        (" AND start_at < %s", end),
    ]
    conditions = "".join(sql for sql, value in asked if value is not None)
    values = [value for _, value in asked if value is not None]
    most = 2**62 if limit is None else MOST_AT_ONCE
    rows = statements.run(PENDING.format(conditions), [patient_id, *values, limit, most])
    return [_waiting(*row) for row in rows]


def _waiting(kind: str, source: str, ids: bytes, lengths: bytes, payloads: bytes) -> Waiting:
    named = tuple(ids[at : at + 16] for at in range(0, len(ids), 16))
    batch = decode_each(split(payloads, lengths))
    order = np.repeat(np.arange(len(named)), batch.counts)
    instants, values = batch.instants, batch.values
    if not (np.diff(instants) >= 0).all():
        sorting = np.argsort(instants, kind="stable")
        order, instants, values = order[sorting], instants[sorting], values[sorting]
    return Waiting(kind, source, Fresh(named, order, instants, values))


def split(joined: bytes, lengths: bytes) -> list[bytes]:
    """What string_agg joined, by the lengths as int4send wrote them."""
    ends = np.cumsum(np.frombuffer(lengths, ">i4")).tolist()
    return [joined[low:high] for low, high in zip([0, *ends], ends, strict=False)]


def raw(
    patient_id: UUID,
    kind: str,
    *,
    start_ms: int,
    end_ms: int,
    source: str | None = None,
    at: datetime | None = None,
) -> dict[str, Columns]:
    """By source, what all uploads say of [start, end): of two values the newer upload's.

    Only uploads that had come in by `at`, if it is given.
    """
    found: dict[str, dict[bytes, Columns]] = {}
    for name, id_, samples in _raw(patient_id, kind, source, start_ms, end_ms, at):
        found.setdefault(name, {})[id_] = samples.between(start_ms, end_ms)
    return {
        name: overlay(by_id[id_] for id_ in sorted(by_id)) for name, by_id in sorted(found.items())
    }


def _raw(
    patient_id: UUID,
    kind: str,
    source: str | None,
    start_ms: int,
    end_ms: int,
    at: datetime | None,
) -> Iterator[tuple[str, bytes, Columns]]:
    """Bound uploads are read last: one that is bound meanwhile is then seen twice, never not."""
    asked = {
        "patient_id": patient_id,
        "kind": kind,
        "last_at__gte": moment_of(start_ms),
        "start_at__lt": moment_of(end_ms),
    } | ({} if source is None else {"source": source})
    rows = Upload.objects.filter(**asked, **({} if at is None else {"received_at__lte": at}))
    for name, upload_id, payload in rows.values_list("source", "upload_id", "payload"):
        yield name, upload_id.bytes, decode(payload)
    latest_us = 2**62 if at is None else microseconds(at)
    for name, payload in Volume.objects.filter(**asked).values_list("source", "payload"):
        bound = unbind(payload)
        came = (bound.receipts.received_us <= latest_us).tolist()
        for (id_, samples), known in zip(bound.each(), came, strict=True):
            if known:
                yield name, id_, samples


def microseconds(moment: datetime) -> int:
    """Since 1970, exact."""
    return (moment - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an upload that is bound: samples kept, and its problems as JSON."""

    count: int
    problems: list[dict[str, object]]


def bound_receipts(patient_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Receipt]:
    """Those of these uploads that are bound in volumes."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = Volume.objects.filter(
        patient_id=patient_id, last_id__gte=min(wanted), first_id__lte=max(wanted)
    )
    found = {}
    for payload, problems in rows.values_list("payload", "problems"):
        receipts = receipts_of(payload)
        for id_, count in zip(receipts.ids, receipts.counts.tolist(), strict=True):
            if (named := UUID(bytes=id_)) in wanted:
                found[named] = Receipt(count, (problems or {}).get(str(named), []))
    return found

"""Many uploads of one stream in one blob: receipts first, then all samples as they came.

A row for each upload costs 200 bytes with its index, three a sample where a phone sends minutes.
Bound, an upload of a minute keeps its id (ten of its bytes are random and stay so), its count and
when it came in fifteen bytes. Whole numbers are kept as differences of differences where they run
evenly, sign folded in, byte planes apart, then deflated like any column.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from backend.streams.columns import (
    Columns,
    CorruptColumns,
    Instants,
    Values,
    pack,
    scaled,
    unpack,
    width_of,
)

HEAD = struct.Struct("<III")  # uploads, bytes of receipts, bytes of instants
ID_BYTES, TIME_BYTES = 16, 6
RANDOM_BYTES = ID_BYTES - TIME_BYTES
FLOATS = 255
FIRST, SECOND = 1, 2  # differences
TIMES = struct.Struct("<Bqq")  # which differences, first instant, step

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Receipts:
    """Of uploads in the order of their ids: id, microseconds since 1970 when it came, samples."""

    ids: tuple[bytes, ...]
    received_us: Numbers
    counts: Numbers


@dataclass(frozen=True, slots=True)
class Bound:
    """Uploads of one stream, in the order of their ids, their samples one after the other."""

    receipts: Receipts
    instants: Instants
    values: Values

    def __len__(self) -> int:
        return len(self.receipts.ids)

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """All uploads of all parts in the order of their ids; an id that comes again is left."""
        ids = [id_ for part in parts for id_ in part.receipts.ids]
        received = np.concatenate([part.receipts.received_us for part in parts])
        counts = np.concatenate([part.receipts.counts for part in parts])
        instants = np.concatenate([part.instants for part in parts])
        values = np.concatenate([part.values for part in parts])
        whole = cls(Receipts(tuple(ids), received, counts), instants, values)
        first = {id_: number for number, id_ in reversed(list(enumerate(ids)))}
        order = [first[id_] for id_ in sorted(first)]
        return whole if order == list(range(len(ids))) else whole.taken(order)

    def taken(self, order: Sequence[int]) -> Self:
        """The uploads of these numbers."""
        receipts = self.receipts
        numbers = np.asarray(order, np.int64)
        counts = receipts.counts[numbers]
        starts = (np.cumsum(receipts.counts) - receipts.counts)[numbers]
        places = np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        ids = tuple(receipts.ids[number] for number in order)
        kept = Receipts(ids, receipts.received_us[numbers], counts)
        return type(self)(kept, self.instants[places], self.values[places])

    def each(self) -> list[tuple[bytes, Columns]]:
        """Ids and samples, upload by upload."""
        ends = np.cumsum(self.receipts.counts).tolist()
        starts = [0, *ends[:-1]]
        return [
            (id_, Columns(self.instants[low:high], self.values[low:high]))
            for id_, low, high in zip(self.receipts.ids, starts, ends, strict=True)
        ]


def bind(bound: Bound) -> bytes:
    """The bytes to store."""
    receipts = bound.receipts
    times = np.array([int.from_bytes(id_[:TIME_BYTES], "big") for id_ in receipts.ids], np.int64)
    told = (
        _packed(_steps(times)),
        _packed(_steps(receipts.received_us - times * 1000)),
        _packed(_steps(receipts.counts)),
    )
    packed = pack(b"".join(told))
    random = b"".join(id_[TIME_BYTES:] for id_ in receipts.ids)
    instants = _packed_instants(bound.instants)
    head = HEAD.pack(len(bound), len(packed), len(instants))
    return head + random + packed + instants + pack(_packed_values(bound.values))


def receipts_of(stored: bytes | memoryview) -> Receipts:
    """The receipts alone: no sample is unpacked. Raises CorruptColumns."""
    return _read(bytes(stored), samples=False).receipts


def unbind(stored: bytes | memoryview) -> Bound:
    """What was bound; raises CorruptColumns."""
    return _read(bytes(stored), samples=True)


def _read(blob: bytes, *, samples: bool) -> Bound:
    try:
        return _unbound(blob, samples)
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        if isinstance(error, CorruptColumns):
            raise
        raise CorruptColumns("a stored volume is damaged") from error


def _unbound(blob: bytes, samples: bool) -> Bound:
    uploads, told_size, instants_size = HEAD.unpack_from(blob)
    random_at = HEAD.size
    told_at = random_at + RANDOM_BYTES * uploads
    instants_at = told_at + told_size
    told = unpack(blob[told_at:instants_at])
    times, at = _unpacked(told, 0, uploads)
    delays, at = _unpacked(told, at, uploads)
    counts, _ = _unpacked(told, at, uploads)
    times, delays, counts = np.cumsum(times), np.cumsum(delays), np.cumsum(counts)
    ids = tuple(
        time.to_bytes(TIME_BYTES, "big") + blob[low : low + RANDOM_BYTES]
        for time, low in zip(times.tolist(), range(random_at, told_at, RANDOM_BYTES), strict=True)
    )
    receipts = Receipts(ids, times * 1000 + delays, counts)
    if not samples:
        return Bound(receipts, np.empty(0, np.int64), np.empty(0))
    total = int(counts.sum())
    values_at = instants_at + instants_size
    instants = _unpacked_instants(blob[instants_at:values_at], total)
    return Bound(receipts, instants, _unpacked_values(unpack(blob[values_at:]), total))


def _packed_instants(instants: Instants) -> bytes:
    """Even series run in second differences; where a clock jitters they only add to the jitter."""
    if not len(instants):
        return TIMES.pack(FIRST, 0, 1) + pack(_packed(instants))
    first = int(instants[0])
    gaps = np.diff(instants)
    step = int(np.gcd.reduce(gaps)) or 1 if len(gaps) else 1
    steps = _steps((instants - first) // step)
    once, twice = pack(_packed(steps)), pack(_packed(_steps(steps)))
    if len(once) < len(twice):
        return TIMES.pack(FIRST, first, step) + once
    return TIMES.pack(SECOND, first, step) + twice


def _unpacked_instants(blob: bytes, count: int) -> Instants:
    order, first, step = TIMES.unpack_from(blob)
    steps, _ = _unpacked(unpack(blob[TIMES.size :]), 0, count)
    whole: Instants = first + step * np.cumsum(np.cumsum(steps) if order == SECOND else steps)
    return whole


def _steps(numbers: Numbers) -> Numbers:
    return np.diff(numbers, prepend=0)


def _packed(numbers: Numbers) -> bytes:
    """Sign folded into the lowest bit, lowest bytes first: small numbers leave runs of zeros."""
    folded = numbers << 1 ^ numbers >> 63
    width = width_of(int(folded.max()), signed=False) if len(folded) else 1
    planes = folded.astype(f"<u{width}").view(np.uint8).reshape(-1, width).T
    return bytes([width]) + planes.tobytes()


def _unpacked(blob: bytes, at: int, count: int) -> tuple[Numbers, int]:
    width = blob[at]
    end = at + 1 + width * count
    planes = np.frombuffer(blob[at + 1 : end], np.uint8).reshape(width, count)
    folded = np.ascontiguousarray(planes.T).view(f"<u{width}").reshape(count).astype(np.int64)
    return folded >> 1 ^ -(folded & 1), end


def _packed_values(values: Values) -> bytes:
    whole, decimals = scaled(values)
    if whole is None:
        return bytes([FLOATS]) + values.astype("<f8").tobytes()
    return bytes([decimals]) + _packed(_steps(whole))


def _unpacked_values(blob: bytes, count: int) -> Values:
    if blob[0] == FLOATS:
        return np.frombuffer(blob[1:], "<f8", count).astype(np.float64)
    steps, _ = _unpacked(blob, 1, count)
    return np.cumsum(steps) / 10.0 ** blob[0]

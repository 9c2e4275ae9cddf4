"""The hours of a day in a hundred bytes: one row a day carries them, instead of 24 rows.

A bit for each hour that holds samples, then the columns of Buckets: what lies above the column's
least value, in the narrowest width. Values are decimal-scaled whole numbers, or plain float64.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from backend.streams.columns import Instants, Values, pack, scaled, unpack, width_of
from backend.streams.days import QUARTER_MINUTE_MS, Buckets
from backend.wire.measures import DIGITS

FLOATS = 15
Numbers = npt.NDArray[np.generic]


def pack_hours(hours: Buckets) -> bytes:
    """The bytes to store; a day has at most 32 hours."""
    present = sum(1 << int(number) for number in hours.numbers)
    quarters = hours.covered_ms // QUARTER_MINUTE_MS
    spans = np.round(hours.highs - hours.lows, DIGITS)
    counted = [_pack(column, 0) for column in (hours.counts, quarters)]
    measured = [_pack_values(column) for column in (hours.lows, spans)]
    plain = b"".join([*counted, *measured, _pack_values(hours.totals)])
    return pack(present.to_bytes(4, "little") + plain, worth=0)


def _pack_values(column: Values) -> bytes:
    whole, decimals = scaled(column)
    if whole is None:
        return bytes([FLOATS]) + column.astype("<f8").tobytes()
    return _pack(whole, decimals)


def _pack(column: Instants, decimals: int) -> bytes:
    least = int(column.min())
    above = column - least
    reach = int(above.max())
    width = width_of(reach, signed=False) if reach else 0
    head = bytes([width | decimals << 4]) + _whole(least)
    if not width:
        return head
    return head + above.astype(f"<u{width}").view(np.uint8).reshape(-1, width).T.tobytes()


def _whole(number: int) -> bytes:
    size = (number.bit_length() + 8) // 8
    return bytes([size]) + number.to_bytes(size, "little", signed=True)


def unpack_hours(stored: bytes | memoryview) -> Buckets:
    """What was packed."""
    blob = unpack(bytes(stored))
    present = int.from_bytes(blob[:4], "little")
    numbers = np.array([n for n in range(32) if present >> n & 1], np.int64)
    counts, quarters, lows, spans, totals = _columns(blob, len(numbers))
    low_values = lows.astype(np.float64)
    return Buckets(
        numbers,
        counts.astype(np.int64),
        quarters.astype(np.int64) * QUARTER_MINUTE_MS,
        low_values,
        np.round(low_values + spans.astype(np.float64), DIGITS).astype(np.float64),
        totals.astype(np.float64),
    )


def _columns(blob: bytes, count: int) -> Iterator[Numbers]:
    at = 4
    for _ in range(5):
        width, decimals = blob[at] & 15, blob[at] >> 4
        if width == FLOATS:
            yield np.frombuffer(blob, "<f8", count, at + 1)
            at += 1 + 8 * count
            continue
        size = blob[at + 1]
        least = int.from_bytes(blob[at + 2 : at + 2 + size], "little", signed=True)
        at += 2 + size
        whole = np.full(count, least, np.int64)
        if width:
            planes = np.frombuffer(blob, np.uint8, width * count, at).reshape(width, count)
            whole += np.frombuffer(planes.T.tobytes(), f"<u{width}").astype(np.int64)
        yield whole / 10.0**decimals if decimals else whole
        at += width * count

"""Columns of samples as JSON carries them: `start` with `offsets_ms`, or `step_ms` if even.

The compressed form that the server stores is its own affair (backend/streams/columns.py): gzip
over this JSON costs under a byte a sample on the wire, so phone and server share nothing else.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment, exact; parts of one are dropped."""
    return (moment - EPOCH) // MILLISECOND


def moment_of(ms: int) -> datetime:
    """The aware UTC moment of these milliseconds."""
    return EPOCH + ms * MILLISECOND


def wire_time(ms: int) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return moment_of(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pack_columns(instants_ms: Sequence[int], values: Sequence[float]) -> dict[str, Any]:
    """The wire form of samples in the order of their instants; at least one."""
    start = instants_ms[0]
    offsets = [int(instant) - int(start) for instant in instants_ms]
    step = offsets[1] if len(offsets) > 1 else 0
    even = step > 0 and offsets == list(range(0, step * len(offsets), step))
    times: dict[str, Any] = {"step_ms": step} if even else {"offsets_ms": offsets}
    return {"start": wire_time(int(start)), **times, "values": [_short(value) for value in values]}


def _short(value: float) -> float:
    """Whole numbers travel whole: 61, not 61.0."""
    return int(value) if float(value).is_integer() else float(value)


def unpack_columns(item: dict[str, Any]) -> tuple[list[int], list[float]]:
    """Instants in ms and values of a well-formed wire upload or RawColumns."""
    values = list(item["values"])
    if item.get("start") is None:
        return [], []
    start = ms_of(datetime.fromisoformat(item["start"]))
    offsets = item.get("offsets_ms")
    if offsets is None:
        offsets = range(0, item["step_ms"] * len(values), item["step_ms"])
    return [start + offset for offset in offsets], values


def upload_item(
    id_: UUID,
    kind: str,
    source: str,
    unit: str,
    columns: tuple[Sequence[int], Sequence[float]],
) -> dict[str, Any]:
    """The wire form of an upload of (instants in ms, values)."""
    named = {"id": str(id_), "kind": kind, "source": source, "unit": unit}
    return named | pack_columns(*columns)

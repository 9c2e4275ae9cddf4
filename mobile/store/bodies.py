"""Items as they lie in the outbox: the very JSON that the wire carries, compressed.

Encoding happens once, when the item is recorded; sending only unpacks and joins bytes, so that a
sync of 100,000 samples never holds the interpreter (and the frames of the screen) for an encode.
"""

import dataclasses
import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backend.wire.messages import Event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment, exact."""
    since = moment - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def moment_of(ms: int) -> datetime:
    """The aware UTC moment of these milliseconds."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)


def wire_time(ms: int) -> str:
    """RFC 3339 with milliseconds."""
    return moment_of(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pack(item: dict[str, Any]) -> tuple[bytes, int]:
    """Compressed JSON of an item and its length as plain JSON; ValueError on NaN or infinity."""
    text = json.dumps(item, separators=(",", ":"), allow_nan=False).encode()
    return zlib.compress(text, 6), len(text)


def plain(body: bytes) -> bytes:
    """The item's JSON as bytes, ready to be joined into a request."""
    return zlib.decompress(body)


def unpack(body: bytes) -> dict[str, Any]:
    """The item as it went, or will go, over the wire."""
    found: dict[str, Any] = json.loads(plain(body))
    return found


def upload_body(
    id_: UUID, kind: str, source: str, unit: str, columns: Sequence[tuple[int, float]]
) -> dict[str, Any]:
    """The wire form of sorted (instant in ms, value) pairs; an even series is told by its step."""
    start = columns[0][0]
    offsets = [instant - start for instant, _ in columns]
    step = offsets[1] if len(offsets) > 1 else 0
    item: dict[str, Any] = {
        "id": str(id_),
        "kind": kind,
        "source": source,
        "unit": unit,
        "start": wire_time(start),
    }
    if len(offsets) > 1 and offsets == list(range(0, step * len(offsets), step)):
        item["step_ms"] = step
    else:
        item["offsets_ms"] = offsets
    item["values"] = [_short(value) for _, value in columns]
    return item


def columns_of(item: dict[str, Any]) -> list[tuple[int, float]]:
    """The (instant in ms, value) pairs of a wire upload."""
    start = ms_of(datetime.fromisoformat(item["start"]))
    values = item["values"]
    offsets = item.get("offsets_ms")
    if offsets is None:
        offsets = range(0, item["step_ms"] * len(values), item["step_ms"])
    return [(start + offset, value) for offset, value in zip(offsets, values, strict=True)]


def event_body(event: Event) -> dict[str, Any]:
    """The wire form of an event; times keep the offset that the patient lived in."""
    return {f.name: _plain(getattr(event, f.name)) for f in dataclasses.fields(event)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return str(value) if isinstance(value, UUID) else value


def _short(value: float) -> float:
    """Whole numbers stay whole: 61, not 61.0."""
    return int(value) if float(value).is_integer() else value


def json_text(value: Any) -> str:
    """Any JSON value as text."""
    return json.dumps(value)

"""Dataclasses out of the wire to plain JSON values."""

import dataclasses
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID


def to_json(value: Any) -> Any:
    """JSON-ready copy: times as RFC 3339 in UTC with milliseconds, ids as text, tuples as lists."""
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(below) for below in value]
    return value

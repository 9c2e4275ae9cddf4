"""Dataclasses out of the wire to JSON."""

import dataclasses
import json
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
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
        return {name: to_json(getattr(value, name)) for name in _fields(type(value))}
    if isinstance(value, dict):
        return {str(key): to_json(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(below) for below in value]
    return value


def to_json_text(value: Any) -> str:
    """The JSON of `to_json`, written in one go; keys of dicts must be texts."""
    return _encoder.encode(value)


def _one_level(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _fields(type(value))}
    return to_json(value)


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


_encoder = json.JSONEncoder(default=_one_level, separators=(",", ":"), ensure_ascii=False)

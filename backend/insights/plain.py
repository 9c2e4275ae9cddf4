"""Numbers and names as plain JSON, the same bytes on every machine, and their digest."""

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

DIGITS = 6  # of a report: beyond what any bootstrap knows


def digest_of(value: Any) -> str:
    """SHA-256 of the value's one form: names in order, no space."""
    told = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(told.encode()).hexdigest()


def plain(value: Any) -> Any:
    """Dataclasses as objects; what JSON has no word for as null; floats to DIGITS."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return _number(float(value)) if isinstance(value, float) else value


def _number(value: float) -> float | None:
    """PostgreSQL keeps no minus before zero."""
    return round(value, DIGITS) + 0.0 if math.isfinite(value) else None

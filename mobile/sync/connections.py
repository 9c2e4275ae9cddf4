"""What measures for the patient: paired devices and the phone's health store, and how they fare.

The list that a screen shows; what stands here is on this phone only.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from mobile.store import bodies
from mobile.store.database import keep_setting, setting, writing

KEY = "connections"


@dataclass(frozen=True, slots=True)
class Connection:
    """One device or store. `problem` is a key of the words, empty while all is well."""

    source: str
    label: str
    address: str = ""
    services: tuple[str, ...] = ()
    battery_percent: int | None = None
    last_ms: int | None = None
    problem: str = ""
    clock_ahead_min: int | None = None
    left_with_team: int = 0


def connections(db: sqlite3.Connection) -> list[Connection]:
    """All of them, by label."""
    kept: dict[str, dict[str, Any]] = setting(db, KEY, {})
    found = [Connection(**row | {"services": tuple(row["services"])}) for row in kept.values()]
    return sorted(found, key=lambda each: (each.label.lower(), each.source))


def note(
    db: sqlite3.Connection,
    source: str,
    *,
    label: str = "",
    at: datetime | None = None,
    **known: Any,
) -> None:
    """Write down what is known now; `at` is when it last gave something, or had nothing new."""
    with writing(db):
        kept: dict[str, dict[str, Any]] = setting(db, KEY, {})
        row = kept.get(source)
        fresh = Connection(source, label or source) if row is None else Connection(**row)
        if at is not None:
            known["last_ms"] = bodies.ms_of(at)
        kept[source] = asdict(replace(fresh, **known))
        keep_setting(db, KEY, kept)


def left_with_team(db: sqlite3.Connection, source: str) -> int:
    """How many samples were deleted at the source and could not be taken back."""
    return sum(each.left_with_team for each in connections(db) if each.source == source)


def pair(
    db: sqlite3.Connection, source: str, *, label: str, address: str, services: Sequence[str]
) -> None:
    """The patient chose this device; its address stays on the phone, to find it again."""
    note(db, source, label=label or source, address=address, services=tuple(services))


def unpair(db: sqlite3.Connection, source: str) -> None:
    """Listen to it no more; what it measured stays."""
    with writing(db):
        kept: dict[str, dict[str, Any]] = setting(db, KEY, {})
        kept.pop(source, None)
        keep_setting(db, KEY, kept)

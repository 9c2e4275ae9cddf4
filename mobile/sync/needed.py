"""Medicines taken as needed: nothing is ever due, and the prescriber's limits hold offline too."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.wire import as_needed
from mobile.device.clock import zone_of
from mobile.store import shadow
from mobile.sync.doses import amount_of, doses_between, is_away

LOOK_BACK = timedelta(days=2)
LOOK_AHEAD = timedelta(days=1)  # the clock may have been wrong when one was noted


@dataclass(frozen=True, slots=True)
class Needed:
    """One medicine, its limits (None: none), and when it was taken lately."""

    regimen: str
    medicine: str
    dose: str
    instructions: str
    sentence: str
    most_a_day: int | None
    min_gap_minutes: int | None
    taken: tuple[datetime, ...] = ()

    def free_at(self, now: datetime) -> datetime | None:
        """From when on the next one may be taken; None: not at all."""
        return as_needed.free_at(
            self.taken, now, min_gap_minutes=self.min_gap_minutes, most_a_day=self.most_a_day
        )

    def left(self, now: datetime) -> int | None:
        """How many more in the 24 hours that end now; None: no maximum."""
        if self.most_a_day is None:
            return None
        return as_needed.left_in_a_day(self.taken, now, most_a_day=self.most_a_day)


def needed(db: sqlite3.Connection, *, now: datetime) -> list[Needed]:
    """All that may be taken as needed, by name."""
    rows = [row for row in shadow.rows(db, "regimens") if _holds(db, row, now)]
    if not rows:
        return []
    taken: dict[str, list[datetime]] = {row["id"]: [] for row in rows}
    for dose in doses_between(db, now - LOOK_BACK, now + LOOK_AHEAD):
        if dose.regimen in taken and dose.status == "taken":
            taken[dose.regimen].append(dose.due_at)
    found = [_needed(db, row, tuple(taken[row["id"]]), now) for row in rows]
    return sorted(found, key=lambda one: (one.medicine.lower(), one.regimen))


def _holds(db: sqlite3.Connection, row: dict[str, Any], now: datetime) -> bool:
    schedule = row["schedule"]
    if not row["active"] or schedule["mode"] != "as_needed" or is_away(row, now):
        return False
    day, ends = _local(db, now), schedule["ends_local"]
    return schedule["starts_local"] <= day and (ends is None or day < ends)


def _local(db: sqlite3.Connection, now: datetime) -> str:
    zone = zone_of((shadow.profile(db) or {}).get("zone", "UTC"))
    return f"{now.astimezone(zone):%Y-%m-%dT%H:%M}"


def _needed(
    db: sqlite3.Connection, row: dict[str, Any], taken: tuple[datetime, ...], now: datetime
) -> Needed:
    return Needed(
        row["id"],
        row["medicine"],
        amount_of(row, _local(db, now)[:10]),
        row["instructions"],
        row["sentence"],
        row.get("most_a_day"),
        row.get("min_gap_minutes"),
        taken,
    )

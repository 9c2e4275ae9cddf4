"""Doses as the patient sees them: the server's rows, the phone's own expansion beyond them, the
outbox on top.
"""

import sqlite3
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.wire.messages import DoseStep, ScheduleRow
from backend.wire.schedule import ScheduleError, from_row, slots
from backend.wire.sentences import amount_on
from mobile.store import outbox, shadow
from mobile.store.outbox import LocalEvent

SNOOZE = timedelta(minutes=15)  # unless the prescriber says otherwise
AS_NEEDED = "prn:"  # as the server's keys begin
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """One dose with the last word about it; `event` is the patient's own, if it is that word.

    `early` is how long before it is due it may be taken, `most_snoozes` how often put off; None: as
    the patient likes. The server refuses what goes beyond.
    """

    id: UUID
    key: str
    medicine: str
    dose: str
    instructions: str
    due_at: datetime
    grace: timedelta
    status: str
    status_at: datetime | None = None
    event: UUID | None = None
    sent: bool = True
    snooze: timedelta = SNOOZE
    early: timedelta | None = None
    most_snoozes: int | None = None
    snoozes: int = 0
    regimen: str = ""
    critical: bool = False

    @property
    def from_when(self) -> datetime | None:
        """From when on it may be taken; None: at any time."""
        return None if self.early is None else self.due_at - self.early

    @property
    def may_wait(self) -> bool:
        """Whether it may be put off once more."""
        return self.most_snoozes is None or self.snoozes < self.most_snoozes


def doses_between(db: sqlite3.Connection, start: datetime, end: datetime) -> list[Due]:
    """The doses due in [start, end), in order, cancelled ones left out.

    What the server listed counts; past its last row of a regimen the phone expands the schedule
    itself, so the list goes on without a network. The ids agree, both sides derive them from
    schedule and slot.
    """
    regimens = {row["id"]: row for row in shadow.rows(db, "regimens")}
    listed = [
        _from_server(row, regimens.get(row["regimen"]))
        for row in shadow.rows_between(db, "doses", start)
    ]
    last = {dose.regimen: dose.due_at for dose in listed}  # in order, so the last one stands
    found = [dose for dose in listed if dose.due_at < end]
    zone = (shadow.profile(db) or {}).get("zone", "UTC")
    for id_, regimen in regimens.items():
        if regimen["active"]:
            begin = max(start, last[id_]) if id_ in last else start
            found += _expanded(regimen, begin, end, zone=zone, listed=id_ in last)
    events = outbox.local_events(db, "dose")
    found += _taken_as_needed(events, regimens, {str(dose.id) for dose in found}, start, end)
    latest = {event.subject: event for event in events}
    snoozes = Counter(event.subject for event in events if event.status == "snoozed")
    laid = [
        replace(_overlay(dose, latest.get(str(dose.id))), snoozes=snoozes[str(dose.id)])
        for dose in found
    ]
    return sorted((d for d in laid if d.status != "cancelled"), key=lambda d: (d.due_at, d.key))


def _taken_as_needed(
    events: list[LocalEvent],
    regimens: dict[str, dict[str, Any]],
    listed: set[str],
    start: datetime,
    end: datetime,
) -> list[Due]:
    """Takings of which nothing was due, and which the server has not listed yet."""
    found = []
    for event in events:
        id_ = event.body.get("regimen")
        if id_ is not None and event.subject not in listed and start <= event.at < end:
            key = f"{AS_NEEDED}{event.subject}"
            plain = _of_regimen(regimens.get(id_))
            found.append(replace(plain, id=UUID(event.subject), key=key, due_at=event.at))
    return found


def _from_server(row: dict[str, Any], regimen: dict[str, Any] | None) -> Due:
    status_at = row["status_at"]
    plain = _of_regimen(regimen)
    return replace(
        plain,
        dose=row.get("amount") or plain.dose,
        id=UUID(row["id"]),
        key=row["key"],
        due_at=datetime.fromisoformat(row["due_at"]),
        status=row["status"],
        status_at=datetime.fromisoformat(status_at) if status_at else None,
    )


def _of_regimen(regimen: dict[str, Any] | None) -> Due:
    known = regimen or {}
    early = known.get("early_minutes")
    return Due(
        UUID(int=0),
        "",
        known.get("medicine", ""),
        known.get("dose", ""),
        known.get("instructions", ""),
        NEVER,
        timedelta(minutes=known.get("grace_minutes", 60)),
        "due",
        snooze=timedelta(minutes=known["snooze_minutes"]) if "snooze_minutes" in known else SNOOZE,
        early=None if early is None else timedelta(minutes=early),
        most_snoozes=known.get("most_snoozes"),
        regimen=str(known.get("id", "")),
        critical=bool(known.get("critical", False)),
    )


def _expanded(
    regimen: dict[str, Any], start: datetime, end: datetime, *, zone: str, listed: bool
) -> list[Due]:
    if start >= end:
        return []
    row = regimen["schedule"]
    try:
        schedule = from_row(ScheduleRow(**{**row, "id": UUID(str(row["id"]))}))
        found = slots(schedule, zone=zone, start=start, end=end)
    except (ScheduleError, TypeError, ValueError):
        # A newer server's schedule that this app cannot read: the server announces it itself.
        return []
    plain = _of_regimen(regimen)
    return [
        replace(
            plain,
            dose=amount_of(regimen, slot.nominal_local[:10]),
            id=slot.dose_id,
            key=slot.key,
            due_at=slot.due_at,
        )
        for slot in found
        if not (listed and slot.due_at <= start) and not is_away(regimen, slot.due_at)
    ]


def amount_of(regimen: dict[str, Any], day: str) -> str:
    """What is to be taken on this local day (YYYY-MM-DD)."""
    steps = [DoseStep(**step) for step in regimen.get("steps", [])]
    return amount_on(steps, day, regimen["dose"])


def is_away(regimen: dict[str, Any], at: datetime) -> bool:
    """Whether the patient is in hospital then: it is given there."""
    return stay_at(regimen, at) is not None


def stay_at(regimen: dict[str, Any], at: datetime) -> dict[str, Any] | None:
    """The stay in hospital that this moment falls into."""
    for pause in regimen.get("pauses", []):
        ends_at = pause["ends_at"]
        if datetime.fromisoformat(pause["starts_at"]) <= at and (
            ends_at is None or at < datetime.fromisoformat(ends_at)
        ):
            found: dict[str, Any] = pause
            return found
    return None


def _overlay(dose: Due, event: LocalEvent | None) -> Due:
    """What waits here is newer than what the server said; once acknowledged, the server's word
    counts.
    """
    if event is None or (event.state == "acknowledged" and dose.status != "due"):
        return dose
    return replace(
        dose,
        status=event.status,
        status_at=event.at,
        event=event.id,
        sent=event.state == "acknowledged",
    )

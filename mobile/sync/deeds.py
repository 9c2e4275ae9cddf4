"""What a tap does: one event in the outbox, held back a moment so that it can be undone."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from backend.wire.messages import (
    AdviceEvent,
    DoseEvent,
    Event,
    NoticeEvent,
    VisitEvent,
    VisitQuestionsEvent,
)
from mobile.store import outbox
from mobile.sync.needed import needed

UNDO_MS = 8_000
EVENTS = {"dose": DoseEvent, "advice": AdviceEvent, "notice": NoticeEvent}


@dataclass(frozen=True, slots=True)
class Deed:
    """What a button does to `subject`; `at` is the time that the patient gives, if not now.

    `kind` is dose, advice or notice for what goes to the server; screens have kinds of their own.
    """

    kind: str
    subject: str = ""
    status: str = ""
    at: datetime | None = None


def carry_out(db: sqlite3.Connection, deed: Deed, *, now: datetime) -> UUID:
    """Keep the patient's answer; returns the event's id, by which it can be undone for a while."""
    event: Event = _event(deed, outbox.fresh_id(db, now=now), now)
    outbox.add_event(db, event, hold_ms=UNDO_MS, now=now)
    return event.id


def take_as_needed(db: sqlite3.Connection, regimen: str, *, now: datetime) -> UUID | None:
    """Note that one was taken, under an id of its own; None if that is beyond the limits."""
    found = next((one for one in needed(db, now=now) if one.regimen == regimen), None)
    if found is None or found.free_at(now) != now:
        return None
    event = DoseEvent(outbox.fresh_id(db, now=now), now, uuid4(), "taken", regimen=UUID(regimen))
    outbox.add_event(db, event, hold_ms=UNDO_MS, now=now)
    return event.id


def _event(deed: Deed, id_: UUID, now: datetime) -> Event:
    values: dict[str, Any] = {
        "id": id_,
        "at": deed.at or now,
        deed.kind: UUID(deed.subject),
        "status": deed.status,
    }
    made: Event = EVENTS[deed.kind](**values)
    return made


def prepare_visit(db: sqlite3.Connection, visit: str, questions: str, *, now: datetime) -> UUID:
    """Keep what the patient wants to ask there, in place of what she wrote before."""
    event = VisitQuestionsEvent(outbox.fresh_id(db, now=now), now, UUID(visit), questions.strip())
    outbox.add_event(db, event, hold_ms=UNDO_MS, now=now)
    return event.id


def ask_for_visit(
    db: sqlite3.Connection, *, starts_at: datetime, reason: str, now: datetime
) -> UUID:
    """Ask the care team for a visit; its id becomes the visit's."""
    event = VisitEvent(outbox.fresh_id(db, now=now), now, starts_at, reason.strip())
    outbox.add_event(db, event, hold_ms=UNDO_MS, now=now)
    return event.id

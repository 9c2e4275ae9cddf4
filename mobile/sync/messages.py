"""Messages with the care team on the phone: written offline, kept half-way, read state sent on."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend.wire.messages import MessageEvent, MessageReadEvent
from mobile.store import outbox, shadow
from mobile.store.database import keep_setting, setting, writing
from mobile.store.refused import put_away_event, refused_events
from mobile.sync import wishes

LETTERS: Final = 4_000
SUBJECT_LETTERS: Final = 120
NEW: Final = "new"  # the draft of what begins a conversation


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `state` is theirs, waiting, sent, read or refused (then `problems` say why)."""

    id: str
    thread: str
    subject: str
    text: str
    who: str
    is_theirs: bool
    at: datetime
    state: str
    problems: tuple[dict[str, Any], ...] = ()
    is_new: bool = False  # of the team's, and not seen on this phone yet


@dataclass(frozen=True, slots=True)
class Told:
    """What the server says above all messages: whom to call, and whether the team may read."""

    emergency: str
    team_reads: bool


def told(db: sqlite3.Connection) -> Told:
    """As it was last known; what is not known yet forbids nothing."""
    known = wishes.chosen(db, wishes.MESSAGES)
    allowed = wishes.is_waiting(db, wishes.MESSAGES_ALLOWED)
    return Told(str(known.get("emergency", "")), bool(known.get("team_reads", True)) or allowed)


def messages(db: sqlite3.Connection) -> list[Message]:
    """All of them, the oldest first: the server's, those that wait here, those refused."""
    seen = _seen(db)
    found = {row["id"]: _of_server(row, seen) for row in shadow.rows(db, "messages")}
    for event in outbox.local_events(db, "message"):
        state = "waiting" if event.state == "waiting" else "sent"
        found.setdefault(str(event.id), _own(str(event.id), event.body, state))
    for one in refused_events(db, "message"):
        found[one.id] = _own(one.id, one.body, "refused", one.problems)
    return sorted(found.values(), key=lambda one: (one.at, one.id))


def _of_server(row: dict[str, Any], seen: set[str]) -> Message:
    by_team = row["side"] == "team"
    unread = row["read_at"] is None
    state = "theirs" if row["side"] != "patient" else "sent" if unread else "read"
    at = datetime.fromisoformat(row["written_at"])
    return Message(
        row["id"], row["thread"], row["subject"], row["text"], row["who"], state == "theirs", at,
        state, is_new=by_team and unread and row["id"] not in seen,
    )  # fmt: skip


def _own(
    id_: str, body: dict[str, Any], state: str, problems: tuple[dict[str, Any], ...] = ()
) -> Message:
    at = datetime.fromisoformat(body["at"])
    thread, subject = body.get("thread") or id_, body.get("subject", "")
    return Message(id_, thread, subject, body["text"], "", False, at, state, problems)


def _seen(db: sqlite3.Connection) -> set[str]:
    """Messages that were seen here, whether or not the server knows yet."""
    return {event.body["message"] for event in outbox.local_events(db, "message_read")}


def write(
    db: sqlite3.Connection, text: str, *, thread: str = "", subject: str = "", now: datetime
) -> UUID | None:
    """Into the outbox, and the draft is done; None if nothing was written."""
    text = text.strip()[:LETTERS]
    if not text:
        return None
    event = MessageEvent(
        outbox.fresh_id(db, now=now), now, text, UUID(thread) if thread else None,
        subject.strip()[:SUBJECT_LETTERS],
    )  # fmt: skip
    with writing(db):
        outbox.add_event(db, event, now=now)
        keep_draft(db, "", thread=thread)
    return event.id


def see(db: sqlite3.Connection, thread: str, *, now: datetime) -> None:
    """The patient looks at this conversation: the team's messages in it are read."""
    fresh = [one for one in messages(db) if one.thread == thread and one.is_new]
    for one in fresh:
        event = MessageReadEvent(outbox.fresh_id(db, now=now), now, UUID(one.id))
        outbox.add_event(db, event, now=now)


def write_again(db: sqlite3.Connection, id_: str) -> str:
    """What was refused becomes the draft of its conversation, whose key is returned."""
    for one in refused_events(db, "message"):
        if one.id == id_:
            thread = one.body.get("thread") or ""
            with writing(db):
                keep_draft(db, one.body["text"], thread=thread)
                put_away_event(db, id_)
            return thread
    return ""


def keep_draft(db: sqlite3.Connection, text: str, *, thread: str = "") -> None:
    """What is half written survives the app."""
    with writing(db):
        keep_setting(db, f"message:{thread or NEW}", text[:LETTERS])


def draft(db: sqlite3.Connection, thread: str = "") -> str:
    """What was half written."""
    return str(setting(db, f"message:{thread or NEW}", ""))


def allow(db: sqlite3.Connection) -> None:
    """The patient lets her team read messages."""
    wishes.wish(db, wishes.MESSAGES_ALLOWED)

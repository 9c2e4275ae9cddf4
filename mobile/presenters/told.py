"""What the care team and the server say: messages, and advice that can be taken or declined."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mobile.presenters.saying import day_and_clock
from mobile.presenters.shapes import Card, Choice, Look, Tone
from mobile.store import outbox, shadow
from mobile.sync import foretelling, wishes
from mobile.sync.deeds import Deed
from mobile.words import Words, load

NOTICE_LIFE = timedelta(days=7)
NOTICE_STATES = ("due", "sent", "shown", "late_not_sent")


@dataclass(frozen=True, slots=True)
class Advice:
    """A piece of advice with the last word about it, the patient's own if that is newer."""

    id: str
    title: str
    body: str
    why: str
    source: str
    state: str


@dataclass(frozen=True, slots=True)
class Message:
    """A notice that the patient has not put away."""

    id: str
    title: str
    body: str
    due_at: datetime
    is_nudge: bool = False
    place: str = ""  # the page that it leads to


def _latest(db: sqlite3.Connection, kind: str) -> dict[str, str]:
    """The patient's last word on each subject that the server's row may not show yet."""
    return {event.subject: event.status for event in outbox.local_events(db, kind)}


def read_advice(db: sqlite3.Connection) -> Iterable[Advice]:
    """Each with the last word about it."""
    said = _latest(db, "advice")
    for row in shadow.rows(db, "advice"):
        state = row["state"]
        if state != "withdrawn":
            state = _furthest(state, said.get(row["id"]))
        yield Advice(row["id"], row["title"], row["body"], row["why"], row["source"], state)


def _furthest(server: str, own: str | None) -> str:
    """Advice goes from open to an answer and never back to open."""
    return own if own is not None and server in ("open", "accepted") else server


def read_messages(db: sqlite3.Connection, now: datetime) -> Iterable[Message]:
    """Those of the last days that were not put away; no nudges where these are off."""
    off = wishes.chosen(db, wishes.NUDGES).get("off", False)
    put_away = {subject for subject, status in _latest(db, "notice").items() if status != "shown"}
    for row in shadow.rows_between(db, "notices", now - NOTICE_LIFE, now + timedelta(seconds=1)):
        nudge = wishes.is_nudge(row["key"])
        if _is_message(row) and row["id"] not in put_away and not (off and nudge):
            due_at = datetime.fromisoformat(row["due_at"])
            place = "messages" if row["key"].startswith("message:") else ""
            yield Message(row["id"], row["title"], row["body"], due_at, nudge, place)
    yield from _own_warnings(db, put_away, now)


def _own_warnings(db: sqlite3.Connection, put_away: set[str], now: datetime) -> Iterable[Message]:
    """What this phone warned of by itself, until the server's card of it is here."""
    words = load((shadow.profile(db) or {}).get("language", ""))
    for one in foretelling.foretold(db):
        id_ = str(one.id)
        known = id_ in put_away or shadow.row(db, "notices", id_) is not None
        if not known and now - NOTICE_LIFE <= one.due_at <= now:
            title, body = foretelling.texts(db, one, words)
            yield Message(id_, title, body, one.due_at)


def _is_message(row: dict[str, Any]) -> bool:
    """A notice about a dose is told by the dose itself."""
    return row["state"] in NOTICE_STATES and not row["key"].startswith("rem:")


def message_card(message: Message, words: Words, zone: ZoneInfo, now: datetime) -> Card:
    """To be read or put away, or the way to where it leads."""
    choices: tuple[Choice, ...] = (
        Choice(words("message_read"), Deed("notice", message.id, "opened"), Look.TONAL),
        Choice(words("message_hide"), Deed("notice", message.id, "dismissed"), Look.TEXT),
    )
    if message.place:
        go = Choice(words("message_go"), Deed("go", message.place), Look.FILLED)
        choices = (go, choices[1])
    if message.is_nudge:
        choices += (Choice(words("nudges_stop"), Deed("no_nudges"), Look.TEXT),)
    return Card(
        f"notice:{message.id}",
        "message-text-outline",
        day_and_clock(message.due_at, zone, words, now=now),
        message.title,
        message.body,
        choices=choices,
    )


def advice_card(advice: Advice, words: Words, opened: frozenset[str]) -> Card:
    """To take or decline; unfolded it says why."""
    tag = f"advice:{advice.id}"
    unfolded = tag in opened
    why = words("advice_because", why=advice.why, source=advice.source) if unfolded else ""
    fold = Choice(words("advice_hide" if unfolded else "advice_why"), Deed("fold", tag), Look.TEXT)
    answers: tuple[Choice, ...]
    if advice.state == "accepted":
        did = Choice(words("advice_done"), Deed("advice", advice.id, "done"), Look.FILLED)
        when, answers = words("advice_accepted"), (did,)
    else:
        yes = Choice(words("advice_accept"), Deed("advice", advice.id, "accepted"), Look.TONAL)
        no = Choice(words("advice_decline"), Deed("advice", advice.id, "declined"))
        when, answers = words("advice_open"), (yes, no)
    return Card(
        tag,
        "lightbulb-on-outline",
        when,
        advice.title,
        advice.body,
        why,
        Tone.CALM,
        (*answers, fold),
    )

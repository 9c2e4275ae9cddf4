"""Messages with the care team: the conversations, one of them, and what became of each message."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mobile.device.clock import zone_of
from mobile.presenters.attention import reasons
from mobile.presenters.saying import day_and_clock
from mobile.presenters.shapes import Card, Choice, Look, Section, Tone
from mobile.store import shadow
from mobile.sync.deeds import Deed
from mobile.sync.messages import Message, Told, messages, told
from mobile.words import Words

TITLE_LETTERS = 60
PREVIEW_LETTERS = 120
BEGIN = "begin"  # a conversation that is being begun


@dataclass(frozen=True, slots=True)
class MessagesFacts:
    """All messages by conversation, the one with the latest message first."""

    zone: ZoneInfo
    threads: tuple[tuple[Message, ...], ...]
    told: Told


@dataclass(frozen=True, slots=True)
class MessagesState:
    """The page: the list, or one conversation with a field to write in (`writes`)."""

    title: str
    emergency: str
    sections: tuple[Section, ...]
    empty: str = ""
    writes: bool = False
    asks_subject: bool = False


def read(db: sqlite3.Connection) -> MessagesFacts:
    """The facts out of the store."""
    by_thread: dict[str, list[Message]] = {}
    for one in messages(db):
        by_thread.setdefault(one.thread, []).append(one)
    ordered = sorted(by_thread.values(), key=lambda found: found[-1].at, reverse=True)
    zone = zone_of((shadow.profile(db) or {}).get("zone", "UTC"))
    return MessagesFacts(zone, tuple(map(tuple, ordered)), told(db))


def unread(facts: MessagesFacts) -> int:
    """How many of the team's messages have not been seen."""
    return sum(one.is_new for thread in facts.threads for one in thread)


def present(
    facts: MessagesFacts, *, words: Words, now: datetime, open_thread: str = ""
) -> MessagesState:
    """The list; with `open_thread` that conversation, or the beginning of one."""
    emergency = facts.told.emergency or words("messages_emergency")
    thread = next((found for found in facts.threads if found[0].thread == open_thread), ())
    if open_thread == BEGIN or thread:
        said = tuple(_message_card(one, facts.zone, words, now) for one in thread)
        sections = (Section("", said),) if said else ()
        title = _title(thread) if thread else words("messages_begin")
        allowed = facts.told.team_reads
        if not allowed:
            sections = (*sections, Section("", (_closed_card(words),)))
        return MessagesState(title, emergency, sections, "", allowed, not thread)
    cards = tuple(_thread_card(found, facts.zone, words, now) for found in facts.threads)
    sections = (Section("", cards),) if cards else ()
    if not facts.told.team_reads:
        sections = (Section("", (_closed_card(words),)), *sections)
    empty = "" if cards else words("messages_none")
    return MessagesState(words("more_messages"), emergency, sections, empty)


def _title(thread: tuple[Message, ...]) -> str:
    first = next((one for one in thread if one.id == one.thread), thread[0])
    return _short(first.subject or first.text.split("\n")[0], TITLE_LETTERS)


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[:letters].rstrip()} …"


def _thread_card(thread: tuple[Message, ...], zone: ZoneInfo, words: Words, now: datetime) -> Card:
    last = thread[-1]
    fresh = sum(one.is_new for one in thread)
    trouble = any(one.state == "refused" for one in thread)
    small = words("messages_new", count=fresh) if fresh else _state(last, words)
    open_ = Choice(words("messages_open"), Deed("open", last.thread), Look.TONAL)
    who = last.who if last.is_theirs else words("messages_you")
    return Card(
        f"thread:{last.thread}",
        "email-alert-outline" if trouble else "email-outline" if fresh else "email-open-outline",
        day_and_clock(last.at, zone, words, now=now),
        _title(thread),
        words("messages_said", who=who, text=_short(last.text, PREVIEW_LETTERS)),
        small,
        Tone.TROUBLE if trouble else Tone.DUE if fresh else Tone.CALM,
        (open_,),
    )


def _message_card(one: Message, zone: ZoneInfo, words: Words, now: datetime) -> Card:
    when = day_and_clock(one.at, zone, words, now=now)
    tag, title = f"message:{one.id}", one.who if one.is_theirs else words("messages_you")
    if one.state == "refused":
        again = Choice(words("messages_again"), Deed("write_again", one.id), Look.TONAL)
        small = f"{words('messages_refused')} {reasons(one.problems, words)}"
        tone = Tone.TROUBLE
        return Card(tag, "email-alert-outline", when, title, one.text, small, tone, (again,))
    icon = "account-heart-outline" if one.is_theirs else "account-outline"
    tone = Tone.DUE if one.is_theirs else Tone.CALM
    return Card(tag, icon, when, title, one.text, _state(one, words), tone)


def _state(one: Message, words: Words) -> str:
    return "" if one.state == "theirs" else words(f"messages_{one.state}")


def _closed_card(words: Words) -> Card:
    """The team may not read: why nothing can be sent, and what to do."""
    allow = Choice(words("messages_allow"), Deed("allow"), Look.FILLED)
    title, body = words("messages_closed"), words("messages_closed_body")
    when = words("privacy_may")
    return Card("closed", "email-lock-outline", when, title, body, "", Tone.LATE, (allow,))

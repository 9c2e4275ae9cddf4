"""The page behind the sync line: what waits, and in plain words what the server refused."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mobile.device.clock import zone_of
from mobile.presenters import syncline
from mobile.presenters.saying import day_and_clock
from mobile.presenters.shapes import Card, Choice, Look, Section, Tone
from mobile.presenters.streams import kind_name
from mobile.store import bodies, sending, shadow
from mobile.sync import wishes
from mobile.sync.deeds import Deed
from mobile.sync.worker import Status
from mobile.words import Words

MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class SyncPageFacts:
    """All about sync."""

    zone: ZoneInfo
    server: str
    line: syncline.SyncFacts
    waiting: sending.Waiting
    attention: tuple[sending.Attention, ...]
    choices: int = 0


@dataclass(frozen=True, slots=True)
class SyncPageState:
    """The page."""

    line: syncline.SyncLine
    waiting: str
    confirmed: str
    server: str
    can_enrol: bool
    sections: tuple[Section, ...]


def read(db: sqlite3.Connection, status: Status, server: str) -> SyncPageFacts:
    """The facts out of the store and the worker."""
    zone = zone_of((shadow.profile(db) or {}).get("zone", "UTC"))
    line = syncline.read(db, status)
    seen = tuple(sending.attention(db))
    return SyncPageFacts(zone, server, line, sending.waiting(db), seen, wishes.waiting(db))


def present(facts: SyncPageFacts, *, words: Words, now: datetime) -> SyncPageState:
    """The page."""
    line = syncline.present(facts.line, words=words, zone=facts.zone, now=now)
    cards = tuple(_card(item, words, facts.zone, now) for item in facts.attention)
    return SyncPageState(
        line,
        _waiting(facts, words),
        _confirmed(facts, words, now),
        words("sync_server", server=facts.server),
        facts.line.signed_out,
        (Section(words("attention_title"), cards),) if cards else (),
    )


def _waiting(facts: SyncPageFacts, words: Words) -> str:
    parts, waiting = [], facts.waiting
    if facts.choices:
        parts.append(words("waiting_choices", count=facts.choices))
    if waiting.events:
        parts.append(words("waiting_events", count=waiting.events))
    if waiting.samples:
        parts.append(words("waiting_samples", count=waiting.samples))
    return words("waiting_some", what=words("and").join(parts)) if parts else words("waiting_none")


def _confirmed(facts: SyncPageFacts, words: Words, now: datetime) -> str:
    if facts.line.confirmed_at is None:
        return words("confirmed_never")
    said = day_and_clock(facts.line.confirmed_at, facts.zone, words, now=now)
    return words("confirmed_at", when=said)


def _card(item: sending.Attention, words: Words, zone: ZoneInfo, now: datetime) -> Card:
    if item.sort == "event":
        key = f"attention_{item.kind}"
        title = words(key if words.knows(key) else "attention_event")
    else:
        title = words("attention_upload", kind=kind_name(item.kind, words), count=item.samples)
    kept = words("attention_partly" if item.state == "acknowledged" else "attention_kept")
    return Card(
        f"attention:{item.number}",
        "alert-circle-outline",
        day_and_clock(bodies.moment_of(item.at_ms), zone, words, now=now),
        title,
        reasons(item.problems, words),
        kept,
        Tone.TROUBLE,
        (Choice(words("attention_put_away"), Deed("put_away", str(item.number)), Look.TONAL),),
    )


def reasons(problems: tuple[dict[str, Any], ...], words: Words) -> str:
    """Each cause once, by its code; the server's own sentence where the app has no word for it."""
    said: dict[str, int] = {}
    for problem in problems:
        key = f"problem_{problem.get('code', '')}"
        text = words(key) if words.knows(key) else str(problem.get("detail") or "")
        text = text or words("problem_unknown")
        said[text] = said.get(text, 0) + 1
    told = [t if n == 1 else words("problem_times", text=t, count=n) for t, n in said.items()]
    return "\n".join(told[:MOST_REASONS]) or words("problem_unknown")

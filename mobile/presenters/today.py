"""Today: what is due in the order of the day, what the care team says, what was done."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mobile.device.clock import zone_of
from mobile.presenters import insights, visits
from mobile.presenters.doses import dose_card, is_open, is_ready
from mobile.presenters.needed import needed_card
from mobile.presenters.saying import day_and_clock, long_day, midnight
from mobile.presenters.shapes import Card, Choice, Look, Section, Tone
from mobile.store import outbox, shadow
from mobile.store.database import setting
from mobile.sync import wishes
from mobile.sync.deeds import Deed
from mobile.sync.doses import Due, doses_between, stay_at
from mobile.sync.needed import Needed, needed
from mobile.words import Words

LOOK_BACK = timedelta(hours=12)
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


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in hospital that goes on now; None: nobody knows yet until when."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class TodayFacts:
    """All that Today shows; `known` is False until the server has answered once."""

    known: bool
    name: str
    simulated: bool
    zone: ZoneInfo
    doses: tuple[Due, ...]
    advice: tuple[Advice, ...]
    messages: tuple[Message, ...]
    visits: tuple[visits.Visit, ...]
    insights: tuple[insights.Insight, ...]
    needed: tuple[Needed, ...] = ()
    stay: Stay | None = None
    can_ring: bool = True


@dataclass(frozen=True, slots=True)
class TodayState:
    """The screen: greeting, day, sections, and what to say when there are none."""

    greeting: str
    day: str
    sections: tuple[Section, ...]
    empty: str = ""


def read(db: sqlite3.Connection, *, now: datetime) -> TodayFacts:
    """The facts of the local day, and what is still open from the night before."""
    profile = shadow.profile(db) or {}
    zone = zone_of(profile.get("zone", "UTC"))
    start = midnight(now.astimezone(zone).date(), zone)
    end = start + timedelta(days=1)
    found = doses_between(db, min(start, now - LOOK_BACK), end)
    return TodayFacts(
        known=bool(profile),
        name=profile.get("name", ""),
        simulated=bool(profile.get("simulated", False)),
        zone=zone,
        doses=tuple(dose for dose in found if dose.due_at >= start or is_open(dose)),
        advice=tuple(_advice(db)),
        messages=tuple(_messages(db, now)),
        visits=tuple(v for v in visits.read(db).visits if start <= v.starts_at < end),
        insights=insights.read(db, now=now),
        needed=tuple(needed(db, now=now)),
        stay=_stay(db, now),
        can_ring=setting(db, "can_ring", True),
    )


def _stay(db: sqlite3.Connection, now: datetime) -> Stay | None:
    """The stay that pauses medicines now; the longest, should they differ."""
    stays = [stay for row in shadow.rows(db, "regimens") if (stay := stay_at(row, now))]
    if not stays:
        return None
    ends = [stay["ends_at"] for stay in stays]
    return Stay(None if None in ends else max(datetime.fromisoformat(end) for end in ends))


def _latest(db: sqlite3.Connection, kind: str) -> dict[str, str]:
    """The patient's last word on each subject that the server's row may not show yet."""
    return {event.subject: event.status for event in outbox.local_events(db, kind)}


def _advice(db: sqlite3.Connection) -> Iterable[Advice]:
    said = _latest(db, "advice")
    for row in shadow.rows(db, "advice"):
        state = row["state"]
        if state != "withdrawn":
            state = _furthest(state, said.get(row["id"]))
        yield Advice(row["id"], row["title"], row["body"], row["why"], row["source"], state)


def _furthest(server: str, own: str | None) -> str:
    """Advice goes from open to an answer and never back to open."""
    return own if own is not None and server in ("open", "accepted") else server


def _messages(db: sqlite3.Connection, now: datetime) -> Iterable[Message]:
    off = wishes.chosen(db, wishes.NUDGES).get("off", False)
    put_away = {subject for subject, status in _latest(db, "notice").items() if status != "shown"}
    for row in shadow.rows_between(db, "notices", now - NOTICE_LIFE, now + timedelta(seconds=1)):
        nudge = wishes.is_nudge(row["key"])
        if _is_message(row) and row["id"] not in put_away and not (off and nudge):
            due_at = datetime.fromisoformat(row["due_at"])
            yield Message(row["id"], row["title"], row["body"], due_at, nudge)


def _is_message(row: dict[str, Any]) -> bool:
    """A notice about a dose is told by the dose itself."""
    return row["state"] in NOTICE_STATES and not row["key"].startswith("rem:")


def present(
    facts: TodayFacts, *, words: Words, now: datetime, opened: frozenset[str] = frozenset()
) -> TodayState:
    """The screen; `opened` holds the tags of cards that the patient has unfolded."""
    local = now.astimezone(facts.zone)
    day = long_day(local.date(), words)
    if facts.simulated:
        day = words("simulated_day", day=day)
    sections = tuple(s for s in _sections(facts, words, now, opened) if s.cards)
    empty = "" if sections else words("today_empty" if facts.known else "today_first")
    return TodayState(_greeting(facts.name, local.hour, words), day, sections, empty)


def _greeting(name: str, hour: int, words: Words) -> str:
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    first = name.split()[0] if name.split() else ""
    return words(f"greeting_{part}_name" if first else f"greeting_{part}", name=first)


def _sections(
    facts: TodayFacts, words: Words, now: datetime, opened: frozenset[str]
) -> Iterable[Section]:
    ready: list[Card] = []
    later: list[Card] = []
    done: list[Card] = []
    for dose in facts.doses:
        card = dose_card(dose, words=words, zone=facts.zone, now=now, opened=opened)
        pile = done if not is_open(dose) else ready if is_ready(dose, now=now) else later
        pile.append(card)
    yield Section(words("section_stay"), _stay_cards(facts, words, now))
    yield Section(words("section_now"), tuple(ready))
    yield Section(words("section_reminders"), _ring_cards(facts, words))
    yield Section(
        words("section_needed"),
        tuple(
            needed_card(one, words=words, zone=facts.zone, now=now, opened=opened)
            for one in facts.needed
        ),
    )
    yield Section(
        words("section_messages"),
        tuple(_message_card(m, words, facts.zone, now) for m in facts.messages),
    )
    yield Section(
        words("section_visits"),
        tuple(visits.visit_card(v, words=words, zone=facts.zone, now=now) for v in facts.visits),
    )
    asked = [a for a in facts.advice if a.state in ("open", "accepted")]
    yield Section(words("section_advice"), tuple(_advice_card(a, words, opened) for a in asked))
    yield Section(words("section_later"), tuple(later))
    yield Section(
        words("section_insights"), insights.cards(facts.insights, words=words, opened=opened)
    )
    yield Section(words("section_done"), tuple(done))


def _stay_cards(facts: TodayFacts, words: Words, now: datetime) -> tuple[Card, ...]:
    if facts.stay is None:
        return ()
    when = words("stay_open")
    if facts.stay.until is not None:
        when = words("stay_until", when=day_and_clock(facts.stay.until, facts.zone, words, now=now))
    title, body = words("stay_title"), words("stay_body")
    return (Card("stay", "hospital-building", when, title, body),)


def _ring_cards(facts: TodayFacts, words: Words) -> tuple[Card, ...]:
    if facts.can_ring:
        return ()
    look = Choice(words("cannot_ring_look"), Deed("go", "selftest"), Look.TONAL)
    title, body = words("cannot_ring_title"), words("cannot_ring_body")
    when = words("check_is_late")
    return (Card("ring", "bell-off-outline", when, title, body, "", Tone.LATE, (look,)),)


def _message_card(message: Message, words: Words, zone: ZoneInfo, now: datetime) -> Card:
    choices: tuple[Choice, ...] = (
        Choice(words("message_read"), Deed("notice", message.id, "opened"), Look.TONAL),
        Choice(words("message_hide"), Deed("notice", message.id, "dismissed"), Look.TEXT),
    )
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


def _advice_card(advice: Advice, words: Words, opened: frozenset[str]) -> Card:
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

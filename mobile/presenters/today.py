"""Today: what is due in the order of the day, what the care team says, what was done."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobile.device.clock import zone_of
from mobile.presenters import goals, insights, surveys, told, visits, week
from mobile.presenters.doses import dose_card, is_open, is_ready
from mobile.presenters.needed import needed_card
from mobile.presenters.saying import day_and_clock, long_day, midnight
from mobile.presenters.shapes import Card, Choice, Look, Section, Tone
from mobile.store import shadow
from mobile.store.database import setting
from mobile.sync.deeds import Deed
from mobile.sync.doses import Due, doses_between, stay_at
from mobile.sync.needed import Needed, needed
from mobile.words import Words

LOOK_BACK = timedelta(hours=12)
NOW, LATER, DONE = range(3)


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
    advice: tuple[told.Advice, ...]
    messages: tuple[told.Message, ...]
    visits: tuple[visits.Visit, ...]
    insights: tuple[insights.Insight, ...]
    needed: tuple[Needed, ...] = ()
    stay: Stay | None = None
    can_ring: bool = True
    asked: surveys.SurveysFacts | None = None
    goal: goals.GoalFacts = goals.UNKNOWN
    last_week: week.WeekFacts = week.NOTHING


@dataclass(frozen=True, slots=True)
class TodayState:
    """The screen: greeting, day, a kind word, sections, and what to say when there are none."""

    greeting: str
    day: str
    sections: tuple[Section, ...]
    empty: str = ""
    kind_word: str = ""


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
        advice=tuple(told.read_advice(db)),
        messages=tuple(told.read_messages(db, now)),
        visits=tuple(v for v in visits.read(db).visits if start <= v.starts_at < end),
        insights=insights.read(db, now=now),
        needed=tuple(needed(db, now=now)),
        stay=_stay(db, now),
        can_ring=setting(db, "can_ring", True),
        asked=surveys.read(db, now=now),
        goal=goals.read(db, zone=zone, now=now),
        last_week=week.read(db, zone=zone, now=now),
    )


def _stay(db: sqlite3.Connection, now: datetime) -> Stay | None:
    """The stay that pauses medicines now; the longest, should they differ."""
    stays = [stay for row in shadow.rows(db, "regimens") if (stay := stay_at(row, now))]
    if not stays:
        return None
    ends = [stay["ends_at"] for stay in stays]
    return Stay(None if None in ends else max(datetime.fromisoformat(end) for end in ends))


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
    greeting = _greeting(facts.name, local.hour, words)
    return TodayState(greeting, day, sections, empty, week.kind_word(facts.last_week, words))


def _greeting(name: str, hour: int, words: Words) -> str:
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    first = name.split()[0] if name.split() else ""
    return words(f"greeting_{part}_name" if first else f"greeting_{part}", name=first)


def _sections(
    facts: TodayFacts, words: Words, now: datetime, opened: frozenset[str]
) -> Iterable[Section]:
    ready, later, done = _day(facts, words, now, opened)
    asked = [a for a in facts.advice if a.state in ("open", "accepted")]
    yield Section(words("section_stay"), _stay_cards(facts, words, now))
    yield Section(words("section_now"), ready)
    yield Section(words("section_reminders"), _ring_cards(facts, words))
    yield Section(
        words("section_needed"),
        tuple(
            needed_card(one, words=words, zone=facts.zone, now=now, opened=opened)
            for one in facts.needed
        ),
    )
    yield Section(
        words("section_news"),
        tuple(told.message_card(m, words, facts.zone, now) for m in facts.messages),
    )
    yield Section(words("section_survey"), _survey_cards(facts, words, now))
    yield Section(words("section_later"), later)
    yield Section(words("section_goal"), goals.cards(facts.goal, words=words, now=now))
    yield Section(words("section_advice"), tuple(told.advice_card(a, words, opened) for a in asked))
    yield Section(words("section_week"), week.cards(facts.last_week, words=words))
    yield Section(
        words("section_insights"), insights.cards(facts.insights, words=words, opened=opened)
    )
    yield Section(words("section_done"), done)


def _day(
    facts: TodayFacts, words: Words, now: datetime, opened: frozenset[str]
) -> tuple[tuple[Card, ...], tuple[Card, ...], tuple[Card, ...]]:
    """Doses and visits in the order of their moments: what is on now, later, and over."""
    moments: list[tuple[datetime, int, Card]] = []
    for dose in facts.doses:
        card = dose_card(dose, words=words, zone=facts.zone, now=now, opened=opened)
        when = DONE if not is_open(dose) else NOW if is_ready(dose, now=now) else LATER
        moments.append((dose.due_at, when, card))
    for visit in facts.visits:
        card = visits.visit_card(visit, words=words, zone=facts.zone, now=now)
        when = (
            DONE
            if visits.is_over(visit, now=now)
            else NOW
            if visits.can_join(visit, now=now)
            else LATER
        )
        moments.append((visit.starts_at, when, card))
    moments.sort(key=lambda moment: moment[0])
    ready, later, done = (
        tuple(card for _, when, card in moments if when == pile) for pile in (NOW, LATER, DONE)
    )
    return ready, later, done


def _survey_cards(facts: TodayFacts, words: Words, now: datetime) -> tuple[Card, ...]:
    form = surveys.due(facts.asked, now=now) if facts.asked else None
    if form is None or facts.asked is None:
        return ()
    return (surveys.form_card(form, facts.asked, words, now, today=True),)


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

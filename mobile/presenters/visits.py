"""Visits: those to come, those asked for, those past; and asking for one."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mobile.device.clock import zone_of
from mobile.presenters.saying import day_and_clock, short_day
from mobile.presenters.shapes import Card, Choice, Look, Section, Tone
from mobile.store import outbox, shadow
from mobile.sync.deeds import Deed
from mobile.words import Words

JOIN_BEFORE = timedelta(minutes=15)
JOIN_AFTER = timedelta(minutes=30)
FIRST, LAST, STEP = 8 * 60, 18 * 60, 30  # minutes after midnight in which visits can be asked for
FARTHEST_DAY = 60
MOST_PAST = 10


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as the server has it, or as it waits on this phone."""

    id: str
    starts_at: datetime
    minutes: int
    state: str
    with_whom: str
    reason: str
    questions: str = ""


@dataclass(frozen=True, slots=True)
class VisitsFacts:
    """All visits, and the zone they are told in."""

    zone: ZoneInfo
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A visit that is being asked for: days from today, minutes after midnight."""

    days: int = 1
    minutes: int = 10 * 60

    def moved(self, *, days: int = 0, steps: int = 0) -> "Draft":
        """Another day or half hour, within what can be asked for."""
        return replace(
            self,
            days=min(FARTHEST_DAY, max(1, self.days + days)),
            minutes=min(LAST, max(FIRST, self.minutes + steps * STEP)),
        )

    def starts_at(self, zone: ZoneInfo, *, now: datetime) -> datetime:
        """The moment that it means in the patient's zone."""
        day = now.astimezone(zone).date() + timedelta(days=self.days)
        at = time(self.minutes // 60, self.minutes % 60)
        return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class VisitsState:
    """The screen."""

    sections: tuple[Section, ...]
    empty: str
    draft_day: str
    draft_clock: str


def read(db: sqlite3.Connection) -> VisitsFacts:
    """The server's visits and those that wait here to be asked for."""
    zone = zone_of((shadow.profile(db) or {}).get("zone", "UTC"))
    found = {
        row["id"]: Visit(
            row["id"],
            datetime.fromisoformat(row["starts_at"]),
            row["minutes"],
            row["state"],
            row["with_whom"],
            row["reason"],
            row.get("questions", ""),
        )
        for row in shadow.rows(db, "visits")
    }
    for event in outbox.local_events(db, "visit"):
        starts_at = datetime.fromisoformat(event.body["starts_at"])
        state = "waiting" if event.state == "waiting" else "requested"
        waits = Visit(str(event.id), starts_at, 0, state, "", event.body["reason"])
        found.setdefault(str(event.id), waits)
    for event in outbox.local_events(db, "visit_questions"):
        # Once the server has answered, its row says what counts.
        if event.state == "waiting" and (visit := found.get(str(event.body["visit"]))):
            found[visit.id] = replace(visit, questions=event.body["questions"])
    ordered = sorted(found.values(), key=lambda visit: (visit.starts_at, visit.id))
    return VisitsFacts(zone, tuple(ordered))


def present(facts: VisitsFacts, draft: Draft, *, words: Words, now: datetime) -> VisitsState:
    """The screen, with the day and time of the draft said in words."""
    ahead = [v for v in facts.visits if _end(v) > now and v.state in ("booked",)]
    asked = [v for v in facts.visits if _end(v) > now and v.state in ("requested", "waiting")]
    past = [v for v in facts.visits if v not in ahead and v not in asked][::-1][:MOST_PAST]
    named = (("visits_ahead", ahead), ("visits_asked", asked), ("visits_past", past))
    sections = tuple(
        Section(
            words(key),
            tuple(visit_card(v, words=words, zone=facts.zone, now=now) for v in found),
        )
        for key, found in named
        if found
    )
    local = draft.starts_at(facts.zone, now=now).astimezone(facts.zone)
    empty = "" if ahead or asked else words("visits_empty")
    return VisitsState(sections, empty, short_day(local.date(), words), f"{local:%H:%M}")


def _end(visit: Visit) -> datetime:
    return visit.starts_at + timedelta(minutes=visit.minutes) + JOIN_AFTER


def is_over(visit: Visit, *, now: datetime) -> bool:
    """Whether nobody can join it any more."""
    return _end(visit) <= now or visit.state in ("cancelled", "ended")


def visit_card(visit: Visit, *, words: Words, zone: ZoneInfo, now: datetime) -> Card:
    """One visit; the door opens a quarter of an hour before."""
    over = _end(visit) <= now
    when = day_and_clock(visit.starts_at, zone, words, now=now)
    who = visit.with_whom
    title = words("visit_with", who=who) if who else words("visit_team")
    key = f"visit_{visit.state}" if words.knows(f"visit_{visit.state}") else "visit_booked"
    if over and visit.state == "booked":
        key = "visit_ended"
    elif over and visit.state in ("requested", "waiting"):
        key = "visit_lapsed"
    door_open = can_join(visit, now=now)
    choices: tuple[Choice, ...] = ()
    if door_open:
        choices = (Choice(words("visit_join"), Deed("join", visit.id), Look.FILLED),)
    if not over and visit.state in ("booked", "requested"):
        label = words("visit_questions_change" if visit.questions else "visit_questions_write")
        choices += (Choice(label, Deed("prepare", visit.id), Look.TEXT),)
    tone = Tone.DUE if door_open else Tone.DONE if over else Tone.CALM
    minutes = words("visit_minutes", count=visit.minutes) if visit.minutes else ""
    small = " ".join(part for part in (words(key), minutes) if part)
    if door_open:
        small = f"{small}\n{words('visit_fallback')}"
    return Card(
        f"visit:{visit.id}", "video-outline", when, title, _body(visit, words), small, tone, choices
    )


def _body(visit: Visit, words: Words) -> str:
    """What it is about, and what the patient wants to ask."""
    asked = words("visit_you_ask", questions=visit.questions) if visit.questions else ""
    return "\n".join(part for part in (visit.reason, asked) if part)


def can_join(visit: Visit, *, now: datetime) -> bool:
    """Whether the door is open: from a quarter of an hour before."""
    booked = visit.state == "booked" and visit.starts_at - JOIN_BEFORE <= now
    return booked and not is_over(visit, now=now)

"""The one goal that the patient sets herself: so many steps a day, or a habit in her own words.

A day without it is not spoken of: what is said counts only days on which it was done.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from mobile.presenters.saying import midnight
from mobile.presenters.shapes import Card, Choice, Choosing, Look, Option, Tone
from mobile.sync import wishes
from mobile.sync.deeds import Deed
from mobile.sync.priority import order_of
from mobile.sync.series import read_series
from mobile.words import Words

HABITS: Final = ("meal", "walk", "measure", "water")
LEAST_STEPS, MOST_STEPS, STEP = 500, 30_000, 500
FIRST_STEPS: Final = 4_000
KEPT: Final = timedelta(days=60)
LOOK_BACK: Final = 7


@dataclass(frozen=True, slots=True)
class GoalFacts:
    """`kind` is "" until the server has told, "none" where there is no goal; `is_asked` once the
    patient has said yes or no to one.
    """

    kind: str = ""
    text: str = ""
    target: int | None = None
    days: frozenset[date] = frozenset()
    is_asked: bool = False
    today: date = date.min
    steps: int | None = None

    @property
    def done_lately(self) -> int:
        """On how many of the last seven days a habit was done."""
        return sum(self.today - timedelta(days=n) in self.days for n in range(LOOK_BACK))


UNKNOWN: Final = GoalFacts()


def read(db: sqlite3.Connection, *, zone: ZoneInfo, now: datetime) -> GoalFacts:
    """The goal as it stands, and for steps how many there are today."""
    held = wishes.chosen(db, wishes.GOAL)
    if "kind" not in held:
        return UNKNOWN
    today = now.astimezone(zone).date()
    facts = GoalFacts(
        held["kind"],
        held.get("text", ""),
        held.get("target"),
        frozenset(date.fromisoformat(day) for day in held.get("days", [])),
        bool(held.get("set_at")) or wishes.is_waiting(db, wishes.GOAL),
        today,
    )
    if facts.kind != "steps":
        return facts
    start = midnight(today, zone)
    order = order_of(db, "steps", None)
    series = read_series(db, "steps", start, start + timedelta(days=1), order=order)
    return replace(facts, steps=round(sum(day.total for day in series.days)))


def cards(facts: GoalFacts, *, words: Words, now: datetime) -> tuple[Card, ...]:
    """The goal; before there was one, a question; nothing for who said no."""
    match facts.kind:
        case "habit":
            return (_habit_card(facts, words),)
        case "steps":
            return (_steps_card(facts, words),)
        case "none" if not facts.is_asked:
            return (_question(words),)
    return ()


def _question(words: Words) -> Card:
    habits = tuple(
        Choice(words(f"habit_{name}"), Deed("set_habit", name), Look.TONAL) for name in HABITS[:3]
    )
    return Card(
        "goal",
        "sprout-outline",
        words("goal_first"),
        words("goal_ask"),
        words("goal_ask_text"),
        choices=(
            *habits,
            Choice(words("goal_other"), Deed("go", "goal"), Look.OUTLINED),
            Choice(words("goal_not_now"), Deed("set_habit", ""), Look.TEXT),
        ),
    )


def _habit_card(facts: GoalFacts, words: Words) -> Card:
    done, lately = facts.today in facts.days, facts.done_lately
    if done:
        choice = Choice(words("goal_undo"), Deed("habit_done", "no"), Look.TEXT)
    else:
        choice = Choice(words("goal_did"), Deed("habit_done", "yes"), Look.TONAL)
    return Card(
        "goal",
        "check-circle-outline" if done else "sprout-outline",
        words("goal_done_today" if done else "goal_yours"),
        facts.text,
        words("goal_lately", count=lately) if lately > 1 else "",
        tone=Tone.DONE if done else Tone.CALM,
        choices=(choice,),
    )


def _steps_card(facts: GoalFacts, words: Words) -> Card:
    target, steps = facts.target or 0, facts.steps or 0
    say = words.said_in.number
    reached = steps >= target
    return Card(
        "goal",
        "check-circle-outline" if reached else "walk",
        words("goal_reached" if reached else "goal_yours"),
        words("goal_steps", count=target),
        words("goal_steps_today", steps=say(steps)) if steps else "",
        tone=Tone.DONE if reached else Tone.CALM,
    )


def kinds(facts: GoalFacts, words: Words) -> Choosing:
    """What can be set: a habit, steps, nothing."""
    known = {words(f"habit_{name}"): name for name in HABITS}
    now = facts.kind
    options = [
        Option(name, text, now == "habit" and facts.text == text) for text, name in known.items()
    ]
    options.append(Option("steps", words("goal_kind_steps"), now == "steps"))
    options.append(
        Option("own", words("goal_kind_own"), now == "habit" and facts.text not in known)
    )
    options.append(Option("none", words("goal_kind_none"), now == "none"))
    return Choosing("goal", words("goal_choose"), tuple(options), words("goal_text"))


def habit(text: str) -> dict[str, Any]:
    """A habit, from today on."""
    return {"kind": "habit", "text": text.strip()[:120], "target": None, "days": []}


def steps(target: int) -> dict[str, Any]:
    """So many steps a day."""
    return {"kind": "steps", "text": "", "target": target, "days": []}


NONE: Final[dict[str, Any]] = {"kind": "none", "text": "", "target": None, "days": []}


def marked(facts: GoalFacts, *, done: bool) -> dict[str, Any]:
    """The goal with today among its days, or not."""
    days = facts.days | {facts.today} if done else facts.days - {facts.today}
    kept = sorted(day.isoformat() for day in days if facts.today - day < KEPT)
    return {"kind": "habit", "text": facts.text, "target": None, "days": kept}


def moved(target: int | None, step: int) -> int:
    """A step more or less."""
    return min(MOST_STEPS, max(LEAST_STEPS, (target or FIRST_STEPS) + step * STEP))

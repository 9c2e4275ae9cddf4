"""The week in kind words: what was done is counted, what was not is not spoken of."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from backend.wire.language import first_weekday
from mobile.presenters.saying import midnight
from mobile.presenters.shapes import Card, Choice, Look
from mobile.store import shadow
from mobile.store.database import setting
from mobile.sync import wishes
from mobile.sync.deeds import Deed
from mobile.sync.doses import doses_between
from mobile.sync.priority import order_of
from mobile.sync.series import read_series
from mobile.words import Words

SEEN: Final = "week_seen"  # the first day of the last week whose summary was put away
TOLD_FOR: Final = 3  # days of the new week
LEAST_DAYS: Final = 2  # of which a kind word is said


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """Of last week, while it is told; and on how many of the last seven days a dose was noted."""

    first: date | None = None
    taken: int = 0
    steps: int = 0
    surveys: int = 0
    habit: int = 0
    noted_days: int = 0


NOTHING: Final = WeekFacts()


def week_start(day: date, zone: ZoneInfo) -> date:
    """The first day of its week, as weeks begin where the clocks go by this zone."""
    return day - timedelta(days=(day.weekday() - first_weekday(zone.key)) % 7)


def read(db: sqlite3.Connection, *, zone: ZoneInfo, now: datetime) -> WeekFacts:
    """The last week in the first days of the new one, unless it was put away."""
    today = now.astimezone(zone).date()
    this = week_start(today, zone)
    first = this - timedelta(days=7)
    since = min(first, today - timedelta(days=6))
    doses = doses_between(db, midnight(since, zone), midnight(today + timedelta(days=1), zone))
    noted = {
        dose.due_at.astimezone(zone).date() for dose in doses if dose.status in ("taken", "skipped")
    }
    lately = sum(today - timedelta(days=n) in noted for n in range(7))
    if (today - this).days >= TOLD_FOR or setting(db, SEEN, "") >= first.isoformat():
        return WeekFacts(noted_days=lately)
    start, end = midnight(first, zone), midnight(this, zone)
    taken = sum(d.status == "taken" for d in doses if start <= d.due_at < end)
    walked = read_series(db, "steps", start, end, order=order_of(db, "steps", None))
    answered = shadow.rows_between(db, "surveys", start, end)
    days = wishes.chosen(db, wishes.GOAL).get("days", [])
    return WeekFacts(
        first,
        taken,
        round(sum(day.total for day in walked.days)),
        len(answered),
        sum(first <= date.fromisoformat(day) < this for day in days),
        lately,
    )


def kind_word(facts: WeekFacts, words: Words) -> str:
    """Thanks, once there is something to thank for; a missed day takes nothing away."""
    if facts.noted_days < LEAST_DAYS:
        return ""
    return words("kind_word", count=facts.noted_days)


def cards(facts: WeekFacts, *, words: Words) -> tuple[Card, ...]:
    """None where there is nothing good to tell."""
    counted = (
        ("week_taken", facts.taken),
        ("week_steps", facts.steps),
        ("week_surveys", facts.surveys),
        ("week_habit", facts.habit),
    )
    lines = [words(key, count=count) for key, count in counted if count]
    if not lines or facts.first is None:
        return ()
    away = Choice(words("week_away"), Deed("week_away", facts.first.isoformat()), Look.TEXT)
    return (
        Card(
            "week", "calendar-heart", words("week_when"), words("week_title"), "\n".join(lines),
            words("week_thanks"), choices=(away,),
        ),
    )  # fmt: skip

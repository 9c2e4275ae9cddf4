"""The diary: of each day what it had in it, and for who keeps count of them, seizures."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.wire import diary as wire
from backend.wire.diary import PARTS, TAGS, Part
from mobile.presenters.saying import long_day
from mobile.presenters.shapes import Choosing, Option
from mobile.sync import diary
from mobile.sync.diary import NotedDay
from mobile.words import Words

SHOWN = 3  # days
NOW, NONE, BACK = "now", "none", "back"


@dataclass(frozen=True, slots=True)
class DiaryFacts:
    """What is noted, the newest day first."""

    days: tuple[NotedDay, ...]
    keeps_seizures: bool


@dataclass(frozen=True, slots=True)
class DiaryState:
    """The questions, in order; `may_begin` offers a diary of seizures."""

    asked: tuple[Choosing, ...]
    may_begin: bool


def read(db: sqlite3.Connection, *, zone: ZoneInfo, now: datetime) -> DiaryFacts:
    """Today and the days before it."""
    today = now.astimezone(zone).date()
    days = tuple(diary.noted(db, today - timedelta(days=n), zone) for n in range(SHOWN))
    return DiaryFacts(days, diary.keeps_seizures(db))


def present(facts: DiaryFacts, *, words: Words, zone: ZoneInfo, now: datetime) -> DiaryState:
    """Each day's tags, and seizures under them."""
    asked: list[Choosing] = []
    for n, one in enumerate(facts.days):
        name = words(("today", "yesterday")[n]) if n < 2 else long_day(one.day, words)
        asked.append(_tags(one, name, words))
        if facts.keeps_seizures:
            asked.append(_seizures(one, name, words, zone, now))
    return DiaryState(tuple(asked), not facts.keeps_seizures)


def _tags(one: NotedDay, name: str, words: Words) -> Choosing:
    options = tuple(Option(tag, words(f"tag_{tag}"), tag in one.tags) for tag in TAGS)
    return Choosing(f"{wire.TAG}:{one.day}", name, options, words("diary_had"))


def _seizures(one: NotedDay, name: str, words: Words, zone: ZoneInfo, now: datetime) -> Choosing:
    is_today = one.day == now.astimezone(zone).date()
    options = [Option(NONE, words("seizures_none"), one.seizures == 0)]
    options += [Option(NOW, words("seizure_now"), False)] if is_today else []
    options += [
        Option(part, words(f"seizure_{part}"), False)
        for part in PARTS
        if wire.part_at(one.day, part, zone) <= now
    ]
    if one.last_ms is not None:
        options.append(Option(f"{BACK}:{one.last_ms}", words("seizure_back"), False))
    title = words("seizures_day", day=name)
    return Choosing(f"{wire.SEIZURE}:{one.day}", title, tuple(options), _count(one, words))


def _count(one: NotedDay, words: Words) -> str:
    if one.seizures is None:
        return words("seizures_unsaid")
    return words("seizures_noted", count=one.seizures) if one.seizures else ""


def choose(
    db: sqlite3.Connection, facts: DiaryFacts, key: str, value: str,
    *, zone: ZoneInfo, now: datetime,
) -> None:  # fmt: skip
    """What a tapped option does."""
    kind, _, text = key.partition(":")
    day = date.fromisoformat(text)
    if kind == wire.TAG:
        tag = next(one for one in TAGS if one == value)
        was = any(tag in one.tags for one in facts.days if one.day == day)
        diary.set_tag(db, day, tag, not was, zone, now=now)
    elif value == NONE:
        diary.none_that_day(db, day, zone, now=now)
    elif value.startswith(BACK):
        diary.take_back(db, int(value.partition(":")[2]), now=now)
    else:
        part: Part | None = next((one for one in PARTS if one == value), None)
        diary.add_seizure(db, day, part, zone, now=now)

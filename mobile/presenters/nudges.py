"""Nudges as the patient wants them: none, in which tone, how many a week, and not just now."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mobile.presenters.saying import clock
from mobile.presenters.shapes import Choosing, Option
from mobile.sync import wishes
from mobile.words import Words

TONES = ("plain", "warm", "coach")
A_WEEK = (2, 5, 10)
HOURS = (1, 4)


@dataclass(frozen=True, slots=True)
class NudgeFacts:
    """What holds; `off` is None until the server has told once."""

    off: bool | None
    tone: str = "plain"
    a_week: int | None = None
    busy_until: datetime | None = None


def read(db: sqlite3.Connection) -> NudgeFacts:
    """The choice, the patient's own newest word first."""
    held = wishes.chosen(db, wishes.NUDGES)
    if "off" not in held:
        return NudgeFacts(None)
    busy = wishes.busy_until(held)
    return NudgeFacts(held["off"], held.get("tone", "plain"), held.get("a_week"), busy)


def present(
    facts: NudgeFacts, *, words: Words, zone: ZoneInfo, now: datetime
) -> tuple[Choosing, ...]:
    """The questions; none where nothing is known, and but one once they are off."""
    if facts.off is None:
        return ()
    switch = Choosing(
        "nudges:off",
        words("nudges_title"),
        (
            Option("no", words("nudges_on"), not facts.off),
            Option("yes", words("nudges_off"), facts.off),
        ),
        words("nudges_text"),
    )
    if facts.off:
        return (switch,)
    tones = tuple(Option(t, words(f"nudges_tone_{t}"), t == facts.tone) for t in TONES)
    most = facts.a_week or A_WEEK[-1]
    often = tuple(Option(str(n), words("nudges_most", count=n), n == most) for n in A_WEEK)
    return (
        switch,
        Choosing("nudges:tone", words("nudges_tone"), tones, words(f"nudges_like_{facts.tone}")),
        Choosing("nudges:a_week", words("nudges_often"), often),
        _pause(facts, words, zone, now),
    )


def _pause(facts: NudgeFacts, words: Words, zone: ZoneInfo, now: datetime) -> Choosing:
    busy = facts.busy_until is not None and now < facts.busy_until
    options = [Option("0", words("nudges_any_time"), not busy)]
    if busy and facts.busy_until is not None:
        until = words("nudges_not_before", clock=clock(facts.busy_until, zone))
        options.append(Option("", until, chosen=True))
    options += [Option(str(n), words("nudges_pause", count=n), chosen=False) for n in HOURS]
    return Choosing("nudges:pause", words("nudges_now"), tuple(options))


def wished(key: str, value: str, *, now: datetime) -> tuple[str, dict[str, Any]] | None:
    """What a tapped option asks of the server; None if it changes nothing."""
    match key:
        case "nudges:off":
            return wishes.NUDGES, {"off": value == "yes"}
        case "nudges:tone":
            return wishes.NUDGES, {"tone": value}
        case "nudges:a_week":
            return wishes.NUDGES, {"a_week": int(value)}
        case "nudges:pause" if value:
            hours = int(value)
            until = (now + timedelta(hours=hours)).isoformat() if hours else None
            return wishes.BUSY, {"busy_with": "resting", "busy_until": until}
    return None

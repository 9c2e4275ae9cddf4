"""What a patient notes of her days, as samples: tags (wine, a journey, a vaccine) and seizures.

A note is a sample of the source `diary`, so it is sent, kept, revised and exported like any other.
A tag stands at noon of its day, a second apart for each tag; the same instant with NONE takes it
back. Seizures are counted at the time that is given, or at the middle of a part of the day; a day
without any has a 0 at noon, for a day without a sample was not kept.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from backend.wire.measures import DayTag

SOURCE: Final = "diary"
TAG, SEIZURE = "day_tag", "seizure"

TagName = Literal["alcohol", "travel", "vaccine"]
TAGS: Final[dict[TagName, int]] = {
    "alcohol": DayTag.ALCOHOL,
    "travel": DayTag.TRAVEL,
    "vaccine": DayTag.VACCINE,
}
Part = Literal["night", "morning", "afternoon", "evening"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
MIDDLES: Final[dict[Part, int]] = {"night": 3, "morning": 9, "afternoon": 15, "evening": 21}
NOON: Final = 12


def tag_at(day: date, tag: TagName, zone: ZoneInfo) -> datetime:
    """Where the tag of a day stands."""
    return _at(day, NOON, zone) + timedelta(seconds=TAGS[tag])


def none_at(day: date, zone: ZoneInfo) -> datetime:
    """Where it is noted that a day had no seizure."""
    return _at(day, NOON, zone)


def part_at(day: date, part: Part, zone: ZoneInfo) -> datetime:
    """Where a seizure stands of which only the part of the day is known."""
    return _at(day, MIDDLES[part], zone)


def tags_of(
    instants_ms: Iterable[int], values: Iterable[float], zone: ZoneInfo
) -> dict[date, set[TagName]]:
    """The tags of each day that has any."""
    names = {code: name for name, code in TAGS.items()}
    found: dict[date, set[TagName]] = {}
    for at, value in zip(instants_ms, values, strict=True):
        if name := names.get(int(value)):
            found.setdefault(day_of(at, zone), set()).add(name)
    return found


def day_of(at_ms: int, zone: ZoneInfo) -> date:
    """The local day of an instant."""
    return datetime.fromtimestamp(at_ms / 1000, zone).date()


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone)

"""Days and times as people say them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mobile.words import Words


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """The time of day, 24 hours."""
    return f"{moment.astimezone(zone):%H:%M}"


def short_day(day: date, words: Words) -> str:
    """Such as "Tue 24 Nov"."""
    weekday = words.items("weekdays_short")[day.weekday()]
    month = words.items("months_short")[day.month - 1]
    return words("day_short", weekday=weekday, day=day.day, month=month)


def long_day(day: date, words: Words) -> str:
    """Such as "Tuesday 24 November"."""
    return words.said_in.day(day)


def day_and_clock(moment: datetime, zone: ZoneInfo, words: Words, *, now: datetime) -> str:
    """Such as "Today, 08:00" or "Tue 24 Nov, 08:00"."""
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    named = {today: "today", today + timedelta(days=1): "tomorrow"}
    named[today - timedelta(days=1)] = "yesterday"
    said = words(named[day]) if day in named else short_day(day, words)
    return words("day_and_clock", day=said, clock=clock(moment, zone))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Where a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def number(value: float, digits: int, words: Words) -> str:
    """A number with the language's own marks."""
    return words.said_in.number(value, digits)

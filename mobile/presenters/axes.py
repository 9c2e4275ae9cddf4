"""The axes of a chart: round limits, and what stands along them."""

import math
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mobile.presenters.saying import midnight, number
from mobile.store import bodies
from mobile.words import Words

Span = Literal["day", "week", "month", "year"]
SPAN_DAYS: dict[Span, int] = {"day": 1, "week": 7, "month": 30, "year": 365}
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
Tick = tuple[float, str]


def first_day(span: Span, last: date) -> date:
    """The day on which a stretch ending with `last` begins."""
    return last - timedelta(days=SPAN_DAYS[span] - 1)


def stretch(span: Span, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Local midnight to local midnight."""
    return midnight(first_day(span, last), zone), midnight(last + timedelta(days=1), zone)


def scale(
    extent: tuple[float, float], words: Words, *, zero: bool
) -> tuple[float, float, tuple[Tick, ...]]:
    """Round limits and three to six ticks between them."""
    low, high = (0.0 if zero else extent[0]), extent[1]
    if high - low < 1e-9:
        low, high = low - 1.0, high + 1.0
        low = max(0.0, low) if zero else low
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in NICE if n * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if step / power == 2.5 else 0)
    digits = digits if step < 10 else 0
    ticks = tuple((n * step, number(n * step, digits, words)) for n in range(first, last + 1))
    return first * step, last * step, ticks


def x_ticks(span: Span, last: date, zone: ZoneInfo, words: Words) -> tuple[Tick, ...]:
    """Hours, weekdays, days or months, each in the middle of what it names."""
    if span == "day":
        start = midnight(last, zone)
        hours = [start.replace(hour=hour) for hour in (0, 6, 12, 18)]
        return tuple((float(bodies.ms_of(at)), f"{at:%H:%M}") for at in hours)
    days = [first_day(span, last) + timedelta(days=n) for n in range(SPAN_DAYS[span])]
    months = words.items("months_short")
    if span == "week":
        named = words.items("weekdays_short")
        told = [(day, named[day.weekday()]) for day in days]
    elif span == "month":
        told = [(day, f"{day.day} {months[day.month - 1]}") for day in days[3::8]]
    else:
        told = [(day, months[day.month - 1]) for day in days if day.day == 15][::2]
    noon = timedelta(hours=12)
    return tuple((float(bodies.ms_of(midnight(day, zone) + noon)), text) for day, text in told)

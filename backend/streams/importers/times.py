"""Times as exports write them. What carries no offset is the wearer's own local time."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from backend.streams.columns import Instants
from backend.wire.codec import ms_of

NUMERIC = re.compile(
    r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})"
    r"(?:[ T]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?\s*([AaPp][Mm])?)?"
)
HOUR_MS = 3_600_000
STAMP = "2024-01-01 01:01:36 +0200"
NO_STAMP = "-" * len(STAMP)
DIGITS_AT = [place for place, letter in enumerate(STAMP) if letter.isdigit()]
MARKS_AT = [place for place, letter in enumerate(STAMP) if letter in "-: "]
MONTH_ENDS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


class Times:
    """Reads times of one file; `day_first` says how the file orders day and month."""

    def __init__(self, zone: ZoneInfo, *, day_first: bool = False):
        self._zone, self._day_first = zone, day_first

    def instant_ms(self, text: str) -> int | None:
        """Milliseconds since 1970, or None if this is no time."""
        text = text.strip()
        match = NUMERIC.fullmatch(text)
        try:
            return self._zoned_ms(text) if match is None else self._local_ms(match)
        except (ValueError, OverflowError):
            return None

    def _zoned_ms(self, text: str) -> int:
        found = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        return ms_of(found if found.tzinfo else found.replace(tzinfo=self._zone))

    def _local_ms(self, match: re.Match[str]) -> int:
        day = self._date(int(match[1]), int(match[3]), int(match[4]), len(match[1]) == 4)
        hour, minute, second = (int(part or 0) for part in match.group(5, 6, 7))
        if match[9]:
            if not 1 <= hour <= 12:
                raise ValueError("no such hour")
            hour = hour % 12 + (12 if match[9].lower() == "pm" else 0)
        if minute > 59 or second > 59:
            raise ValueError("no such time")
        rest = int((match[8] or "0").ljust(3, "0")[:3])
        return _hour_ms(day, hour, self._zone) + (minute * 60 + second) * 1000 + rest

    def _date(self, first: int, second: int, third: int, year_first: bool) -> date:
        if year_first:
            return date(first, second, third)
        year = third + 2000 if third < 100 else third
        if self._day_first:
            return date(year, second, first)
        return date(year, first, second)


class UnixTimes:
    """Times as numbers since 1970, of so many milliseconds each."""

    def __init__(self, unit_ms: int):
        self._unit_ms = unit_ms

    def instant_ms(self, text: str) -> int | None:
        """Milliseconds since 1970, or None if this is no time."""
        try:
            return round(float(text) * self._unit_ms)
        except (ValueError, OverflowError):
            return None


@lru_cache(maxsize=4096)
def _hour_ms(day: date, hour: int, zone: ZoneInfo) -> int:
    """In a gap the offset before it, and of a time that comes twice the first."""
    return ms_of(datetime(day.year, day.month, day.day, hour, tzinfo=zone))


def is_day_first(texts: Iterable[str]) -> bool:
    """Whether days stand before months, told by the first number that can be no month.

    Where none tells, a twelve-hour clock or slashes mean the month first, as in American exports.
    """
    dotted = False
    for text in texts:
        match = NUMERIC.fullmatch(text.strip())
        if match is None or len(match[1]) == 4:
            continue
        if int(match[1]) > 12 or int(match[3]) > 12:
            return int(match[1]) > 12
        dotted = match[2] != "/" and not match[9]
    return dotted


def stamps_ms(texts: list[str]) -> tuple[Instants, npt.NDArray[np.bool_]]:
    """The instants of texts like "2024-01-01 01:01:36 +0200", and which of them are such times.

    A whole column in a few passes: what fromisoformat does one by one takes ten times as long.
    """
    joined = "".join(texts)
    if not joined.isascii() or set(map(len, texts)) != {len(STAMP)}:
        joined = "".join(t if len(t) == len(STAMP) and t.isascii() else NO_STAMP for t in texts)
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(-1, len(STAMP))
    digits = letters[:, DIGITS_AT] - ord("0")
    marks = np.frombuffer(STAMP.encode(), np.uint8)[MARKS_AT]
    sign = letters[:, 20]
    good = (digits <= 9).all(1) & (letters[:, MARKS_AT] == marks).all(1)
    good &= (sign == ord("+")) | (sign == ord("-"))
    tens = digits.astype(np.int64)
    pairs = tens[:, ::2] * 10 + tens[:, 1::2]
    year = pairs[:, 0] * 100 + pairs[:, 1]
    month, day, hour, minute, second, ahead_h, ahead_min = pairs[:, 2:].T
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60)
    good &= (second < 60) & (ahead_h < 24) & (ahead_min < 60)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    month = np.where(good, month, 1)
    good &= (day >= 1) & (day <= MONTH_ENDS[month] + (leap & (month == 2)))
    offset = np.where(sign == ord("-"), -1, 1) * (ahead_h * 60 + ahead_min)
    minutes = (_days(year, month, day) * 24 + hour) * 60 + minute - offset
    return (minutes * 60 + second) * 1000, good


def _days(year: Instants, month: Instants, day: Instants) -> Instants:
    """Days since 1970 in the Gregorian calendar (Fliegel and Van Flandern, CACM 1968;11:657)."""
    shifted = year - (month <= 2)
    from_march = (month + 9) % 12
    leaps = shifted // 4 - shifted // 100 + shifted // 400
    return 365 * shifted + leaps + (153 * from_march + 2) // 5 + day - 1 - 719468

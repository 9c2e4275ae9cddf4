"""The bounded subset of RFC 5545 rules that a schedule may have, checked once."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dateutil import rrule

Freq = Literal["HOURLY", "DAILY", "WEEKLY", "MONTHLY"]
KNOWN = {
    *("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "COUNT", "UNTIL"),
    "X-CYCLE",  # ours: a phone that does not know it refuses the rule, and the server announces
}
MOST = {"HOURLY": 744, "DAILY": 366, "WEEKLY": 52, "MONTHLY": 12}
MOST_COUNT = 10_000
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ORDINALS = (1, 2, 3, 4, -1)
BYDAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")


class ScheduleError(ValueError):
    """The schedule cannot be kept; the text says why in plain words."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule; `byday` holds (ordinal or 0, day), `cycle` days on and days off."""

    freq: Freq
    interval: int = 1
    byday: tuple[tuple[int, str], ...] = ()
    bymonthday: tuple[int, ...] = ()
    byhour: tuple[int, ...] = ()
    byminute: tuple[int, ...] = ()
    count: int | None = None
    until: datetime | None = None
    cycle: tuple[int, int] | None = None

    def rests_on(self, day: datetime, starts: datetime) -> bool:
        """Whether this day is one of the cycle's days off; the first day is a day on."""
        if self.cycle is None:
            return False
        on, off = self.cycle
        return (day.date() - starts.date()).days % (on + off) >= on

    def weekdays(self) -> list[rrule.weekday] | None:
        """BYDAY as dateutil wants it."""
        return [_weekday(ordinal, day) for ordinal, day in self.byday] or None


def _weekday(ordinal: int, day: str) -> rrule.weekday:
    plain: rrule.weekday = getattr(rrule, day)
    return plain(ordinal) if ordinal else plain


def parse_rule(text: str) -> Rule:
    """The rule that `text` spells; raises ScheduleError for all that is not in the subset."""
    parts = _parts(text)
    freq = parts.get("FREQ", "")
    if freq not in MOST:
        raise ScheduleError("A rule repeats HOURLY, DAILY, WEEKLY or MONTHLY.")
    rule = Rule(
        freq,  # type: ignore[arg-type]
        _whole(parts.get("INTERVAL", "1"), "INTERVAL", 1, MOST[freq]),
        _byday(parts.get("BYDAY")),
        _numbers(parts.get("BYMONTHDAY"), "BYMONTHDAY", -1, 28),
        _numbers(parts.get("BYHOUR"), "BYHOUR", 0, 23),
        _numbers(parts.get("BYMINUTE"), "BYMINUTE", 0, 59),
        _whole(parts["COUNT"], "COUNT", 1, MOST_COUNT) if "COUNT" in parts else None,
        _until(parts["UNTIL"]) if "UNTIL" in parts else None,
        _cycle(parts["X-CYCLE"]) if "X-CYCLE" in parts else None,
    )
    _check(rule)
    return rule


def _parts(text: str) -> dict[str, str]:
    if not isinstance(text, str) or len(text) > 300:
        raise ScheduleError("A rule is a short text.")
    pairs = [part.partition("=") for part in text.removeprefix("RRULE:").upper().split(";") if part]
    parts = {name.strip(): value.strip() for name, _, value in pairs}
    if len(parts) < len(pairs):
        raise ScheduleError("A part of the rule stands twice.")
    if unknown := sorted(set(parts) - KNOWN):
        raise ScheduleError(f"This part of a rule is not supported: {unknown[0][:20]}.")
    return parts


def _check(rule: Rule) -> None:
    """What could match never or only some months is refused here, so that expansion is bounded."""
    if rule.count is not None and rule.until is not None:
        raise ScheduleError("Choose COUNT or UNTIL, not both.")
    if (rule.byday or rule.byhour or rule.byminute) and rule.freq == "HOURLY" and rule.interval > 1:
        raise ScheduleError("Every so many hours and BYDAY, BYHOUR or BYMINUTE exclude each other.")
    if rule.byday and rule.freq == "DAILY" and rule.interval > 1:
        raise ScheduleError("Every so many days and BYDAY may never meet: use WEEKLY.")
    if rule.cycle and (rule.freq != "DAILY" or rule.interval > 1 or rule.byday):
        raise ScheduleError("Days on and off go with every day.")
    if rule.bymonthday and (rule.freq != "MONTHLY" or rule.byday):
        raise ScheduleError("BYMONTHDAY goes with MONTHLY and without BYDAY.")
    if rule.freq != "MONTHLY" and any(ordinal for ordinal, _ in rule.byday):
        raise ScheduleError("The first or last weekday needs MONTHLY.")


def _whole(text: str, name: str, low: int, high: int) -> int:
    try:
        found = int(text) if text.isascii() and len(text) <= 6 else None
    except ValueError:
        found = None
    if found is None or not low <= found <= high:
        raise ScheduleError(f"{name} must be a whole number from {low} to {high}.")
    return found


def _numbers(text: str | None, name: str, low: int, high: int) -> tuple[int, ...]:
    if text is None:
        return ()
    found = {_whole(part.strip(), name, low, high) for part in text.split(",")}
    if name == "BYMONTHDAY" and 0 in found:
        raise ScheduleError("BYMONTHDAY is 1 to 28, or -1 for the last day.")
    return tuple(sorted(found))


def _byday(text: str | None) -> tuple[tuple[int, str], ...]:
    if text is None:
        return ()
    found = set()
    for part in text.split(","):
        match = BYDAY.fullmatch(part.strip())
        ordinal = int(match[1] or 0) if match else 9
        if match is None or ordinal not in (0, *ORDINALS):
            raise ScheduleError("BYDAY names days like MO,FR or, by month, 1MO to 4MO and -1MO.")
        found.add((ordinal, match[2]))
    return tuple(sorted(found, key=lambda pair: (DAYS.index(pair[1]), pair[0])))


def _cycle(text: str) -> tuple[int, int]:
    on, _, off = text.partition("/")
    return _whole(on, "Days on", 1, 366), _whole(off, "Days off", 1, 366)


def _until(text: str) -> datetime:
    """Inclusive and local; a date alone is its whole day."""
    for form, rest in (("%Y%m%dT%H%M%S", ""), ("%Y%m%dT%H%M%S", "T235959")):
        try:
            return datetime.strptime(text + rest, form)  # noqa: DTZ007
        except ValueError:
            continue
    raise ScheduleError("UNTIL is a local time like 20261231T235900 or a date like 20261231.")

"""The one expander of schedules, run by server and phone alike.

Local time and IANA zone are stored, never an offset; a rule is expanded naive and the zone
attached afterwards. A time inside a gap takes the offset before it (02:30 shows at 03:30), never
skipped; a time that comes twice counts the first time. Two nominal times can be one instant: both
keep their key.

The rules are a bounded subset of RFC 5545: FREQ=HOURLY|DAILY|WEEKLY|MONTHLY with INTERVAL, BYDAY,
BYMONTHDAY, BYHOUR, BYMINUTE and COUNT or UNTIL, and X-CYCLE=21/7 for days on and off. What could
match never, or not in every month, is refused with the reason: no rule burns time, and no month
silently lacks its dose. A medicine taken as needed has no slots: nothing of it is ever due.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from dateutil import rrule

from backend.wire.messages import ScheduleRow
from backend.wire.rules import Rule, ScheduleError, parse_rule

__all__ = ["Schedule", "ScheduleError", "Slot", "from_row", "slots"]

MODES = ("wall", "elapsed", "as_needed")
MOST_SLOTS = 20_000
MARGIN = timedelta(days=2)  # no zone ever moved its clocks by more than a day
MINUTE_FORM = "%Y-%m-%dT%H:%M"
ELAPSED_UNITS = {
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A checked schedule; `starts` and `ends` (exclusive) are naive local times, whole minutes."""

    id: UUID
    mode: Literal["wall", "elapsed", "as_needed"]
    rule: Rule
    times: tuple[time, ...]
    starts: datetime
    zone: ZoneInfo
    zone_mode: Literal["floating", "fixed"]
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One due moment: `nominal_local` names it for ever, `due_at` moves if the patient travels."""

    key: str
    dose_id: UUID
    nominal_local: str
    due_at: datetime


def from_row(row: ScheduleRow) -> Schedule:
    """The schedule that a wire row spells; raises ScheduleError with a reason for a person."""
    rule = parse_rule(row.rule)
    starts = _local(row.starts_local, "The start")
    ends = None if row.ends_local is None else _local(row.ends_local, "The end")
    if ends is not None and ends <= starts:
        raise ScheduleError("The end must lie after the start.")
    if row.mode not in ("wall", "elapsed", "as_needed") or row.zone_mode not in (
        "floating",
        "fixed",
    ):
        raise ScheduleError(
            "The mode must be wall, elapsed or as_needed, the zone floating or fixed."
        )
    times = _times(row, rule, starts)
    if row.mode == "elapsed":
        _check_elapsed(rule, row)
    elif rule.freq == "MONTHLY" and not (rule.byday or rule.bymonthday) and starts.day > 28:
        raise ScheduleError("Not every month has this day: choose day 1 to 28, or the last day.")
    return Schedule(row.id, row.mode, rule, times, starts, _zone(row.zone), row.zone_mode, ends)


def _local(text: str, what: str) -> datetime:
    try:
        found = datetime.strptime(text, MINUTE_FORM)  # noqa: DTZ007
    except (TypeError, ValueError):
        raise ScheduleError(f"{what} must be a local time like 2026-11-23T08:00.") from None
    if not 1900 <= found.year <= 2200:
        raise ScheduleError(f"{what} lies out of range.")
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):
        raise ScheduleError("This time zone is not known.") from None


def _times(row: ScheduleRow, rule: Rule, starts: datetime) -> tuple[time, ...]:
    """The times of day; from the row, else from BYHOUR and BYMINUTE, else that of the start."""
    if row.times and (rule.freq == "HOURLY" or rule.byhour or rule.byminute):
        raise ScheduleError("Times of day and an hourly rule or BYHOUR exclude each other.")
    if len(row.times) > 24:
        raise ScheduleError("At most 24 times of day.")
    if not row.times:
        hours, minutes = rule.byhour or (starts.hour,), rule.byminute or (starts.minute,)
        return tuple(sorted(time(h, m) for h in hours for m in minutes))
    try:
        found = {datetime.strptime(text, "%H:%M").time() for text in row.times}  # noqa: DTZ007
    except (TypeError, ValueError):
        raise ScheduleError("A time of day looks like 08:00.") from None
    if len(found) < len(row.times):
        raise ScheduleError("A time of day stands twice.")
    return tuple(sorted(found))


def _check_elapsed(rule: Rule, row: ScheduleRow) -> None:
    if rule.freq == "MONTHLY":
        raise ScheduleError("A month has no fixed length: choose hours, days or weeks.")
    if rule.cycle or any((rule.byday, rule.bymonthday, rule.byhour, rule.byminute, row.times)):
        raise ScheduleError("A fixed spacing runs from its start alone: no days or times of day.")


def slots(schedule: Schedule, *, zone: str, start: datetime, end: datetime) -> list[Slot]:
    """The slots due in [start, end), in order.

    `zone` is where the patient is now: a floating schedule goes by it, a fixed one by its own.
    Raises ScheduleError if the stretch holds more than MOST_SLOTS.
    """
    if schedule.mode == "as_needed":
        return []
    if schedule.mode == "elapsed":
        pairs = _elapsed(schedule, start, end)
    else:
        here = schedule.zone if schedule.zone_mode == "fixed" else _zone(zone)
        pairs = _wall(schedule, here, start, end)
    found = list(islice(pairs, MOST_SLOTS + 1))
    if len(found) > MOST_SLOTS:
        raise ScheduleError("This stretch holds too many doses: ask for a shorter one.")
    found.sort(key=lambda pair: (pair[1], pair[0]))
    return [_slot(schedule.id, nominal, due_at) for nominal, due_at in found]


def _slot(id_: UUID, nominal: str, due_at: datetime) -> Slot:
    key = f"rem:{id_}:{nominal}"
    return Slot(key, uuid5(id_, key), nominal, due_at)


def _elapsed(schedule: Schedule, start: datetime, end: datetime) -> Iterator[tuple[str, datetime]]:
    """Fixed spacing in UTC from the start in the schedule's own zone, wherever the patient is."""
    rule = schedule.rule
    anchor = _moment(schedule.starts, schedule.zone)
    step = ELAPSED_UNITS[rule.freq] * rule.interval
    if schedule.ends is not None:
        end = min(end, _moment(schedule.ends, schedule.zone))
    if rule.until is not None:
        end = min(end, _moment(rule.until, schedule.zone) + timedelta(minutes=1))
    number = max(0, -((anchor - start) // step))
    while (due_at := anchor + number * step) < end and (rule.count is None or number < rule.count):
        if due_at >= start:
            yield f"{_text(due_at.replace(tzinfo=None))}Z", due_at
        number += 1


def _wall(
    schedule: Schedule, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[str, datetime]]:
    low = _naive(start, zone) - MARGIN
    high = _naive(end, zone) + MARGIN
    for nominal in _nominals(schedule, low, high):
        due_at = _moment(nominal, zone)
        if start <= due_at < end:
            yield _text(nominal), due_at


def _text(local: datetime) -> str:
    return local.isoformat(timespec="minutes")


def _naive(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    """fold=0 is the first of two, and in a gap the offset before it."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def _nominals(schedule: Schedule, low: datetime, high: datetime) -> Iterator[datetime]:
    """Nominal local times in [low, high), in order, within start, end, COUNT and UNTIL."""
    last = _last(schedule) if schedule.rule.count is not None else schedule.rule.until
    if schedule.ends is not None:
        high = min(high, schedule.ends)
    for nominal in _unbounded(schedule, max(low, schedule.starts)):
        if nominal >= high or (last is not None and nominal > last):
            return
        if nominal >= low:
            yield nominal


@lru_cache(maxsize=4096)
def _last(schedule: Schedule) -> datetime:
    """The nominal time at which COUNT is used up."""
    *_, last = islice(_unbounded(schedule, schedule.starts), schedule.rule.count)
    return last


def _unbounded(schedule: Schedule, low: datetime) -> Iterator[datetime]:
    """Nominal times from about `low` on, never before the start; the caller stops it."""
    rule, starts = schedule.rule, schedule.starts
    jump = _jump(rule, starts, low)
    if rule.freq == "HOURLY":
        found = rrule.rrule(
            rrule.HOURLY,
            jump,
            rule.interval,
            byweekday=rule.weekdays(),
            byhour=rule.byhour or None,
            byminute=rule.byminute or None,
        )
        yield from (nominal for nominal in found if nominal >= starts)
        return
    for day in _days(rule, starts, jump):
        if rule.rests_on(day, starts):
            continue
        for at in schedule.times:
            nominal = datetime.combine(day, at)
            if nominal >= starts:
                yield nominal


def _days(rule: Rule, starts: datetime, jump: datetime) -> Iterable[datetime]:
    month_days = rule.bymonthday
    if rule.freq == "MONTHLY" and not (rule.byday or month_days):
        month_days = (starts.day,)
    return rrule.rrule(
        getattr(rrule, rule.freq),
        datetime.combine(jump, time()),
        rule.interval,
        byweekday=rule.weekdays(),
        bymonthday=month_days or None,
    )


def _jump(rule: Rule, starts: datetime, low: datetime) -> datetime:
    """A moment in step with the rule, shortly before `low`: old rules cost what new ones do."""
    if low <= starts:
        return starts
    if rule.freq == "MONTHLY":
        months = (low.year - starts.year) * 12 + low.month - starts.month - 1
        months = months // rule.interval * rule.interval
        if months <= 0:
            return starts
        year, month = divmod(starts.year * 12 + starts.month - 1 + months, 12)
        return datetime(year, month + 1, 1)  # noqa: DTZ001
    step = ELAPSED_UNITS[rule.freq] * rule.interval
    return starts + max(0, (low - timedelta(days=7) - starts) // step) * step

"""What a prescriber allows of a medicine taken as needed: one law for server and phone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

A_DAY = timedelta(hours=24)


def is_too_soon(taken: Sequence[datetime], at: datetime, *, min_gap_minutes: int | None) -> bool:
    """Whether another taking is nearer than the gap, before or after."""
    gap = timedelta(minutes=min_gap_minutes or 0)
    return any(abs(at - other) < gap for other in taken)


def is_too_many(taken: Sequence[datetime], at: datetime, *, most_a_day: int | None) -> bool:
    """Whether one more at this moment makes too many in any 24 hours."""
    if most_a_day is None:
        return False
    ends = [at, *(other for other in taken if at <= other < at + A_DAY)]
    return any(_within(end, [*taken, at]) > most_a_day for end in ends)


def _within(end: datetime, taken: Sequence[datetime]) -> int:
    return sum(end - A_DAY < other <= end for other in taken)


def left_in_a_day(taken: Sequence[datetime], now: datetime, *, most_a_day: int) -> int:
    """How many more the maximum leaves for the 24 hours that end now."""
    return max(0, most_a_day - _within(now, taken))


def free_at(
    taken: Sequence[datetime],
    now: datetime,
    *,
    min_gap_minutes: int | None,
    most_a_day: int | None,
) -> datetime | None:
    """From when on the next one may be taken, now or later; None: never (a maximum of none)."""
    gap = timedelta(minutes=min_gap_minutes or 0)
    ends = [other + step for other in taken for step in (gap, A_DAY)]
    for at in sorted({now, *(end for end in ends if end > now)}):
        soon = is_too_soon(taken, at, min_gap_minutes=min_gap_minutes)
        if not soon and not is_too_many(taken, at, most_a_day=most_a_day):
            return at
    return None

"""What no policy may break: when a nudge may not be said, and how often nothing is said.

Pure functions of the history. The limits are set by people, not learned: at most one in 2 hours,
3 a day, 10 a week or fewer; none in the patient's quiet hours; a rest after two that were ignored;
none once the patient has said no, at the wheel, in a crisis or after a low
(availability.py). The control arm keeps at least a fifth of all draws, for ever.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SAY_NOTHING: Final = "say_nothing"
CONTROL_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Limits:
    """How often is too often."""

    gap: timedelta = timedelta(hours=2)
    a_day: int = 3
    a_week: int = 10
    ignored_in_row: int = 2
    cool_down: timedelta = timedelta(hours=72)
    time_to_answer: timedelta = timedelta(hours=12)


LIMITS: Final = Limits()
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said to the patient; `opened` if it was looked at. Other than a nudge, it
    counts for the gap only.
    """

    at: datetime
    opened: bool = False
    nudge: bool = True


def why_silent(
    now: datetime,
    *,
    zone: ZoneInfo,
    is_quiet: Callable[[time], bool],
    said: Sequence[Said],
    opted_out: bool = False,
    held: str = "",
    limits: Limits = LIMITS,
) -> str:
    """Why nothing may be said now; empty if it may. `said` is a week or more, in any order; `held`
    is why the person is not available, if she is not.
    """
    nudges = sorted((s for s in said if s.nudge), key=lambda s: s.at)
    checks = (
        ("opted_out", opted_out),
        (held, bool(held)),
        ("quiet_hours", is_quiet(now.astimezone(zone).time())),
        # Not the absolute difference: a clock set back makes what was said "too soon" as well.
        ("too_soon", any(now - s.at < limits.gap for s in said)),
        ("day_full", _most_in_a_day(now, zone, nudges) >= limits.a_day),
        ("week_full", sum(now - s.at < WEEK for s in nudges) >= limits.a_week),
        ("cooling_down", _is_cooling_down(now, nudges, limits)),
    )
    return next((reason for reason, holds in checks if holds), "")


def _most_in_a_day(now: datetime, zone: ZoneInfo, nudges: Sequence[Said]) -> int:
    """By the calendar and by the clock: a flight west makes a day long, or begins it anew."""
    today = now.astimezone(zone).date()
    by_calendar = sum(s.at.astimezone(zone).date() == today for s in nudges)
    return max(by_calendar, sum(now - s.at < DAY for s in nudges))


def _is_cooling_down(now: datetime, nudges: Sequence[Said], limits: Limits) -> bool:
    latest = [s for s in nudges if s.opened or now - s.at >= limits.time_to_answer]
    row = latest[-limits.ignored_in_row :]
    if len(row) < limits.ignored_in_row or any(s.opened for s in row):
        return False
    return now - row[-1].at < limits.cool_down


def with_control(probabilities: Mapping[str, float]) -> dict[str, float]:
    """The policy's probabilities with the control arm raised to its share; they sum to 1."""
    sane = {arm: max(0.0, p) for arm, p in probabilities.items() if math.isfinite(p)}
    asked = sane.pop(SAY_NOTHING, 0.0)
    total = sum(sane.values())
    if total <= 0:
        return {SAY_NOTHING: 1.0}
    control = max(CONTROL_SHARE, asked / (asked + total))
    return {SAY_NOTHING: control} | {arm: p / total * (1 - control) for arm, p in sane.items()}

"""A schedule as a prescriber asks for it, checked before it is kept."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from backend.core.models import new_id
from backend.core.problems import invalid_field
from backend.regimens.models import MealTimes, Schedule
from backend.wire import schedule as wire
from backend.wire.problems import Code
from backend.wire.sentences import MEALS

MOST_A_WEEK = 7 * 24
FIRST_WEEK = timedelta(days=7)
LONGEST_REST = timedelta(days=400)
GRACE_MINUTES = (30, 720)
FARTHEST_BACK = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Timing:
    """A rule of the wire's subset and local times; zone and start are the patient's here and now
    unless given. `zone_mode`: floating goes with a traveller, fixed stays with `zone`. `meals` in
    the place of `times`: breakfast, lunch, supper, bedtime, whenever the patient has them.
    """

    rule: str = "FREQ=DAILY"
    times: tuple[str, ...] = ()
    meals: tuple[str, ...] = ()
    mode: Literal["wall", "elapsed", "as_needed"] = "wall"
    starts_local: str | None = None
    ends_local: str | None = None
    zone_mode: Literal["floating", "fixed"] = "floating"
    zone: str | None = None


def check_timing(
    timing: Timing, *, zone: str, meals: MealTimes | None = None, now: datetime
) -> Schedule:
    """The schedule, not yet saved; raises Invalid with the reason in plain words."""
    made = _schedule(timing, zone, now)
    if timing.meals:
        _set_meals(made, timing, meals or MealTimes())
    try:
        checked = wire.from_row(made.row())
        _check_density(checked, zone)
    except wire.ScheduleError as error:
        raise invalid_field("schedule", Code.INVALID, str(error)) from error
    return made


def _set_meals(made: Schedule, timing: Timing, meals: MealTimes) -> None:
    if unknown := set(timing.meals) - set(MEALS):
        raise invalid_field("meals", Code.INVALID, f"There is no such meal: {min(unknown)[:20]}.")
    if timing.times or timing.mode != "wall":
        raise invalid_field("meals", Code.INVALID, "Choose meals or times of day, not both.")
    pairs = sorted(zip(meals.times_of(list(timing.meals)), timing.meals, strict=True))
    made.times, made.meals = [at for at, _ in pairs], [meal for _, meal in pairs]


def _schedule(timing: Timing, zone: str, now: datetime) -> Schedule:
    here = timing.zone or zone
    starts = timing.starts_local
    if starts is None:
        starts = f"{now.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
    return Schedule(
        id=new_id(),
        mode=timing.mode,
        rule=timing.rule,
        times=list(timing.times),
        starts_local=starts,
        ends_local=timing.ends_local,
        zone=here,
        zone_mode=timing.zone_mode,
    )


def _first(schedule: wire.Schedule) -> datetime:
    """A moment before which no dose can be due, wherever the patient is."""
    return schedule.starts.replace(tzinfo=UTC) - timedelta(days=1)


def _check_density(schedule: wire.Schedule, zone: str) -> None:
    if schedule.mode == "as_needed":
        return
    start = _first(schedule)
    week = wire.slots(schedule, zone=zone, start=start, end=start + FIRST_WEEK)
    if len(week) > MOST_A_WEEK:
        raise wire.ScheduleError("These are too many doses: at most 24 a day.")
    if not week:
        rest = wire.slots(schedule, zone=zone, start=start, end=start + LONGEST_REST)
        if not rest:
            raise wire.ScheduleError("No dose would ever be due by this schedule.")


def grace_for(schedule: Schedule, zone: str) -> int:
    """Minutes a dose may be late: half the shortest time between two, 30 minutes to 12 hours."""
    least, most = GRACE_MINUTES
    due = first_week(schedule, zone)
    gaps = [(later - earlier).total_seconds() / 120 for earlier, later in pairwise(due)]
    return int(min(most, max(least, min(gaps, default=most))))


def first_week(schedule: Schedule, zone: str) -> list[datetime]:
    """When doses are due in the schedule's first week."""
    checked = wire.from_row(schedule.row())
    start = _first(checked)
    found = wire.slots(checked, zone=zone, start=start, end=start + FIRST_WEEK)
    return [slot.due_at for slot in found]

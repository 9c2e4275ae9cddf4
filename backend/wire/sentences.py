"""How a medicine's schedule reads: the one sentence for prescriber, patient and screen reader.

All of its words stand here; plain English, each number with its unit, no abbreviation that a screen
reader would spell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backend.wire.messages import DoseStep
from backend.wire.rules import and_list
from backend.wire.schedule import Schedule

CLOCK = "%H:%M"
MEALS = {
    "breakfast": "with breakfast",
    "lunch": "with lunch",
    "supper": "with supper",
    "bedtime": "at bedtime",
}


@dataclass(frozen=True, slots=True)
class Details:
    """What stands beside the times: meals (one for each time), a changing dose, the limits."""

    meals: Sequence[str] = ()
    steps: Sequence[DoseStep] = ()
    most_a_day: int | None = None
    min_gap_minutes: int | None = None


def sentence(schedule: Schedule, details: Details | None = None) -> str:
    """The schedule in plain English."""
    told = details or Details()
    if schedule.mode == "as_needed":
        return _as_needed(schedule, told)
    text = _when(schedule, told)
    rule = schedule.rule
    if rule.cycle is not None:
        on, off = rule.cycle
        text += f", for {_days(on)}, then {_days(off)} without"
    if rule.count is not None:
        text += f", {rule.count} times" if rule.count > 1 else ", once"
    if told.min_gap_minutes:
        text += f", at least {span(told.min_gap_minutes)} apart"
    if schedule.zone_mode == "fixed" and schedule.mode == "wall":
        text += f", always by the clock of {schedule.zone.key.split('/')[-1].replace('_', ' ')}"
    until = _until_day(schedule)
    if told.steps:
        return f"{text}: {_steps(told.steps, until)}"
    return text if until is None else f"{text}, until {_date(until)}"


def _when(schedule: Schedule, told: Details) -> str:
    rule = schedule.rule
    text = rule.phrase(schedule.starts)
    clock = _clock(schedule.times, told.meals)
    if schedule.mode == "elapsed":
        return f"{text}, counted from {_date(schedule.starts)} at {schedule.starts:{CLOCK}}"
    if rule.byhour and rule.freq == "HOURLY":
        return f"Every {and_list(rule.day_names() or ['day'])} {clock}"
    if rule.byminute and rule.freq == "HOURLY":
        return f"{text} at {and_list([str(m) for m in rule.byminute])} minutes past"
    if rule.freq == "HOURLY":
        return f"{text}, from {schedule.starts:{CLOCK}}"
    return f"{text} {clock}"


def _clock(times: Sequence[time], meals: Sequence[str]) -> str:
    if len(meals) == len(times):
        return and_list(
            [f"{MEALS[meal]} ({at:{CLOCK}})" for meal, at in zip(meals, times, strict=True)]
        )
    return f"at {and_list([f'{at:{CLOCK}}' for at in times])}"


def _as_needed(schedule: Schedule, told: Details) -> str:
    text = "Only when needed"
    if told.most_a_day:
        times = "once" if told.most_a_day == 1 else f"{told.most_a_day} times"
        text += f", at most {times} a day"
    if told.min_gap_minutes:
        text += f", at least {span(told.min_gap_minutes)} apart"
    until = _until_day(schedule)
    return text if until is None else f"{text}, until {_date(until)}"


def _steps(steps: Sequence[DoseStep], until: datetime | None) -> str:
    """ "40 mg to 7 December 2026, then 20 mg"."""
    parts = []
    for number, step in enumerate(steps):
        if number + 1 < len(steps):
            following = date.fromisoformat(steps[number + 1].from_day)
            parts.append(f"{step.dose} to {_date(following - timedelta(days=1))}")
        else:
            parts.append(f"{step.dose} to {_date(until)}" if until else step.dose)
    return ", then ".join(parts)


def span(minutes: int) -> str:
    """A length of time in words: "1 hour and 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    told = ((hours, "hour"), (rest, "minute"))
    parts = [f"{n} {unit}{'s' if n > 1 else ''}" for n, unit in told if n]
    return and_list(parts or ["0 minutes"])


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _until_day(schedule: Schedule) -> datetime | None:
    """The last day on which a dose can fall."""
    ends = [schedule.rule.until] if schedule.rule.until else []
    if schedule.ends is not None:
        ends.append(schedule.ends - timedelta(minutes=1))
    return min(ends, default=None)


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def amount_on(steps: Sequence[DoseStep], day: str, dose: str) -> str:
    """What is to be taken on this local day (YYYY-MM-DD): the step in force, else `dose`."""
    found = dose
    for step in steps:
        if step.from_day <= day:
            found = step.dose
    return found

"""How a medicine's schedule reads: the one sentence for prescriber, patient and screen reader.

All of its words stand here, in plain English and by the catalogues in the reader's language; each
number with its unit, no abbreviation that a screen reader would spell. What stands between commas
is a message of its own, whole in itself, so each language orders its words as it needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backend.wire.language import FALLBACK, Language, language_of
from backend.wire.messages import DoseStep
from backend.wire.rules import DAYS
from backend.wire.schedule import Schedule
from backend.wire.weekdays import days_of_month, days_of_week

CLOCK = "%H:%M"
MEALS = ("breakfast", "lunch", "supper", "bedtime")


@dataclass(frozen=True, slots=True)
class Details:
    """What stands beside the times: meals (one for each time), a changing dose, the limits."""

    meals: Sequence[str] = ()
    steps: Sequence[DoseStep] = ()
    most_a_day: int | None = None
    min_gap_minutes: int | None = None


def sentence(schedule: Schedule, details: Details | None = None, language: str = FALLBACK) -> str:
    """The schedule in plain words."""
    told, speak = details or Details(), language_of(language)
    if schedule.mode == "as_needed":
        parts = [speak.gettext("Only when needed"), *_most(told, speak), *_gap(told, speak)]
    else:
        parts = [_when(schedule, told, speak), *_turns(schedule, speak), *_gap(told, speak)]
        parts += _by_clock_of(schedule, speak)
    until = _until_day(schedule)
    if told.steps and schedule.mode != "as_needed":
        when, steps = ", ".join(parts), _steps(told.steps, until, speak)
        text = speak.gettext("{when}: {steps}", when=when, steps=steps)
    else:
        if until is not None:
            parts.append(speak.gettext("until {date}", date=speak.long_date(until)))
        text = ", ".join(parts)
    return text[0].upper() + text[1:]


def _when(schedule: Schedule, told: Details, speak: Language) -> str:
    """When it is due: the rhythm with what goes with it, times of day or a start."""
    rule, rhythm = schedule.rule, _rhythm(schedule, speak)
    start = f"{schedule.starts:{CLOCK}}"
    if schedule.mode == "elapsed":
        day = speak.long_date(schedule.starts)
        return speak.gettext(
            "{rhythm}, counted from {date} at {clock}", rhythm=rhythm, date=day, clock=start
        )
    if rule.freq != "HOURLY":
        return f"{rhythm} {_clock(schedule.times, told.meals, speak)}"
    if rule.byhour:
        days = days_of_week([day for _, day in rule.byday], speak)
        each = speak.gettext("Every {days}", days=days) if days else speak.gettext("Every day")
        return f"{each} {_clock(schedule.times, told.meals, speak)}"
    if rule.byminute:
        minutes = speak.listed([str(minute) for minute in rule.byminute])
        return speak.gettext("{rhythm} at {minutes} minutes past", rhythm=rhythm, minutes=minutes)
    return speak.gettext("{rhythm}, from {clock}", rhythm=rhythm, clock=start)


def _rhythm(schedule: Schedule, speak: Language) -> str:
    """The rule without times of day: "Every 2 weeks on Monday and Friday"."""
    rule, every = schedule.rule, schedule.rule.interval
    named = [day for _, day in rule.byday]
    if rule.freq == "MONTHLY":
        days = days_of_month(rule, schedule.starts, speak)
        return speak.ngettext(
            "Every month on {days}", "Every {count} months on {days}", every, days=days
        )
    if rule.freq == "WEEKLY":
        named = named or [DAYS[schedule.starts.weekday()]]
    days = days_of_week(named, speak)
    if rule.freq == "HOURLY":
        text = speak.ngettext("Every hour", "Every {count} hours", every)
        return speak.gettext("{rhythm} on {days}", rhythm=text, days=days) if days else text
    if days and every == 1:
        return speak.gettext("Every {days}", days=days)
    if rule.freq == "WEEKLY":
        return speak.ngettext(
            "Every week on {days}", "Every {count} weeks on {days}", every, days=days
        )
    return speak.ngettext("Every day", "Every {count} days", every)


def _clock(times: Sequence[time], meals: Sequence[str], speak: Language) -> str:
    if len(meals) == len(times):
        pairs = zip(meals, times, strict=True)
        return speak.listed([_meal(meal, f"{at:{CLOCK}}", speak) for meal, at in pairs])
    return speak.gettext("at {times}", times=speak.listed([_hour(at, speak) for at in times]))


def _hour(at: time, speak: Language) -> str:
    # Spanish says "la 01:00" and "las 02:00".
    return speak.npgettext("an hour", "{clock}", "{clock}", at.hour, clock=f"{at:{CLOCK}}")


def _meal(meal: str, clock: str, speak: Language) -> str:
    told = {
        "breakfast": speak.gettext("with breakfast ({clock})", clock=clock),
        "lunch": speak.gettext("with lunch ({clock})", clock=clock),
        "supper": speak.gettext("with supper ({clock})", clock=clock),
        "bedtime": speak.gettext("at bedtime ({clock})", clock=clock),
    }
    return told[meal]


def _turns(schedule: Schedule, speak: Language) -> list[str]:
    """Days on and off, and how often in all."""
    rule, told = schedule.rule, []
    if rule.cycle is not None:
        on, off = (speak.ngettext("{count} day", "{count} days", days) for days in rule.cycle)
        told.append(speak.gettext("for {on}, then {off} without", on=on, off=off))
    if rule.count is not None:
        told.append(speak.ngettext("once", "{count} times", rule.count))
    return told


def _most(told: Details, speak: Language) -> list[str]:
    if not told.most_a_day:
        return []
    return [speak.ngettext("at most once a day", "at most {count} times a day", told.most_a_day)]


def _gap(told: Details, speak: Language) -> list[str]:
    if not told.min_gap_minutes:
        return []
    length = _span(told.min_gap_minutes, speak)
    return [speak.gettext("at least {length} apart", length=length)]


def _by_clock_of(schedule: Schedule, speak: Language) -> list[str]:
    if schedule.zone_mode != "fixed" or schedule.mode != "wall":
        return []
    place = schedule.zone.key.split("/")[-1].replace("_", " ")
    return [speak.gettext("always by the clock of {place}", place=place)]


def _steps(steps: Sequence[DoseStep], until: datetime | None, speak: Language) -> str:
    """ "40 mg to 7 December 2026, then 20 mg"."""
    lasts = [date.fromisoformat(step.from_day) - timedelta(days=1) for step in steps[1:]]
    text = ""
    for step, last in zip(steps, [*lasts, until], strict=True):
        part = step.dose
        if last is not None:
            part = speak.gettext("{dose} to {date}", dose=part, date=speak.long_date(last))
        text = speak.gettext("{first}, then {next}", first=text, next=part) if text else part
    return text


def span(minutes: int, language: str = FALLBACK) -> str:
    """A length of time in words: "1 hour and 30 minutes"."""
    return _span(minutes, language_of(language))


def _span(minutes: int, speak: Language) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [speak.ngettext("{count} hour", "{count} hours", hours)] if hours else []
    if rest or not hours:
        parts.append(speak.ngettext("{count} minute", "{count} minutes", rest))
    return speak.listed(parts)


def _until_day(schedule: Schedule) -> datetime | None:
    """The last day on which a dose can fall."""
    ends = [schedule.rule.until] if schedule.rule.until else []
    if schedule.ends is not None:
        ends.append(schedule.ends - timedelta(minutes=1))
    return min(ends, default=None)


def amount_on(steps: Sequence[DoseStep], day: str, dose: str) -> str:
    """What is to be taken on this local day (YYYY-MM-DD): the step in force, else `dose`."""
    found = dose
    for step in steps:
        if step.from_day <= day:
            found = step.dose
    return found

"""The one goal that a patient sets herself: so many steps a day, or a habit in her own words.

Nobody else sets it, and a day without it is not counted against her.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from backend.core.problems import FieldError, Invalid
from backend.patients.access import Category, Chart, Deed
from backend.surveys.models import Goal
from backend.wire.problems import Code

LONGEST = 120
MOST_STEPS = 50_000
KEPT_DAYS = 60

Kind = Literal["none", "steps", "habit"]


@dataclass(frozen=True, slots=True)
class GoalAsked:
    """`target` goes with steps, `text` and the `days` on which it was done with a habit."""

    kind: Kind
    text: str = ""
    target: int | None = None
    days: list[date] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GoalTold:
    """The goal as it stands; `set_at` is None until she has said yes or no to one."""

    kind: str
    text: str
    target: int | None
    days: list[date]
    set_at: datetime | None


def goal_of(chart: Chart) -> GoalTold:
    """Hers; of the kind "none" where she has set none."""
    chart.need(Category.SURVEYS)
    goal = Goal.objects.filter(patient=chart.patient).first()
    if goal is None:
        return GoalTold("none", "", None, [], None)
    return GoalTold(goal.kind, goal.text, goal.target, list(goal.days), goal.set_at)


def set_goal(chart: Chart, asked: GoalAsked, *, now: datetime) -> GoalTold:
    """This one from now on; raises Invalid naming what does not fit its kind."""
    chart.need(Category.SURVEYS, Deed.CHANGE)
    if problems := _problems(asked, now):
        raise Invalid(errors=problems)
    since = now.date() - timedelta(days=KEPT_DAYS)
    Goal.objects.update_or_create(
        patient=chart.patient,
        defaults={
            "bucket": chart.patient.bucket,
            "kind": asked.kind,
            "text": asked.text.strip() if asked.kind == "habit" else "",
            "target": asked.target if asked.kind == "steps" else None,
            "days": sorted({day for day in asked.days if day >= since}),
            "set_at": now,
        },
    )
    return goal_of(chart)


def _problems(asked: GoalAsked, now: datetime) -> list[FieldError]:
    found = []
    text = asked.text.strip()
    if asked.kind == "habit" and (not text or "\0" in text):
        found.append(FieldError("text", Code.REQUIRED, "A habit needs words."))
    if len(text) > LONGEST:
        found.append(FieldError("text", Code.TOO_LONG, f"At most {LONGEST} letters."))
    if asked.kind == "steps" and not 1 <= (asked.target or 0) <= MOST_STEPS:
        found.append(FieldError("target", Code.OUT_OF_RANGE, f"From 1 to {MOST_STEPS} steps."))
    # A day of hers may have begun before it has in UTC.
    if any(day > now.date() + timedelta(days=1) for day in asked.days):
        found.append(FieldError("days", Code.IN_FUTURE, "A day lies ahead."))
    if len(asked.days) > 2 * KEPT_DAYS:
        found.append(FieldError("days", Code.TOO_LONG, f"At most {2 * KEPT_DAYS} days."))
    return found

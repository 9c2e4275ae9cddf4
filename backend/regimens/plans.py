"""What a prescriber sets beside dose and times: a taper, limits, escalation, the supply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from backend.core.problems import invalid_field
from backend.regimens.models import Regimen
from backend.wire.problems import Code

DAY_MINUTES = 24 * 60
MOST_STEPS = 60
STEPS = ("push", "sms", "caregiver", "team")  # in the order in which they are climbed
BOUNDS = {
    "most_a_day": (1, 24, "At most 1 to 24 a day."),
    "min_gap_minutes": (5, 7 * DAY_MINUTES, "The shortest gap is 5 minutes to a week."),
    "early_minutes": (0, DAY_MINUTES, "Early by at most a day."),
    "snooze_minutes": (5, 240, "Later means 5 minutes to 4 hours later."),
    "most_snoozes": (0, 20, "At most 20 times."),
    "supply_doses": (0, 10_000, "The supply is 0 to 10,000 doses."),
    "refill_days": (0, 90, "Notice is given 0 to 90 days ahead."),
}
LONGEST_GRACE_MINUTES = 24 * 60
LETTERS = {"medicine": 200, "dose": 100, "instructions": 500}


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it as it shall be from now on; None: no such limit.

    `steps`: from which local day on which dose. `escalation`: of push, sms, caregiver and team, how
    many minutes after the dose was due each is tried if nobody has answered.
    """

    steps: tuple[tuple[date, str], ...] = ()
    most_a_day: int | None = None
    min_gap_minutes: int | None = None
    early_minutes: int | None = None
    snooze_minutes: int = 15
    most_snoozes: int | None = None
    critical: bool = False
    escalation: Mapping[str, int] = field(default_factory=dict)
    supply_doses: int | None = None
    refill_days: int = 7

    def checked(self, *, mode: str, now: datetime) -> dict[str, Any]:
        """The columns of a Regimen; raises Invalid naming the field."""
        for name, (low, high, words) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise invalid_field(name, Code.OUT_OF_RANGE, words)
        if mode == "as_needed" and self.most_a_day is None:
            raise invalid_field("most_a_day", Code.REQUIRED, "Say how many a day at most.")
        if mode == "as_needed" and self.escalation:
            raise invalid_field("escalation", Code.INVALID, "Nothing is due that could be missed.")
        if self.steps and mode != "wall":
            raise invalid_field("steps", Code.INVALID, "A changing dose needs times of day.")
        return {name: getattr(self, name) for name in BOUNDS} | {
            "critical": self.critical,
            "steps": _steps(self.steps),
            "escalation": _escalation(self.escalation),
            "supply_at": None if self.supply_doses is None else now,
        }


@dataclass(frozen=True, slots=True)
class Wording:
    """Fields of a regimen to set; None leaves one as it is."""

    medicine: str | None = None
    dose: str | None = None
    instructions: str | None = None
    grace_minutes: int | None = None

    def given(self) -> dict[str, str | int]:
        """The checked new values; raises Invalid."""
        found: dict[str, str | int] = {}
        for name, most in LETTERS.items():
            if (text := getattr(self, name)) is not None:
                found[name] = _checked_text(name, text, most)
        if self.grace_minutes is not None:
            if not 1 <= self.grace_minutes <= LONGEST_GRACE_MINUTES:
                raise invalid_field(
                    "grace_minutes", Code.OUT_OF_RANGE, "The grace is 1 minute to a day."
                )
            found["grace_minutes"] = self.grace_minutes
        return found


def _checked_text(name: str, text: str, most: int) -> str:
    plain = text.strip()
    if not plain and name != "instructions":
        raise invalid_field(name, Code.EMPTY, "This must not be empty.")
    if len(plain) > most:
        raise invalid_field(name, Code.TOO_LONG, f"At most {most} letters.")
    return plain


def plan_of(regimen: Regimen) -> Plan:
    """The plan as it stands."""
    names = [name for name in Plan.__dataclass_fields__ if name != "steps"]
    steps = tuple((date.fromisoformat(day), dose) for day, dose in regimen.steps)
    return Plan(steps=steps, **{name: getattr(regimen, name) for name in names})


def _steps(steps: tuple[tuple[date, str], ...]) -> list[list[str]]:
    if len(steps) > MOST_STEPS:
        raise invalid_field("steps", Code.TOO_LONG, f"At most {MOST_STEPS} steps.")
    if any(later <= earlier for (earlier, _), (later, _) in pairwise(steps)):
        raise invalid_field("steps", Code.INVALID, "Each step begins after the one before.")
    if any(not dose.strip() or len(dose) > 100 for _, dose in steps):
        raise invalid_field("steps", Code.INVALID, "Each step needs a dose of at most 100 letters.")
    return [[day.isoformat(), dose.strip()] for day, dose in steps]


def _escalation(asked: Mapping[str, int]) -> dict[str, int]:
    if unknown := set(asked) - set(STEPS):
        raise invalid_field("escalation", Code.UNKNOWN_FIELD, f"No such step: {min(unknown)[:20]}.")
    delays = [asked[step] for step in STEPS if step in asked]
    if any(not 1 <= delay <= DAY_MINUTES for delay in delays):
        raise invalid_field("escalation", Code.OUT_OF_RANGE, "Each step: 1 minute to a day later.")
    if any(later <= earlier for earlier, later in pairwise(delays)):
        raise invalid_field("escalation", Code.INVALID, "Each step comes after the one before.")
    return {step: asked[step] for step in STEPS if step in asked}


def check_gap(min_gap_minutes: int | None, due: list[datetime]) -> None:
    """Raises Invalid if the doses themselves stand closer than the least gap."""
    if min_gap_minutes is None:
        return
    if any(
        later - earlier < timedelta(minutes=min_gap_minutes) for earlier, later in pairwise(due)
    ):
        raise invalid_field(
            "min_gap_minutes", Code.INVALID, "The doses stand closer together than this gap."
        )

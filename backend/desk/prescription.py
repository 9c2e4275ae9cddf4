"""The prescriber's form: a medicine and, in everyday terms, when it is due."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from backend.desk.forms import DateInput
from backend.desk.planning import PlanForm, plan_initial
from backend.regimens.actions import Plan, Timing
from backend.wire.messages import RegimenRow

DAILY, WEEKLY, MONTHLY, HOURS, KEEP = "daily", "weekly", "monthly", "hours", "keep"
CYCLE, NEEDED = "cycle", "needed"
AT_TIMES = (DAILY, WEEKLY, MONTHLY, CYCLE)
PATTERNS = [
    (DAILY, "Every day, or every so many days"),
    (WEEKLY, "On certain weekdays"),
    (MONTHLY, "Once a month"),
    (HOURS, "At a fixed spacing in hours"),
    (CYCLE, "Some days on, some days off"),
    (NEEDED, "Only when needed"),
]
MEALS = [
    ("breakfast", "Breakfast"),
    ("lunch", "Lunch"),
    ("supper", "Supper"),
    ("bedtime", "Bedtime"),
]
WEEKDAYS = [
    ("MO", "Mon"),
    ("TU", "Tue"),
    ("WE", "Wed"),
    ("TH", "Thu"),
    ("FR", "Fri"),
    ("SA", "Sat"),
    ("SU", "Sun"),
]
ZONE_MODES = [
    ("floating", "Follow the patient's clock"),
    ("fixed", "Stay on the clock of home"),
]


class Times(forms.CharField):
    """Times of day, as people write them: "8:00, 20:00"."""

    def clean(self, value: Any) -> tuple[str, ...]:
        """Each as HH:MM, in order."""
        words = str(super().clean(value)).replace(",", " ").replace(";", " ").split()
        found = set()
        for word in words:
            hour, colon, minute = word.partition(":")
            if not (colon and hour.isascii() and minute.isascii() and len(minute) == 2):
                raise ValidationError("Write times like 08:00, with commas between them.")
            try:
                found.add(f"{time(int(hour), int(minute)):%H:%M}")
            except ValueError:
                raise ValidationError("Write times like 08:00, with commas between them.") from None
        return tuple(sorted(found))


NEEDS = (
    ("weekdays", WEEKLY, "Choose at least one day."),
    ("month_day", MONTHLY, "Say which day of the month."),
    ("days_on", CYCLE, "Say how many days on."),
    ("days_off", CYCLE, "Say how many days off."),
    ("most_a_day", NEEDED, "Say how many at most."),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together; one that is seldom needed can be folded away."""

    title: str
    fields: list[forms.BoundField]
    is_folded: bool = False
    is_open: bool = False


GROUPS = (
    ("Medicine", ("medicine", "dose", "instructions"), False),
    (
        "When",
        (
            *("pattern", "times", "meals", "every", "weekdays", "month_day", "days_on"),
            *("days_off", "starts", "ends", "zone_mode", "grace_minutes"),
        ),
        False,
    ),
    ("Taper", ("taper",), True),
    (
        "Limits",
        ("most_a_day", "gap_hours", "early_minutes", "snooze_minutes", "most_snoozes"),
        True,
    ),
    (
        "If nobody answers",
        ("push_after", "sms_after", "caregiver_after", "team_after", "critical"),
        True,
    ),
    ("Supply", ("supply_doses", "refill_days"), True),
)


class PrescribeForm(PlanForm):
    """A new medicine."""

    medicine = forms.CharField(max_length=200)
    dose = forms.CharField(max_length=100, help_text="For one time, such as 500 mg or 1 tablet.")
    instructions = forms.CharField(max_length=500, required=False)
    pattern = forms.ChoiceField(label="How often", choices=PATTERNS)
    times = Times(
        required=False,
        initial="08:00",
        label="Times of day",
        help_text="Such as 08:00, 20:00. For a spacing in hours: the first one.",
    )
    meals = forms.MultipleChoiceField(
        choices=MEALS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Or with meals",
        help_text="At the patient's own meal times; they stand in the place of times of day.",
    )
    days_on = forms.IntegerField(required=False, min_value=1, max_value=366, label="Days on")
    days_off = forms.IntegerField(required=False, min_value=1, max_value=366, label="Days off")
    every = forms.IntegerField(
        min_value=1,
        max_value=366,
        initial=1,
        help_text="Every how many days, weeks or hours.",
    )
    weekdays = forms.MultipleChoiceField(
        choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    month_day = forms.IntegerField(
        required=False,
        min_value=-1,
        max_value=28,
        label="Day of the month",
        help_text="1 to 28, or -1 for the last day.",
    )
    starts = forms.DateField(widget=DateInput())
    ends = forms.DateField(
        required=False, widget=DateInput(), label="Last day", help_text="Empty: without end."
    )
    zone_mode = forms.ChoiceField(label="When the patient travels", choices=ZONE_MODES)
    grace_minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1440,
        label="Remind at most so many minutes late",
        help_text="Empty: half the time between two doses.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def clean(self) -> dict[str, Any]:
        """What the chosen pattern needs."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        pattern = found.get("pattern")
        is_timed = pattern == HOURS or (pattern in AT_TIMES and not found.get("meals"))
        if is_timed and found.get("times") == ():
            self.add_error("times", "Say at what time of day, or with which meals.")
        if pattern == HOURS and len(found.get("times") or ()) > 1:
            self.add_error("times", "A spacing in hours has one first time.")
        for name, wants, words in NEEDS:
            if pattern == wants and not found.get(name) and name not in self.errors:
                self.add_error(name, words)
        return found

    def groups(self) -> Iterator[Group]:
        """The fields in the order in which a prescriber thinks; folded ones open if they speak."""
        for title, names, is_folded in GROUPS:
            fields = [self[name] for name in names]
            speaks = any(
                field.errors or str(field.value() or "") not in ("", str(field.field.initial))
                for field in fields
            )
            yield Group(title, fields, is_folded, speaks)

    def digest(self) -> str:
        """Of everything that was asked for: what is saved is what was previewed."""
        asked = {name: str(v) for name, v in self.cleaned_data.items() if name != "seen"}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def medicine_fields(self) -> dict[str, Any]:
        """What is not about time."""
        names = ("medicine", "dose", "instructions", "grace_minutes")
        return {name: self.cleaned_data[name] for name in names}

    def timing(self, *, local_now: datetime) -> Timing | None:
        """As the action takes it; None: keep the schedule as it is."""
        asked = self.cleaned_data
        if asked["pattern"] == KEEP:
            return None
        mode = {HOURS: "elapsed", NEEDED: "as_needed"}.get(asked["pattern"], "wall")
        ends: date | None = asked["ends"]
        meals = tuple(asked["meals"]) if mode == "wall" else ()
        return Timing(
            rule=_rule(asked),
            times=asked["times"] if mode == "wall" and not meals else (),
            meals=meals,
            mode=mode,  # type: ignore[arg-type]
            starts_local=self._starts(local_now),
            ends_local=f"{ends + timedelta(days=1)}T00:00" if ends else None,
            zone_mode=asked["zone_mode"],
        )

    def _starts(self, local_now: datetime) -> str:
        """A medicine that begins today begins now: what is over by then was never due."""
        day: date = self.cleaned_data["starts"]
        times = self.cleaned_data["times"]
        if self.cleaned_data["pattern"] == HOURS and times:
            return f"{day}T{times[0]}"
        return f"{local_now:%Y-%m-%dT%H:%M}" if day == local_now.date() else f"{day}T00:00"


def _rule(asked: dict[str, Any]) -> str:
    every = f";INTERVAL={asked['every']}" if asked["every"] > 1 else ""
    if asked["pattern"] == DAILY:
        return f"FREQ=DAILY{every}"
    if asked["pattern"] == WEEKLY:
        return f"FREQ=WEEKLY{every};BYDAY={','.join(asked['weekdays'])}"
    if asked["pattern"] == MONTHLY:
        return f"FREQ=MONTHLY;BYMONTHDAY={asked['month_day']}"
    if asked["pattern"] == CYCLE:
        return f"FREQ=DAILY;X-CYCLE={asked['days_on']}/{asked['days_off']}"
    return "FREQ=DAILY" if asked["pattern"] == NEEDED else f"FREQ=HOURLY{every}"


class ChangeForm(PrescribeForm):
    """A medicine from now on; its schedule stays unless another pattern is chosen."""

    pattern = forms.ChoiceField(
        label="How often", choices=[(KEEP, "Keep the schedule as it is"), *PATTERNS]
    )


def change_initial(regimen: RegimenRow, plan: Plan) -> dict[str, Any]:
    """The form as the regimen stands."""
    schedule = regimen.schedule
    return plan_initial(plan) | {
        "medicine": regimen.medicine,
        "dose": regimen.dose,
        "instructions": regimen.instructions,
        "pattern": KEEP,
        "times": ", ".join(schedule.times) or schedule.starts_local[-5:],
        "zone_mode": schedule.zone_mode,
        "grace_minutes": regimen.grace_minutes,
    }

"""The part of the prescriber's form that is not about time: taper, limits, escalation, supply."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from backend.desk.forms import MomentInput, RowForm, TimeInput
from backend.regimens.actions import Plan

MINUTES_A_DAY = 24 * 60
ESCALATION = {
    "push_after": "push",
    "sms_after": "sms",
    "caregiver_after": "caregiver",
    "team_after": "team",
}
# Where an action's own word about a field is shown.
FIELDS = {"steps": "taper", "min_gap_minutes": "gap_hours", "escalation": "push_after"}


class Taper(forms.CharField):
    """A changing dose, a line for each step: "2026-12-08 20 mg"."""

    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "2026-12-01 40 mg"})

    def clean(self, value: Any) -> tuple[tuple[date, str], ...]:
        """The steps, as they stand."""
        steps = []
        for line in str(super().clean(value)).splitlines():
            day, _, dose = line.strip().partition(" ")
            if not day:
                continue
            try:
                steps.append((date.fromisoformat(day.rstrip(":,")), dose.strip()))
            except ValueError:
                raise ValidationError(
                    "Begin each line with a date, like 2026-12-08 20 mg."
                ) from None
        return tuple(steps)


def _after(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        required=False, min_value=1, max_value=MINUTES_A_DAY, label=f"{label} after (minutes)"
    )


class PlanForm(forms.Form):
    """Every field may stay empty: then there is no such limit or step."""

    taper = Taper(
        required=False,
        label="Changing dose",
        help_text="A line for each step: the day it begins, then the dose. Ends with the last day.",
    )
    most_a_day = forms.IntegerField(
        required=False, min_value=1, max_value=24, label="At most so many in 24 hours"
    )
    gap_hours = forms.DecimalField(
        required=False,
        min_value=0.25,
        max_value=168,
        decimal_places=2,
        label="Never less than so many hours apart",
        help_text="After a journey, too, the next dose waits so long.",
    )
    early_minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MINUTES_A_DAY,
        label="Early by at most (minutes)",
        help_text="Empty: at any time before.",
    )
    snooze_minutes = forms.IntegerField(
        required=False, min_value=5, max_value=240, initial=15, label="Later means (minutes)"
    )
    most_snoozes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=20,
        label="Later at most so many times",
        help_text="Empty: as often as the patient likes.",
    )
    push_after = _after("A louder push")
    sms_after = _after("A text message")
    caregiver_after = _after("The caregiver")
    team_after = _after("The team's worklist")
    critical = forms.BooleanField(
        required=False, label="Critical: these steps do not wait for the end of quiet hours"
    )
    supply_doses = forms.IntegerField(
        required=False, min_value=0, max_value=10_000, label="Doses in hand now"
    )
    refill_days = forms.IntegerField(
        required=False, min_value=0, max_value=90, initial=7, label="Refill notice, days ahead"
    )

    def plan(self) -> Plan:
        """As the action takes it."""
        asked = self.cleaned_data
        gap = asked["gap_hours"]
        return Plan(
            steps=asked["taper"],
            most_a_day=asked["most_a_day"],
            min_gap_minutes=None if gap is None else int(gap * 60),
            early_minutes=asked["early_minutes"],
            snooze_minutes=asked["snooze_minutes"] or 15,
            most_snoozes=asked["most_snoozes"],
            critical=asked["critical"],
            escalation={s: asked[n] for n, s in ESCALATION.items() if asked[n] is not None},
            supply_doses=asked["supply_doses"],
            refill_days=7 if asked["refill_days"] is None else asked["refill_days"],
        )


def plan_initial(plan: Plan) -> dict[str, Any]:
    """The form as the plan stands."""
    same = ("most_a_day", "early_minutes", "snooze_minutes", "most_snoozes", "critical")
    gap = plan.min_gap_minutes
    return {
        **{name: getattr(plan, name) for name in (*same, "supply_doses", "refill_days")},
        "gap_hours": None if gap is None else f"{gap / 60:.2f}".rstrip("0").rstrip("."),
        "taper": "\n".join(f"{day} {dose}" for day, dose in plan.steps),
        **{name: plan.escalation.get(step) for name, step in ESCALATION.items()},
    }


class MealForm(forms.Form):
    """When the patient eats and goes to bed, by her own clock."""

    breakfast = forms.TimeField(widget=TimeInput())
    lunch = forms.TimeField(widget=TimeInput())
    supper = forms.TimeField(widget=TimeInput())
    bedtime = forms.TimeField(
        widget=TimeInput(), help_text="From the next midnight on; what is due today stays."
    )


def moment_in(zone: str, local: datetime) -> datetime:
    """The instant that a local time names in the patient's zone."""
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


class StayForm(forms.Form):
    """A stay in hospital, in the patient's own local time."""

    starts = forms.DateTimeField(label="From", widget=MomentInput())
    ends = forms.DateTimeField(label="Until", required=False, widget=MomentInput())
    reason = forms.CharField(max_length=200, required=False)


class BackForm(RowForm):
    """The stay is over."""

    ends = forms.DateTimeField(label="Back since", widget=MomentInput())


class TakingForm(RowForm):
    """A medicine as needed was taken."""

    at = forms.DateTimeField(label="Taken at", widget=MomentInput())

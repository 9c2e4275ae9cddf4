"""What the desk asks for. A form checks shape only; whether it may be is the action's word."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms

from backend.accounts.models import Role, User
from backend.patients.actions import Profile
from backend.patients.models import Patient
from backend.wire.language import FALLBACK, LANGUAGES

ZONES = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone]
GLUCOSE_UNITS = [("mg/dL", "mg/dL"), ("mmol/L", "mmol/L")]
TEAM_ROLES = (Role.CLINICIAN, Role.COORDINATOR, Role.CAREGIVER)


class DateInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time field."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class MomentInput(forms.DateTimeInput):
    """The browser's own field for date and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class ProfileForm(forms.Form):
    """A patient's profile, at admission and later."""

    name = forms.CharField(max_length=120)
    birth_date = forms.DateField(required=False, widget=DateInput())
    sex = forms.ChoiceField(choices=Patient.Sex.choices, initial=Patient.Sex.UNKNOWN)
    zone = forms.ChoiceField(
        label="Time zone",
        choices=[("", "Choose"), ("UTC", "UTC"), *ZONES],
        help_text="Where the patient lives: reminders follow this clock.",
    )
    language = forms.ChoiceField(choices=list(LANGUAGES.items()), initial=FALLBACK)
    glucose_unit = forms.ChoiceField(label="Glucose in", choices=GLUCOSE_UNITS)
    quiet_from = forms.TimeField(label="Quiet from", initial="21:00", widget=TimeInput())
    quiet_until = forms.TimeField(label="Quiet until", initial="08:00", widget=TimeInput())
    names_on_lock_screen = forms.BooleanField(
        label="Medicine names may show on the lock screen and in texts", required=False
    )

    def profile(self) -> Profile:
        """What the form says, as the action takes it."""
        return Profile(**self.fields_of_profile())

    def fields_of_profile(self) -> dict[str, Any]:
        """The same by name."""
        found = dict(self.cleaned_data)
        return found | {"units": {"glucose": found.pop("glucose_unit")}}


def profile_initial(patient: Patient) -> dict[str, Any]:
    """The form as the profile stands."""
    names = [name for name in ProfileForm.base_fields if name != "glucose_unit"]
    found = {name: getattr(patient, name) for name in names}
    return found | {"glucose_unit": patient.units.get("glucose", "mg/dL")}


class JoinForm(forms.Form):
    """Someone for the care team."""

    user = forms.ModelChoiceField(
        label="Person",
        queryset=User.objects.filter(is_active=True, role__in=TEAM_ROLES).order_by("name"),
        empty_label="Choose a person",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["user"]
        choice.label_from_instance = lambda user: f"{user.name} ({user.get_role_display()})"


class PersonForm(forms.Form):
    """One user by id, from a button."""

    user = forms.ModelChoiceField(queryset=User.objects.all())


class RowForm(forms.Form):
    """One row by id, from a button."""

    id = forms.UUIDField()


class NudgesForm(forms.Form):
    """Whether the patient wants none."""

    off = forms.BooleanField(required=False)


class ToneForm(forms.Form):
    """How nudges speak to the patient, and how many a week at most."""

    tone = forms.CharField(max_length=10)
    a_week = forms.IntegerField(required=False)


class BookForm(forms.Form):
    """A visit, in the patient's own local time."""

    starts = forms.DateTimeField(label="Starts (patient's time)", widget=MomentInput())
    minutes = forms.IntegerField(min_value=5, max_value=240, initial=20)
    reason = forms.CharField(max_length=500, required=False)
    id = forms.UUIDField(required=False, widget=forms.HiddenInput())

    def starts_at(self, zone: str) -> datetime:
        """The instant that the local time names in the patient's zone."""
        local: datetime = self.cleaned_data["starts"]
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


class EndForm(RowForm):
    """How a visit ended."""

    notes = forms.CharField(required=False, max_length=10_000)


class QuestionsForm(RowForm):
    """What the patient wants to ask at a visit, as she told it."""

    questions = forms.CharField(required=False, max_length=2_000)


class GrantForm(forms.Form):
    """What a caregiver may read, as the patient said."""

    user = forms.ModelChoiceField(queryset=User.objects.filter(role=Role.CAREGIVER))
    categories = forms.MultipleChoiceField(
        choices=[
            (c, c.capitalize())
            for c in (
                "profile",
                "streams",
                "medicines",
                "surveys",
                "insights",
                "visits",
                "notices",
                "messages",
            )
        ],
        widget=forms.CheckboxSelectMultiple,
    )

"""Numbers for text messages and questionnaires by text: what is asked, and what does it."""

from datetime import datetime

from django import forms

from backend.accounts.mobiles import shown_number
from backend.accounts.models import Role, User
from backend.patients.access import Chart
from backend.sms.actions import (
    assign_survey,
    drop_number,
    end_survey,
    enrol_carer,
    enrol_number,
)
from backend.surveys.instruments import INSTRUMENTS


class NumberForm(forms.Form):
    """A mobile number; what is a good one is the action's word."""

    number = forms.CharField(
        label="Mobile number",
        max_length=30,
        help_text="With + and the country code, such as +254 712 345678.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )


class CarerNumberForm(NumberForm):
    """A caregiver's."""

    user = forms.ModelChoiceField(queryset=User.objects.filter(role=Role.CAREGIVER))


class NothingForm(forms.Form):
    """A button alone."""


class SurveyForm(forms.Form):
    """Which questionnaire."""

    survey = forms.ChoiceField(
        label="Questionnaire", choices=[(one.code, one.title) for one in INSTRUMENTS.values()]
    )


def enrol(chart: Chart, form: NumberForm, moment: datetime) -> str:
    """Write the number down and ask at it."""
    mobile = enrol_number(chart, form.cleaned_data["number"], now=moment)
    return f"A text asks {shown_number(mobile.number)} for a YES. Nothing else is sent before."


def enrol_a_carer(chart: Chart, form: CarerNumberForm, moment: datetime) -> str:
    """Write a caregiver's number down."""
    user = form.cleaned_data["user"]
    enrol_carer(chart, user.id, form.cleaned_data["number"], now=moment)
    return f"{user.name} is told by text once YES has come from this phone."


def remove(chart: Chart, form: NothingForm, moment: datetime) -> str:
    """Forget the number."""
    drop_number(chart)
    return "The number is removed: no more texts."


def assign(chart: Chart, form: SurveyForm, moment: datetime) -> str:
    """Ask one question a day."""
    assign_survey(chart, form.cleaned_data["survey"], now=moment)
    return "The questionnaire is asked by text, one question a day."


def end(chart: Chart, form: NothingForm, moment: datetime) -> str:
    """Ask no more of it."""
    end_survey(chart, now=moment)
    return "The questionnaire has ended: what was answered is not scored."

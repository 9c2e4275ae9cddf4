"""The form of what the risks are reckoned from: an answer or a value left empty stays unknown."""

from collections.abc import Mapping
from typing import Any

from django import forms

from backend.desk.forms import DateInput
from backend.insights.risk_entry import SHOWN, UNITS
from backend.patients.background import QUESTIONS, Answer
from backend.wire.measures import MEASURES


class BackgroundForm(forms.Form):
    """Questions first, then what was measured, with its unit and one day for all of it."""

    def __init__(
        self, *args: Any, answers: Mapping[str, Answer], known: Mapping[str, str], **rest: Any
    ) -> None:
        super().__init__(*args, **rest)
        for code, question in QUESTIONS.items():
            self.fields[code] = forms.ChoiceField(
                label=question.text,
                choices=[("", "Not known"), *question.choices],
                required=False,
                initial=answers[code].choice if code in answers else "",
            )
        for kind, units in UNITS.items():
            self.fields[kind] = forms.FloatField(
                label=MEASURES[kind].label,
                required=False,
                help_text=known.get(kind, "Not known"),
                widget=forms.NumberInput(attrs={"step": "any"}),
            )
            if len(units) > 1:
                self.fields[f"{kind}_unit"] = forms.ChoiceField(
                    label=f"{MEASURES[kind].label}: unit",
                    choices=[(unit, SHOWN.get(unit, unit)) for unit in units],
                    required=False,
                )
        self.fields["day"] = forms.DateField(label="Measured on", widget=DateInput())

    def answers(self) -> dict[str, str]:
        """By question, those that were answered."""
        return {code: self.cleaned_data[code] for code in QUESTIONS if self.cleaned_data[code]}

    def measured(self) -> dict[str, tuple[float, str]]:
        """By kind, the value and its unit."""
        return {
            kind: (self.cleaned_data[kind], self.cleaned_data.get(f"{kind}_unit") or units[0])
            for kind, units in UNITS.items()
            if self.cleaned_data[kind] is not None
        }

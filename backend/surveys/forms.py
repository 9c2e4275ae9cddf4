"""The questionnaires as a phone asks them, in the patient's language; it keeps them."""

from dataclasses import dataclass

from backend.surveys.instruments import INSTRUMENTS
from backend.surveys.spoken import spoken_in
from backend.wire.language import language_of


@dataclass(frozen=True, slots=True)
class FormItem:
    """One question; its answer is the number of a choice, from 0 on."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class SurveyForm:
    """One questionnaire: every question offers the same choices.

    `reach_out` is to be said at once if one of the `alarms` is not answered with 0: a phone that is
    offline cannot wait for the score.
    """

    code: str
    title: str
    choices: list[str]
    items: list[FormItem]
    alarms: list[str]
    reach_out: str


def forms_in(language: str) -> list[SurveyForm]:
    """All of them, in the language's own wording."""
    said, spoken = language_of(language), spoken_in(language)
    return [
        SurveyForm(
            code,
            said.gettext(one.title),
            list(spoken.choices),
            [FormItem(*pair) for pair in zip(one.items, spoken.items[code], strict=True)],
            list(one.alarms),
            spoken.reach_out,
        )
        for code, one in INSTRUMENTS.items()
    ]

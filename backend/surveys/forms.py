"""The questionnaires as a phone asks them, in the patient's language; it keeps them.

`SurveyForm` is what the first release of the app reads; it has the house's own two and stays.
"""

from dataclasses import dataclass

from backend.surveys.asking import as_questionnaire
from backend.surveys.instruments import INSTRUMENTS
from backend.surveys.spoken import spoken_in


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
    """The house's own, in the language's own wording."""
    return [
        SurveyForm(
            asked.code,
            asked.title,
            list(spoken_in(language).choices),
            [FormItem(question.code, question.text) for question in asked.questions],
            list(asked.alarms),
            asked.reach_out,
        )
        for asked in (as_questionnaire(one, language) for one in INSTRUMENTS.values())
    ]

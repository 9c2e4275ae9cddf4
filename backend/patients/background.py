"""What no device measures and a risk is reckoned from: smoking, diabetes, medicines, family.

An answer is never edited: a later one of the same question counts from then on, so that what was
reckoned earlier can be reckoned again. A question that nobody answered stays open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from backend.core.problems import FieldError, Invalid
from backend.patients.access import Category, Chart, Deed
from backend.patients.models import BackgroundAnswer
from backend.wire.problems import Code

YES_NO: Final = (("yes", "Yes"), ("no", "No"))


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its choices, code and words; `for_team` ones the patient is not asked."""

    code: str
    text: str
    choices: tuple[tuple[str, str], ...] = YES_NO
    for_team: bool = False


QUESTIONS: Final[Mapping[str, Question]] = {
    question.code: question
    for question in (
        Question("heart_disease", "Did you ever have a heart attack, a stroke or heart failure?"),
        Question("smoking", "Did you smoke in the last 30 days?"),
        Question("diabetes", "Do you have diabetes?"),
        Question(
            "bp_medicine",
            "Do you take medicine for high blood pressure?",
            (("now", "Yes"), ("earlier", "Not now, but I did"), ("never", "No, never")),
        ),
        Question("statin", "Do you take a statin, a medicine for cholesterol?"),
        Question("high_glucose", "Was your blood sugar ever too high, such as when pregnant?"),
        Question(
            "relatives",
            "Does anyone in your family have diabetes?",
            (
                ("close", "Yes: a parent, brother, sister or child"),
                ("distant", "Yes: a grandparent, aunt, uncle or cousin"),
                ("none", "No"),
            ),
        ),
        Question("active", "Do you move for 30 minutes or more on most days?"),
        Question("greens", "Do you eat vegetables, fruit or berries every day?"),
        Question(
            "deprivation",
            "Deprivation of the neighbourhood (SDI, by tenths: 10 is the poorest)",
            tuple((str(n), str(n)) for n in range(1, 11)),
            for_team=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and on which day by the UTC clock."""

    choice: str
    day: date


def answers_of(chart: Chart, *, at: datetime) -> dict[str, Answer]:
    """By question, the latest that was given by then."""
    chart.need(Category.SURVEYS)
    given = BackgroundAnswer.objects.filter(patient=chart.patient, answered_at__lte=at)
    latest = given.order_by("question", "-answered_at", "-id").distinct("question")
    rows = latest.values_list("question", "choice", "answered_at")
    return {code: Answer(choice, moment.date()) for code, choice, moment in rows}


def all_answers(chart: Chart) -> list[dict[str, Any]]:
    """Every answer that was ever given, the oldest first: for the copy of the record."""
    chart.need(Category.SURVEYS)
    given = BackgroundAnswer.objects.filter(patient=chart.patient).order_by("answered_at", "id")
    return [dict(row) for row in given.values("question", "choice", "answered_at")]


def record_answers(chart: Chart, given: Mapping[str, str], *, now: datetime) -> None:
    """Keep these answers; those that are as before stay as they are. Raises Invalid."""
    chart.need(Category.SURVEYS, Deed.CHANGE)
    if errors := list(_errors(given)):
        raise Invalid(errors=errors)
    known = answers_of(chart, at=now)
    BackgroundAnswer.objects.bulk_create(
        BackgroundAnswer(
            patient=chart.patient,
            question=code,
            choice=choice,
            answered_at=now,
            answered_by=chart.actor.id,
        )
        for code, choice in given.items()
        if code not in known or known[code].choice != choice
    )


def _errors(given: Mapping[str, str]) -> Iterable[FieldError]:
    for code, choice in given.items():
        if code not in QUESTIONS:
            yield FieldError(code[:20], Code.UNKNOWN_FIELD, "There is no such question.")
        elif choice not in dict(QUESTIONS[code].choices):
            yield FieldError(code, Code.INVALID, "Choose one of the answers.")

"""Questionnaires: asked on one page, further questions as answers call for them, scored at once.

What was typed stays in the page until all is sound; it works without a script, so a question that
an answer opens comes with the next press of the button.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse

from backend.core.models import new_id
from backend.core.problems import NotFound
from backend.patients.access import Category, Deed
from backend.portal.doors import Visitor, draw
from backend.surveys import queries
from backend.surveys.actions import record_response
from backend.surveys.asking import asked_in, questionnaire_in, titles
from backend.surveys.models import Response
from backend.wire.messages import SurveyEvent
from backend.wire.questionnaire import LONGEST, Answer, Question, Questionnaire

SHOWN = 6
MOST_LETTERS = 2_000
FIELDS: Final = {"integer": "number", "decimal": "number", "date": "date", "string": "text"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the page shows it; `options` are (what is sent, words, chosen)."""

    number: int
    question: Question
    options: list[tuple[str, str, bool]]
    typed: str
    problem: str

    @property
    def field(self) -> str:
        """The kind of field that a browser shows."""
        return FIELDS.get(self.question.kind, "")

    @property
    def longest(self) -> int:
        """How many letters fit."""
        return min(self.question.longest or MOST_LETTERS, LONGEST.get(self.question.kind, 40))


def show(visitor: Visitor) -> HttpResponse:
    """Those that there are, and earlier answers."""
    chart = visitor.chart(Category.SURVEYS, subject="questions page")
    names = titles()
    past = [
        (visitor.local(one.answered_at).date(), names.get(one.survey, one.survey), one)
        for one in queries.responses(chart, limit=SHOWN)
    ]
    values = {"surveys": asked_in(visitor.said.code), "past": past}
    return draw(visitor, "surveys", values)


def answer(visitor: Visitor, code: str) -> HttpResponse:
    """The questions; posted, the score in words, or what is missing beside its question."""
    form = questionnaire_in(code, visitor.said.code)
    if form is None:
        raise NotFound()
    if visitor.request.method != "POST":
        visitor.chart(Category.SURVEYS, subject="questions page")
        return _draw(visitor, form, {}, {})
    typed = {q.code: _typed(visitor, q.code) for q in form.questions}
    answers = form.kept(_read(form, typed))
    asked = {question.code for question in form.asked(answers)}
    first = {question.code for question in form.asked({})}
    shown = first | set(visitor.request.POST.getlist("shown"))
    problems = {of: why for of, _, why in form.problems_of(answers)} | _unread(form, typed, answers)
    if not asked <= shown:
        return _draw(visitor, form, typed, {of: problems[of] for of in problems if of in shown})
    if problems:
        return _draw(visitor, form, typed, problems, status=400)
    return _keep(visitor, form, answers)


def _keep(visitor: Visitor, form: Questionnaire, answers: dict[str, Answer]) -> HttpResponse:
    chart = visitor.chart(Category.SURVEYS, subject="questions answered", deed=Deed.CHANGE)
    event = SurveyEvent(new_id(), visitor.now, form.code, answers, version=form.version)
    response = record_response(chart, event, now=visitor.now)
    values = {
        "title": form.title,
        "meaning": _meaning(visitor, response),
        "reach_out": form.reach_out if response.needs_eyes else "",
    }
    return draw(visitor, "survey_done", values)


def _meaning(visitor: Visitor, response: Response) -> str:
    return "" if response.score is None else visitor.said.gettext(response.meaning)


def _typed(visitor: Visitor, code: str) -> str:
    return visitor.request.POST.get(code, "").replace("\0", "").strip()[: MOST_LETTERS + 1]


def _read(form: Questionnaire, typed: Mapping[str, str]) -> dict[str, Answer]:
    """What was typed as answers; what cannot be read is left out."""
    found: dict[str, Answer] = {}
    for question in form.questions:
        if text := typed[question.code]:
            try:
                found[question.code] = READERS.get(question.kind, _text)(question, text)
            except ValueError:
                continue
    return found


def _unread(
    form: Questionnaire, typed: Mapping[str, str], answers: Mapping[str, Answer]
) -> dict[str, str]:
    asked = form.asked(answers)
    lost = [q.code for q in asked if typed[q.code] and q.code not in answers]
    return dict.fromkeys(lost, "This can not be read.")


def _choice(question: Question, text: str) -> Answer:
    for option in question.options:
        if str(option.value) == text:
            return option.value
    raise ValueError("none of the choices")


def _boolean(_question: Question, text: str) -> Answer:
    if text not in ("true", "false"):
        raise ValueError("neither yes nor no")
    return text == "true"


def _decimal(_question: Question, text: str) -> Answer:
    return float(text.replace(",", "."))


def _integer(_question: Question, text: str) -> Answer:
    return int(text)


def _text(_question: Question, text: str) -> Answer:
    return text


READERS: Final[Mapping[str, Callable[[Question, str], Answer]]] = {
    "choice": _choice,
    "boolean": _boolean,
    "decimal": _decimal,
    "integer": _integer,
}


def _draw(
    visitor: Visitor,
    form: Questionnaire,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    status: int = 200,
) -> HttpResponse:
    asked = form.asked(form.kept(_read(form, typed)) if typed else {})
    numbers = iter(range(1, len(asked) + 1))
    shown = [
        Asked(
            0 if q.kind == "display" else next(numbers),
            q,
            _options(visitor, q, typed.get(q.code, "")),
            typed.get(q.code, ""),
            visitor.said.gettext(problems[q.code]) if q.code in problems else "",
        )
        for q in asked
    ]
    values: dict[str, Any] = {
        "title": form.title,
        "asked": shown,
        "missing": len(problems),
        "more": bool(typed) and status == 200,
    }
    return draw(visitor, "survey", values, status=status)


def _options(visitor: Visitor, question: Question, typed: str) -> list[tuple[str, str, bool]]:
    said = visitor.said
    if question.kind == "boolean":
        pairs = [("true", said.gettext("Yes")), ("false", said.gettext("No"))]
    else:
        pairs = [(str(option.value), option.text) for option in question.options]
    return [(value, words, value == typed) for value, words in pairs]

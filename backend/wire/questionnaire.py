"""Questionnaires: which questions are asked after which answers, what is sound, what it adds up to.

Server, phone and web page decide it by this code, so that none asks for what another refuses. A
questionnaire is flat here: a group's heading and conditions stand with each of its questions.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, get_args

from backend.wire.problems import Code

Kind = Literal["display", "choice", "boolean", "integer", "decimal", "date", "string", "text"]
Answer = bool | int | float | str
Answers = Mapping[str, Answer]

KINDS: Final = get_args(Kind)
LONGEST: Final[Mapping[str, int]] = {"string": 300, "text": 2_000}
MOST: Final = 1e9  # of a number, where the questionnaire sets no limit
COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose; `score` where it counts."""

    value: int | str
    text: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What another answer must be; `exists` asks whether there is one."""

    question: str
    operator: str
    value: Answer

    def holds(self, answers: Answers) -> bool:
        """Without an answer, none is equal and none compares."""
        given = answers.get(self.question)
        if self.operator == "exists":
            return (given is not None) == self.value
        if given is None:
            return self.operator == "!="
        if isinstance(given, str) != isinstance(self.value, str):
            return self.operator == "!="
        return COMPARED[self.operator](given, self.value)


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions of which all must hold, or one."""

    conditions: tuple[Condition, ...]
    any_will_do: bool = False

    def holds(self, answers: Answers) -> bool:
        """Whether the question is asked, as far as this rule goes."""
        met = (condition.holds(answers) for condition in self.conditions)
        return any(met) if self.any_will_do else all(met)


@dataclass(frozen=True, slots=True)
class Question:
    """One question, or words to read (`display`); `low` and `high` are the limits of a number."""

    code: str
    kind: Kind
    text: str
    heading: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    rules: tuple[Rule, ...] = ()
    low: float | None = None
    high: float | None = None
    longest: int | None = None

    def problem_of(self, answer: Any) -> tuple[Code, str] | None:
        """Why it cannot be an answer to this."""
        if self.kind == "choice":
            return _choice(self.options, answer)
        return CHECKS[self.kind](self, answer)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """All its questions in order; a rule of one looks only at questions before it.

    `reach_out` is to be said at once if an answer to one of the `alarms` counts more than 0.
    """

    code: str
    title: str
    questions: tuple[Question, ...]
    version: str = ""
    every_days: int | None = None
    alarms: tuple[str, ...] = ()
    reach_out: str = ""

    def with_words(self, reach_out: str) -> "Questionnaire":
        """The same, with what is said at an alarm."""
        return replace(self, reach_out=reach_out)

    def asked(self, answers: Answers) -> list[Question]:
        """Those that are asked after these answers; one that is not asked has no answer either."""
        counted: dict[str, Answer] = {}
        found = []
        for question in self.questions:
            if not all(rule.holds(counted) for rule in question.rules):
                continue
            found.append(question)
            if question.code in answers:
                counted[question.code] = answers[question.code]
        return found

    def kept(self, answers: Answers) -> dict[str, Answer]:
        """The answers to what is asked."""
        return {q.code: answers[q.code] for q in self.asked(answers) if q.code in answers}

    def problems_of(self, answers: Answers) -> list[tuple[str, Code, str]]:
        """Each question whose answer is missing or unsound, and each answer to no question."""
        asked = {question.code: question for question in self.asked(answers)}
        found = [
            (code, Code.REQUIRED, "This question has no answer.")
            for code, question in asked.items()
            if question.required and code not in answers
        ]
        known = {question.code for question in self.questions}
        for code, answer in answers.items():
            if code not in asked:
                said = "This is not asked after the other answers."
                if code not in known:
                    said = "This questionnaire has no such question."
                found.append((code[:40], Code.UNKNOWN_FIELD, said))
            elif (problem := asked[code].problem_of(answer)) is not None:
                found.append((code, *problem))
        return found

    def score_of(self, answers: Answers) -> float | None:
        """The sum of what the chosen options count; None where nothing counts."""
        if not any(option.score is not None for q in self.questions for option in q.options):
            return None
        return sum(self._counts(question, answers) for question in self.asked(answers))

    def is_alarm(self, answers: Answers) -> bool:
        """Whether a person must be reached at once."""
        return any(
            self._counts(q, answers) > 0 for q in self.asked(answers) if q.code in self.alarms
        )

    def _counts(self, question: Question, answers: Answers) -> float:
        given = answers.get(question.code)
        return sum(o.score or 0 for o in question.options if o.value == given)


def _choice(options: tuple[Option, ...], answer: Any) -> tuple[Code, str] | None:
    alike = [option.value for option in options if type(option.value) is type(answer)]
    if not alike:
        return Code.WRONG_TYPE, "This is none of the choices."
    return None if answer in alike else (Code.OUT_OF_RANGE, "This is none of the choices.")


def _number(question: Question, answer: Any) -> tuple[Code, str] | None:
    whole = question.kind == "integer"
    if type(answer) is not int and (whole or type(answer) is not float):
        return Code.WRONG_TYPE, f"A {'whole ' if whole else ''}number is needed."
    low = -MOST if question.low is None else question.low
    high = MOST if question.high is None else question.high
    if not low <= answer <= high:  # nor is what is no number
        return Code.OUT_OF_RANGE, "The number is too low or too high."
    return None


def _boolean(_question: Question, answer: Any) -> tuple[Code, str] | None:
    return None if type(answer) is bool else (Code.WRONG_TYPE, "true or false is needed.")


def _day(_question: Question, answer: Any) -> tuple[Code, str] | None:
    try:
        if type(answer) is str and DAY.fullmatch(answer):
            date.fromisoformat(answer)
            return None
    except ValueError:
        pass
    return Code.WRONG_TYPE, "A day like 2026-11-24 is needed."


def _words(question: Question, answer: Any) -> tuple[Code, str] | None:
    if type(answer) is not str or not answer.strip() or "\0" in answer:
        return Code.WRONG_TYPE, "A text is needed."
    if len(answer) > min(question.longest or LONGEST[question.kind], LONGEST[question.kind]):
        return Code.TOO_LONG, "The text is too long."
    return None


def _nothing(_question: Question, _answer: Any) -> tuple[Code, str] | None:
    return Code.UNKNOWN_FIELD, "This is to be read, not answered."


CHECKS: Final[Mapping[str, Callable[[Question, Any], tuple[Code, str] | None]]] = {
    "display": _nothing,
    "boolean": _boolean,
    "integer": _number,
    "decimal": _number,
    "date": _day,
    "string": _words,
    "text": _words,
}


def from_json(told: Any) -> Questionnaire:
    """As `dataclasses.asdict` writes it; raises KeyError, TypeError or ValueError if it is not one
    that this code can ask.
    """
    questions = tuple(_question_from(one) for one in told["questions"])
    return Questionnaire(
        str(told["code"]),
        str(told["title"]),
        questions,
        str(told.get("version", "")),
        told.get("every_days"),
        tuple(str(code) for code in told.get("alarms", ())),
        str(told.get("reach_out", "")),
    )


def _question_from(told: Any) -> Question:
    if told["kind"] not in KINDS:
        raise ValueError("this kind of question is newer than this code")
    rules = tuple(
        Rule(
            tuple(Condition(c["question"], c["operator"], c["value"]) for c in rule["conditions"]),
            bool(rule["any_will_do"]),
        )
        for rule in told["rules"]
    )
    if any(c.operator not in {*COMPARED, "exists"} for rule in rules for c in rule.conditions):
        raise ValueError("this kind of condition is newer than this code")
    options = tuple(Option(o["value"], str(o["text"]), o["score"]) for o in told["options"])
    return Question(
        str(told["code"]), told["kind"], str(told["text"]), str(told["heading"]),
        bool(told["required"]), options, rules, told["low"], told["high"], told["longest"],
    )  # fmt: skip

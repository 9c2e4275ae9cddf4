"""One question as it is asked, and an answer out of what was tapped or typed."""

import re
from datetime import date
from typing import Final

from backend.wire.questionnaire import Answer, Question
from mobile.presenters.shapes import Choosing, Option, Typing
from mobile.words import Words

YES, NO = "yes", "no"
DAY: Final = re.compile(r"\s*(\d{1,2})\D+(\d{1,2})\D+(\d{4})\s*")


class Unreadable(ValueError):
    """What was typed is no answer; its text says what is needed, in plain words."""


def asking(
    question: Question, answer: Answer | None, title: str, words: Words
) -> Choosing | Typing:
    """Something to tap, to type, or only to read."""
    key = f"survey:{question.code}"
    if question.kind == "choice":
        options = tuple(
            Option(str(number), option.text, option.value == answer)
            for number, option in enumerate(question.options)
        )
        return Choosing(key, title, options, question.text)
    if question.kind == "boolean":
        truths = (
            Option(YES, words("yes"), answer is True),
            Option(NO, words("no"), answer is False),
        )
        return Choosing(key, title, truths, question.text)
    if question.kind == "display":
        return Typing(key, title, question.text)
    typed = _typed(question, answer, words)
    return Typing(key, title, question.text, typed, _hint(question, words), question.kind == "text")


def chosen(question: Question, value: str) -> Answer:
    """The answer that a tapped option stands for."""
    if question.kind == "boolean":
        return value == YES
    return question.options[int(value)].value


def read(question: Question, typed: str, words: Words) -> Answer | None:
    """None where nothing was typed; raises Unreadable."""
    text = typed.strip()
    if not text:
        if question.required:
            raise Unreadable(words("survey_need_answer"))
        return None
    try:
        answer = _answer(question.kind, text)
    except ValueError:
        raise Unreadable(_need(question, words)) from None
    if question.problem_of(answer) is not None:
        raise Unreadable(_need(question, words))
    return answer


def _answer(kind: str, text: str) -> Answer:
    if kind == "integer":
        return int(text)
    if kind == "decimal":
        return float(text.replace(",", "."))
    if kind == "date":
        found = DAY.fullmatch(text)
        if found is None:
            raise ValueError
        day, month, year = (int(part) for part in found.groups())
        return date(year, month, day).isoformat()
    return text


def _need(question: Question, words: Words) -> str:
    """What would be an answer."""
    if question.kind in ("integer", "decimal") and question.low is not None:
        if question.high is not None:
            low, high = (words.said_in.number(n) for n in (question.low, question.high))
            return words("survey_need_between", low=low, high=high)
        return words("survey_need_least", low=words.said_in.number(question.low))
    return words(f"survey_need_{question.kind}")


def _hint(question: Question, words: Words) -> str:
    return "" if question.kind in ("string", "text") else _need(question, words)


def _typed(question: Question, answer: Answer | None, words: Words) -> str:
    """The answer as it would be typed."""
    if answer is None:
        return ""
    if question.kind == "date":
        day = date.fromisoformat(str(answer))
        return f"{day.day}.{day.month}.{day.year}"
    if question.kind == "decimal":
        return str(answer).replace(".", words.said_in.calendar.decimal)
    return str(answer)

"""About her: what her risks are reckoned from, as far as she can tell it herself."""

import math
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from backend.core.problems import invalid_field
from backend.insights.risk_entry import AT_HOME, BY_PATIENT, SHOWN, UNITS, tell
from backend.patients.access import Category, Deed
from backend.patients.background import QUESTIONS, answers_of
from backend.portal.doors import Visitor, draw
from backend.wire.measures import MEASURES
from backend.wire.problems import Code

ASKED = [question for question in QUESTIONS.values() if not question.for_team]
LONGEST = 12  # letters of a number


def show(visitor: Visitor) -> HttpResponse:
    """The questions with her latest answers, and what she can measure at home."""
    if visitor.request.method == "POST":
        return _keep(visitor)
    chart = visitor.chart(Category.SURVEYS, subject="about page")
    known = answers_of(chart, at=visitor.now)
    values: dict[str, Any] = {
        "questions": [
            (question, known[question.code].choice if question.code in known else "")
            for question in ASKED
        ],
        "measured": [
            (kind, MEASURES[kind].label, [(unit, SHOWN.get(unit, unit)) for unit in UNITS[kind]])
            for kind in AT_HOME
        ],
    }
    return draw(visitor, "about", values)


def _keep(visitor: Visitor) -> HttpResponse:
    """What she left empty stays as it was. Raises Invalid."""
    typed = visitor.request.POST
    chart = visitor.chart(
        *(Category.SURVEYS, Category.STREAMS), subject="about answered", deed=Deed.CHANGE
    )
    with transaction.atomic():
        tell(
            chart,
            answers={q.code: typed[q.code][:20] for q in ASKED if typed.get(q.code)},
            measured={
                kind: (_number(kind, typed[kind]), typed.get(f"{kind}_unit", "")[:20])
                for kind in AT_HOME
                if typed.get(kind, "").strip()
            },
            day=visitor.local(visitor.now).date(),
            source=BY_PATIENT,
            now=visitor.now,
        )
    return redirect("me:health")


def _number(kind: str, text: str) -> float:
    """As people write it, with a comma too."""
    try:
        value = float(text.strip()[:LONGEST].replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise invalid_field(kind, Code.NOT_A_NUMBER, "Please write a number.")
    return value

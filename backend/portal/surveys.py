"""Questionnaires: answered on one page, scored at once, what was chosen kept if one is missing."""

from django.http import HttpResponse

from backend.core.models import new_id
from backend.core.problems import NotFound
from backend.patients.access import Category, Deed
from backend.portal.doors import Visitor, draw
from backend.surveys import queries
from backend.surveys.actions import record_response
from backend.surveys.instruments import INSTRUMENTS, Instrument
from backend.surveys.spoken import question_of, spoken_in
from backend.wire.messages import SurveyEvent

SHOWN = 6


def show(visitor: Visitor) -> HttpResponse:
    """Those that there are, and earlier answers."""
    chart = visitor.chart(Category.SURVEYS, subject="questions page")
    past = [
        (visitor.local(one.answered_at).date(), INSTRUMENTS[one.survey].title, one)
        for one in queries.responses(chart, limit=SHOWN)
        if one.survey in INSTRUMENTS
    ]
    return draw(visitor, "surveys", {"instruments": INSTRUMENTS.values(), "past": past})


def answer(visitor: Visitor, code: str) -> HttpResponse:
    """The questions; posted, the score in words, or what is missing beside its question."""
    instrument = INSTRUMENTS.get(code)
    if instrument is None:
        raise NotFound()
    if visitor.request.method != "POST":
        visitor.chart(Category.SURVEYS, subject="questions page")
        return _draw(visitor, instrument, {}, status=200)
    chosen = _chosen(visitor, instrument)
    if len(chosen) < len(instrument.items):
        return _draw(visitor, instrument, chosen, status=400)
    chart = visitor.chart(Category.SURVEYS, subject="questions answered", deed=Deed.CHANGE)
    event = SurveyEvent(new_id(), visitor.now, instrument.code, chosen)
    response = record_response(chart, event, now=visitor.now)
    values = {
        "title": instrument.title,
        "meaning": visitor.said.gettext(response.meaning),
        "reach_out": spoken_in(visitor.said.code).reach_out if response.needs_eyes else "",
    }
    return draw(visitor, "survey_done", values)


def _chosen(visitor: Visitor, instrument: Instrument) -> dict[str, int]:
    """What was answered and can be an answer."""
    typed = {item: visitor.request.POST.get(item, "") for item in instrument.items}
    return {item: int(text) for item, text in typed.items() if text in ("0", "1", "2", "3")}


def _draw(
    visitor: Visitor, instrument: Instrument, chosen: dict[str, int], *, status: int
) -> HttpResponse:
    said = visitor.said.code
    choices = list(enumerate(spoken_in(said).choices))
    questions = [
        (item, question_of(instrument.code, item, said), chosen.get(item), status == 400)
        for item in instrument.items
    ]
    values = {
        "title": instrument.title,
        "questions": questions,
        "choices": choices,
        "missing": len(instrument.items) - len(chosen) if status == 400 else 0,
    }
    return draw(visitor, "survey", values, status=status)

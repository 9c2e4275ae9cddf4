"""Keeping what patients report."""

from datetime import datetime

from backend.core.models import new_id
from backend.core.problems import Invalid, invalid_field
from backend.patients.access import Category, Chart, Deed
from backend.patients.revisions import take_revisions
from backend.surveys.instruments import INSTRUMENTS
from backend.surveys.models import Response
from backend.wire.messages import SurveyEvent
from backend.wire.problems import Code


def record_response(chart: Chart, event: SurveyEvent, *, now: datetime) -> Response:
    """Score and keep one answer set; raises Invalid naming each item that is missing or wrong."""
    chart.need(Category.SURVEYS, Deed.CHANGE)
    instrument = INSTRUMENTS.get(event.survey)
    if instrument is None:
        raise invalid_field("survey", Code.UNKNOWN_REFERENCE, "There is no such questionnaire.")
    if problems := instrument.problems_of(event.answers):
        raise Invalid(errors=problems)
    # An id that another patient holds must neither block this one nor be told of.
    id_ = new_id() if Response.objects.filter(pk=event.id).exists() else event.id
    (revision,) = take_revisions(chart.patient.id)
    return Response.objects.create(
        id=id_,
        patient=chart.patient,
        bucket=chart.patient.bucket,
        revision=revision,
        survey=instrument.code,
        answered_at=event.at,
        received_at=now,
        answers=event.answers,
        score=instrument.score_of(event.answers),
        meaning=instrument.meaning_of(event.answers),
        needs_eyes=any(event.answers[item] > 0 for item in instrument.alarms),
    )

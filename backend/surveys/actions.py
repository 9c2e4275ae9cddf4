"""Keeping what patients report, and the questionnaires that are brought in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.core.models import new_id
from backend.core.problems import FieldError, Invalid, invalid_field
from backend.patients.access import Category, Chart, Deed
from backend.patients.revisions import take_revisions
from backend.surveys.asking import answered_by
from backend.surveys.fhir import read_questionnaire
from backend.surveys.instruments import INSTRUMENTS, Instrument
from backend.surveys.models import AskedForm, Response
from backend.wire.language import LANGUAGES
from backend.wire.messages import SurveyEvent
from backend.wire.problems import Code
from backend.wire.questionnaire import Questionnaire

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class _Judged:
    """What answers come to."""

    score: int | None
    meaning: str
    needs_eyes: bool


def record_response(chart: Chart, event: SurveyEvent, *, now: datetime) -> Response:
    """Score and keep one answer set; raises Invalid naming each item that is missing or wrong."""
    chart.need(Category.SURVEYS, Deed.CHANGE)
    judged = _judge(event)
    # An id that another patient holds must neither block this one nor be told of.
    id_ = new_id() if Response.objects.filter(pk=event.id).exists() else event.id
    (revision,) = take_revisions(chart.patient.id)
    return Response.objects.create(
        id=id_,
        patient=chart.patient,
        bucket=chart.patient.bucket,
        revision=revision,
        survey=event.survey,
        version=event.version,
        answered_at=event.at,
        received_at=now,
        answers=event.answers,
        score=judged.score,
        meaning=judged.meaning,
        needs_eyes=judged.needs_eyes,
    )


def bring_in(
    resource: Any, *, language: str, every_days: int | None = None, now: datetime
) -> AskedForm:
    """Keep a FHIR Questionnaire to be asked; raises Invalid naming each item that cannot be.

    The same version again must be the same: answers to it may wait on phones.
    """
    asked = read_questionnaire(resource, every_days=every_days)
    if language not in LANGUAGES:
        raise invalid_field("language", Code.INVALID, f"One of: {', '.join(LANGUAGES)}.")
    if every_days is not None and not 1 <= every_days <= MOST_DAYS:
        raise invalid_field("every_days", Code.OUT_OF_RANGE, f"From 1 to {MOST_DAYS} days.")
    form, is_new = AskedForm.objects.get_or_create(
        code=asked.code, version=asked.version, language=language,
        defaults={"resource": resource, "every_days": every_days, "imported_at": now},
    )  # fmt: skip
    if not is_new and form.resource != resource:
        detail = "This version stands already and is another one: give the new one its own version."
        raise invalid_field("version", Code.CONFLICT, detail)
    form.every_days, form.imported_at = every_days, now
    form.save(update_fields=["every_days", "imported_at"])
    return form


def _judge(event: SurveyEvent) -> _Judged:
    instrument = INSTRUMENTS.get(event.survey)
    if instrument is not None:
        return _by_instrument(instrument, event)
    asked = answered_by(event.survey, event.version)
    if asked is None:
        raise invalid_field("survey", Code.UNKNOWN_REFERENCE, "There is no such questionnaire.")
    return _by_questionnaire(asked, event)


def _by_instrument(instrument: Instrument, event: SurveyEvent) -> _Judged:
    if problems := instrument.problems_of(event.answers):
        raise Invalid(errors=problems)
    chosen = {item: int(choice) for item, choice in event.answers.items()}
    needs_eyes = any(chosen[item] > 0 for item in instrument.alarms)
    return _Judged(instrument.score_of(chosen), instrument.meaning_of(chosen), needs_eyes)


def _by_questionnaire(asked: Questionnaire, event: SurveyEvent) -> _Judged:
    if problems := asked.problems_of(event.answers):
        raise Invalid(
            errors=[FieldError(f"answers.{item}", code, why) for item, code, why in problems]
        )
    score, is_alarm = asked.score_of(event.answers), asked.is_alarm(event.answers)
    return _Judged(None if score is None else int(score), asked.reach_out * is_alarm, is_alarm)

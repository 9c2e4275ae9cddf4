"""A questionnaire by text: one question a day, out of quiet hours, answered with a letter.

Letters, because 1, 2 and 3 answer reminders: both may be open at once, and neither is mistaken for
the other. A question without an answer is said once more the day after, and then it waits.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.accounts.actors import Actor
from backend.accounts.models import Mobile
from backend.core.problems import Conflict, invalid_field
from backend.notices import actions as notices
from backend.notices.actions import Saying
from backend.notices.models import Channel
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.models import Patient
from backend.patients.quiet import after_quiet
from backend.patients.revisions import hold_patient
from backend.sms import replies
from backend.sms.grammar import choice_of, plain
from backend.sms.models import TextSurvey
from backend.surveys.actions import record_response
from backend.surveys.instruments import INSTRUMENTS, Instrument
from backend.surveys.spoken import spoken_in
from backend.wire.language import language_of
from backend.wire.messages import SurveyEvent
from backend.wire.problems import Code

TEN_IN_THE_MORNING = time(10)
GRACE = timedelta(hours=10)


def assign_survey(chart: Chart, survey: str, *, now: datetime) -> TextSurvey:
    """The first question comes now, or when quiet hours end. Raises Invalid or Conflict."""
    chart.need(Category.SURVEYS, Deed.CHANGE)
    if survey not in INSTRUMENTS:
        raise invalid_field("survey", Code.UNKNOWN_REFERENCE, "There is no such questionnaire.")
    hold_patient(chart.patient.id)
    mobile = Mobile.objects.filter(user=chart.patient.user_id).first()
    if mobile is None or not mobile.takes_texts:
        raise Conflict("The patient takes no texts: enrol her number, and wait for her YES.")
    if open_survey(chart.patient) is not None:
        raise Conflict("Another questionnaire is being asked by text: end it first.")
    asking = TextSurvey(
        patient=chart.patient,
        bucket=chart.patient.bucket,
        survey=survey,
        assigned_at=now,
        ask_at=after_quiet(chart.patient, now),
    )
    asking.save(force_insert=True)
    _ask(chart, asking, asking.ask_at)
    return asking


def end_survey(chart: Chart, *, now: datetime) -> None:
    """Nothing more is asked; what was answered is not scored. Raises Conflict if none is open."""
    chart.need(Category.SURVEYS, Deed.CHANGE)
    hold_patient(chart.patient.id)
    asking = open_survey(chart.patient)
    if asking is None:
        raise Conflict("No questionnaire is being asked by text.")
    _end(chart, asking, now)


def open_survey(patient: Patient) -> TextSurvey | None:
    """The one that is being asked."""
    return TextSurvey.objects.filter(patient=patient, ended_at=None).first()


def open_question(patient: Patient, now: datetime) -> TextSurvey | None:
    """The one of which a question has come."""
    asking = open_survey(patient)
    return asking if asking is not None and asking.ask_at <= now else None


def ask_again(chart: Chart, *, now: datetime) -> None:
    """Texts are on again: the question that was not heard comes at the next usual time."""
    asking = open_question(chart.patient, now)
    if asking is not None:
        _ask(chart, asking, _next_time(chart.patient, now))


def answer_choice(actor: Actor, patient: Patient, text: str, *, now: datetime) -> str:
    """A letter came; returns the reply."""
    said = language_of(patient.language)
    asking = open_question(patient, now)
    if asking is None:
        return replies.no_question(said)
    instrument = INSTRUMENTS[asking.survey]
    chart = open_chart(
        actor, patient.id, Category.SURVEYS, deed=Deed.CHANGE, subject="text message", now=now
    )
    asking.answers[_item(asking, instrument)] = choice_of(text)
    left = len(instrument.items) - len(asking.answers)
    if left:
        _ask(chart, asking, _next_time(patient, now))
        return replies.next_question(said, left)
    event = SurveyEvent(asking.id, now, asking.survey, dict(asking.answers))
    record_response(chart, event, now=now)
    _end(chart, asking, now)
    is_alarm = any(asking.answers[item] > 0 for item in instrument.alarms)
    return replies.last_question(said, is_alarm=is_alarm)


def options_once(patient: Patient, *, now: datetime) -> str | None:
    """The choices, to an answer that is none; None where nothing is asked or they were told."""
    asking = open_question(patient, now)
    if asking is None or asking.options_told:
        return None
    asking.options_told = True
    asking.save(update_fields=["options_told"])
    return replies.choices(language_of(patient.language))


def letter_meant(text: str, patient: Patient) -> str | None:
    """The letter of a choice that was written out ("several days")."""
    written = plain(text)
    for letter, choice in zip(replies.LETTERS, spoken_in(patient.language).choices, strict=True):
        if written == plain(choice):
            return letter
    return None


def _item(asking: TextSurvey, instrument: Instrument) -> str:
    return next(item for item in instrument.items if item not in asking.answers)


def _next_time(patient: Patient, now: datetime) -> datetime:
    """Tomorrow at ten by her clock, or when quiet hours end."""
    zone = ZoneInfo(patient.zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return after_quiet(patient, datetime.combine(tomorrow, TEN_IN_THE_MORNING, zone))


def _ask(chart: Chart, asking: TextSurvey, at: datetime) -> None:
    """Leave the question and its repeat; what stood before is not said any more."""
    notices.settle(chart, *_keys(asking))
    asking.asked, asking.ask_at, asking.options_told = asking.asked + 1, at, False
    asking.save()
    instrument, said = INSTRUMENTS[asking.survey], language_of(chart.patient.language)
    text = {"text": replies.question(said, asking.survey, _item(asking, instrument))}
    moments = (at, _next_time(chart.patient, at))
    notices.announce_all(
        chart,
        [
            Saying(key, moment, "sms_question", text, GRACE, Channel.SMS)
            for key, moment in zip(_keys(asking), moments, strict=True)
        ],
    )


def _keys(asking: TextSurvey) -> tuple[str, ...]:
    """Of the question that was asked last, and its repeat."""
    if not asking.asked:
        return ()
    key = f"sms:survey:{asking.id}:{asking.asked}"
    return key, f"{key}:again"


def _end(chart: Chart, asking: TextSurvey, now: datetime) -> None:
    asking.ended_at = now
    asking.save()
    notices.settle(chart, *_keys(asking))

"""What the desk shows of texts."""

from dataclasses import dataclass
from datetime import datetime

from backend.accounts.mobiles import shown_number
from backend.accounts.models import Mobile
from backend.patients.access import Category, Chart
from backend.sms.models import TextSurvey
from backend.sms.surveying import open_survey
from backend.surveys.instruments import INSTRUMENTS


@dataclass(frozen=True, slots=True)
class ShownMobile:
    """A number as people read it, and what its owner said."""

    number: str
    state: str
    since: datetime
    takes_texts: bool


def mobile_of(chart: Chart) -> ShownMobile | None:
    """Where the patient is texted."""
    chart.need(Category.PROFILE)
    mobile = Mobile.objects.filter(user=chart.patient.user_id).first()
    return None if mobile is None else _shown(mobile)


def _shown(mobile: Mobile) -> ShownMobile:
    number = shown_number(mobile.number)
    if mobile.stopped_at is not None:
        return ShownMobile(number, "stopped by the patient on", mobile.stopped_at, False)
    if mobile.answered_at is not None:
        return ShownMobile(number, "takes texts since", mobile.answered_at, True)
    return ShownMobile(number, "has not answered yet; asked on", mobile.agreed_at, False)


@dataclass(frozen=True, slots=True)
class ShownSurvey:
    """A questionnaire that is being asked by text."""

    title: str
    answered: int
    questions: int
    ask_at: datetime


def survey_by_text(chart: Chart) -> ShownSurvey | None:
    """How far it is; no answer before the last."""
    chart.need(Category.SURVEYS)
    asking: TextSurvey | None = open_survey(chart.patient)
    if asking is None:
        return None
    instrument = INSTRUMENTS[asking.survey]
    return ShownSurvey(instrument.title, len(asking.answers), len(instrument.items), asking.ask_at)

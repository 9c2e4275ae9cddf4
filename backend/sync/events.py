"""Events by their type: how each is read, and which room records it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.core.problems import invalid_field
from backend.core.serializers import WireSerializer, parse
from backend.guidance.actions import record_advice_event
from backend.insights.glucose_ahead import record_phone_alarm
from backend.messages.actions import record_message, record_reading
from backend.notices.actions import record_notice_event
from backend.patients.access import Chart
from backend.regimens.actions import record_dose_event
from backend.surveys.actions import record_response
from backend.visits.actions import record_questions, request_visit
from backend.wire.messages import (
    AdviceEvent,
    DoseEvent,
    GlucoseAlarmEvent,
    MessageEvent,
    MessageReadEvent,
    NoticeEvent,
    SurveyEvent,
    VisitEvent,
    VisitQuestionsEvent,
)
from backend.wire.problems import Code

AHEAD = timedelta(days=1)


class DoseEventSerializer(WireSerializer):
    class Meta:
        dataclass = DoseEvent


class NoticeEventSerializer(WireSerializer):
    class Meta:
        dataclass = NoticeEvent


class AdviceEventSerializer(WireSerializer):
    class Meta:
        dataclass = AdviceEvent


class SurveyEventSerializer(WireSerializer):
    class Meta:
        dataclass = SurveyEvent


class VisitEventSerializer(WireSerializer):
    class Meta:
        dataclass = VisitEvent


class GlucoseAlarmEventSerializer(WireSerializer):
    class Meta:
        dataclass = GlucoseAlarmEvent


class MessageEventSerializer(WireSerializer):
    class Meta:
        dataclass = MessageEvent


class MessageReadEventSerializer(WireSerializer):
    class Meta:
        dataclass = MessageReadEvent


class VisitQuestionsEventSerializer(WireSerializer):
    class Meta:
        dataclass = VisitQuestionsEvent


@dataclass(frozen=True, slots=True)
class Sort:
    """One type of event."""

    serializer: type[WireSerializer]
    record: Callable[..., object]


SORTS: Mapping[str, Sort] = {
    "dose": Sort(DoseEventSerializer, record_dose_event),
    "notice": Sort(NoticeEventSerializer, record_notice_event),
    "advice": Sort(AdviceEventSerializer, record_advice_event),
    "survey": Sort(SurveyEventSerializer, record_response),
    "visit": Sort(VisitEventSerializer, request_visit),
    "glucose_alarm": Sort(GlucoseAlarmEventSerializer, record_phone_alarm),
    "message": Sort(MessageEventSerializer, record_message),
    "message_read": Sort(MessageReadEventSerializer, record_reading),
    "visit_questions": Sort(VisitQuestionsEventSerializer, record_questions),
}


def record_event(chart: Chart, raw: dict[str, Any], *, now: datetime) -> None:
    """Read one event and let its room record it; raises Invalid naming the bad fields."""
    sort, event = read_event(raw, now=now)
    sort.record(chart, event, now=now)


def read_event(raw: dict[str, Any], *, now: datetime) -> tuple[Sort, Any]:
    """The event and what records it; raises Invalid naming the bad fields."""
    type_ = raw.get("type")
    sort = SORTS.get(type_) if isinstance(type_, str) else None
    if sort is None:
        raise invalid_field("type", Code.UNKNOWN_TYPE, "There is no such type of event.")
    event = parse(sort.serializer, raw)
    if event.at > now + AHEAD:
        raise invalid_field("at", Code.IN_FUTURE, "The time lies more than a day ahead.")
    return sort, event

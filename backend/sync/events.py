"""Events by their type: how each is read, and which room records it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.core.problems import invalid_field
from backend.core.serializers import WireSerializer, parse
from backend.patients.access import Chart
from backend.surveys.actions import record_response
from backend.visits.actions import request_visit
from backend.wire.messages import SurveyEvent, VisitEvent
from backend.wire.problems import Code

AHEAD = timedelta(days=1)


class SurveyEventSerializer(WireSerializer):
    class Meta:
        dataclass = SurveyEvent


class VisitEventSerializer(WireSerializer):
    class Meta:
        dataclass = VisitEvent


@dataclass(frozen=True, slots=True)
class Sort:
    """One type of event."""

    serializer: type[WireSerializer]
    record: Callable[..., object]


SORTS: Mapping[str, Sort] = {
    "survey": Sort(SurveyEventSerializer, record_response),
    "visit": Sort(VisitEventSerializer, request_visit),
}


def record_event(chart: Chart, raw: dict[str, Any], *, now: datetime) -> None:
    """Read one event and let its room record it; raises Invalid naming the bad fields."""
    type_ = raw.get("type")
    sort = SORTS.get(type_) if isinstance(type_, str) else None
    if sort is None:
        raise invalid_field("type", Code.UNKNOWN_TYPE, "There is no such type of event.")
    event = parse(sort.serializer, raw)
    if event.at > now + AHEAD:
        raise invalid_field("at", Code.IN_FUTURE, "The time lies more than a day ahead.")
    sort.record(chart, event, now=now)

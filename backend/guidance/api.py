"""Advice over HTTP (what the patient does with it comes by sync), and her choice on nudges."""

from dataclasses import asdict
from datetime import UTC, datetime

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer, parse
from backend.guidance import queries
from backend.guidance.actions import choose_nudges, note_busy
from backend.guidance.choosing import BusyAsked, NudgesAsked, NudgesChosen, chosen
from backend.patients.access import Category, Deed
from backend.patients.api import asked_chart
from backend.wire.messages import AdviceRow


class AdviceSerializer(WireSerializer):
    class Meta:
        dataclass = AdviceRow


class NudgesAskedSerializer(WireSerializer):
    class Meta:
        dataclass = NudgesAsked


class BusyAskedSerializer(WireSerializer):
    class Meta:
        dataclass = BusyAsked


class NudgesChosenSerializer(WireSerializer):
    class Meta:
        dataclass = NudgesChosen


PATIENT = [OpenApiParameter("patient", str, description="For staff: the patient's id.")]


class AdviceView(APIView):
    """What was recommended, why, and what became of it."""

    @extend_schema(responses=paged(AdviceSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.INSIGHTS)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))


class NudgesView(APIView):
    """Whether, how and how often the patient wants to be nudged; a no holds at once."""

    @extend_schema(responses=NudgesChosenSerializer, parameters=PATIENT)
    def get(self, request: Request) -> Response:
        """What she has chosen."""
        chart = asked_chart(request, Category.INSIGHTS)
        return Response(to_json(chosen(queries.nudge_choice(chart))))

    @extend_schema(
        request=NudgesAskedSerializer, responses=NudgesChosenSerializer, parameters=PATIENT
    )
    def put(self, request: Request) -> Response:
        """What is left out stays."""
        chart = asked_chart(request, Category.INSIGHTS, Category.NOTICES, deed=Deed.CHANGE)
        asked = asdict(parse(NudgesAskedSerializer, request.data))
        return Response(to_json(chosen(choose_nudges(chart, **asked, now=datetime.now(UTC)))))


class BusyView(APIView):
    """The phone says that she is at the wheel, or not to be spoken to."""

    @extend_schema(
        request=BusyAskedSerializer, responses=NudgesChosenSerializer, parameters=PATIENT
    )
    def put(self, request: Request) -> Response:
        """For twelve hours at most."""
        chart = asked_chart(request, Category.INSIGHTS, Category.NOTICES, deed=Deed.CHANGE)
        asked = parse(BusyAskedSerializer, request.data)
        moment = datetime.now(UTC)
        note_busy(chart, until=asked.busy_until, doing=asked.busy_with, now=moment)
        return Response(to_json(chosen(queries.nudge_choice(chart))))


urlpatterns = [
    path("advice", AdviceView.as_view(), name="advice"),
    path("nudges", NudgesView.as_view(), name="nudges"),
    path("nudges/busy", BusyView.as_view(), name="nudges-busy"),
]

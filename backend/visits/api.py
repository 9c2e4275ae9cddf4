"""Visits over HTTP."""

from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer, parse
from backend.patients.access import Category, Deed
from backend.patients.api import asked_chart
from backend.visits import actions, queries
from backend.visits.calendar import calendar_of
from backend.wire.language import language_of
from backend.wire.messages import RoomLink, VisitAsked, VisitQuestions, VisitRow


class VisitSerializer(WireSerializer):
    class Meta:
        dataclass = VisitRow


class VisitAskedSerializer(WireSerializer):
    class Meta:
        dataclass = VisitAsked


class VisitQuestionsSerializer(WireSerializer):
    class Meta:
        dataclass = VisitQuestions


class RoomLinkSerializer(WireSerializer):
    class Meta:
        dataclass = RoomLink


class VisitsView(APIView):
    """Visits: a patient requests, staff book with ?patient=."""

    @extend_schema(responses=paged(VisitSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.VISITS)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))

    @extend_schema(
        request=VisitAskedSerializer,
        responses={201: VisitSerializer},
        parameters=PAGE_PARAMETERS[:1],
    )
    def post(self, request: Request) -> Response:
        """The same `id` asks once, however often it is sent."""
        asked = parse(VisitAskedSerializer, request.data)
        chart = asked_chart(request, Category.VISITS, deed=Deed.CHANGE)
        visit = actions.ask_visit(chart, asked, now=datetime.now(UTC))
        return Response(to_json(queries.row_of(visit)), status=201)


class JoinView(APIView):
    """A one-time, short-lived link into the room of a booked visit."""

    @extend_schema(request=None, responses=RoomLinkSerializer, parameters=PAGE_PARAMETERS[:1])
    def post(self, request: Request, visit_id: UUID) -> Response:
        """409 unless the visit is booked. The link is for the one who asked."""
        chart = asked_chart(request, Category.VISITS)
        admission = actions.admit(chart, visit_id, now=datetime.now(UTC))
        url = request.build_absolute_uri(reverse("visit-room", args=[admission.token]))
        return Response(to_json(RoomLink(url, admission.expires_at)))


class QuestionsView(APIView):
    """What the patient wants to ask at a visit."""

    @extend_schema(
        request=VisitQuestionsSerializer,
        responses=VisitSerializer,
        parameters=PAGE_PARAMETERS[:1],
    )
    def put(self, request: Request, visit_id: UUID) -> Response:
        """In place of what stood there; 409 if the visit is over."""
        asked = parse(VisitQuestionsSerializer, request.data)
        chart = asked_chart(request, Category.VISITS, deed=Deed.CHANGE)
        now = datetime.now(UTC)
        visit = actions.prepare_questions(chart, visit_id, asked.questions, now=now)
        return Response(to_json(queries.row_of(visit)))


class CalendarView(APIView):
    """A visit for the calendar of a phone or computer."""

    @extend_schema(
        responses={(200, "text/calendar"): OpenApiTypes.STR}, parameters=PAGE_PARAMETERS[:1]
    )
    def get(self, request: Request, visit_id: UUID) -> HttpResponse:
        """RFC 5545, with reminders; it says nothing about health."""
        chart = asked_chart(request, Category.VISITS)
        visit, said = queries.visit(chart, visit_id), language_of(chart.patient.language)
        text = calendar_of(visit, said, now=datetime.now(UTC))
        return HttpResponse(text, content_type="text/calendar; charset=utf-8")


urlpatterns = [
    path("visits", VisitsView.as_view(), name="visits"),
    path("visits/<uuid:visit_id>/join", JoinView.as_view(), name="visit-join"),
    path("visits/<uuid:visit_id>/questions", QuestionsView.as_view(), name="visit-questions"),
    path("visits/<uuid:visit_id>/calendar.ics", CalendarView.as_view(), name="visit-calendar"),
]

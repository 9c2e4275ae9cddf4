"""Messages over HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.accounts.models import Device
from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.problems import NotFound
from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer, parse
from backend.messages import actions, queries
from backend.messages.phrases import emergency_line
from backend.patients.access import Category, Deed, team_may_read
from backend.patients.api import asked_chart
from backend.wire.language import language_of
from backend.wire.messages import MessageAsked, MessageRow


@dataclass(frozen=True, slots=True)
class MessagesTold:
    """What stands above the messages: whom to call, and whether the care team may read them."""

    emergency: str
    team_reads: bool


class MessageSerializer(WireSerializer):
    class Meta:
        dataclass = MessageRow


class MessageAskedSerializer(WireSerializer):
    class Meta:
        dataclass = MessageAsked


class MessagesToldSerializer(WireSerializer):
    class Meta:
        dataclass = MessagesTold


class MessagesView(APIView):
    """Messages: a patient writes to her team; staff to the patient they name by ?patient=."""

    @extend_schema(responses=paged(MessageSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.MESSAGES)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))

    @extend_schema(
        request=MessageAskedSerializer,
        responses={201: MessageSerializer},
        parameters=PAGE_PARAMETERS[:1],
    )
    def post(self, request: Request) -> Response:
        """The same `id` writes once, however often it is sent."""
        asked = parse(MessageAskedSerializer, request.data)
        chart = asked_chart(request, Category.MESSAGES, deed=Deed.CHANGE)
        message = actions.write_message(chart, asked, now=datetime.now(UTC))
        return Response(to_json(queries.row_of(message)), status=201)


class MessageReadView(APIView):
    """One message, and what came before it in its thread, was read."""

    @extend_schema(request=None, responses={204: None}, parameters=PAGE_PARAMETERS[:1])
    def put(self, request: Request, message_id: UUID) -> Response:
        """By the other side: her own messages nobody marks for the team."""
        chart = asked_chart(request, Category.MESSAGES, deed=Deed.CHANGE)
        actions.mark_read(chart, message_id, now=datetime.now(UTC))
        return Response(status=204)


class MessagesToldView(APIView):
    """What a phone keeps to say it offline."""

    @extend_schema(responses=MessagesToldSerializer)
    def get(self, request: Request) -> Response:
        """In her language."""
        chart = asked_chart(request, Category.MESSAGES)
        now = datetime.now(UTC)
        reads = team_may_read(chart.patient, Category.MESSAGES, now=now)
        told = MessagesTold(emergency_line(language_of(chart.patient.language)), reads)
        return Response(to_json(told))


class AllowMessagesView(APIView):
    """The patient lets her care team read messages."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request) -> Response:
        """A consent of its own, that she can take back; only she can give it."""
        if not isinstance(request.auth, Device):
            raise NotFound()
        chart = asked_chart(request, Category.PROFILE, deed=Deed.CHANGE)
        actions.let_team_read(chart, now=datetime.now(UTC))
        return Response(status=204)


urlpatterns = [
    path("messages", MessagesView.as_view(), name="messages"),
    path("messages/<uuid:message_id>/read", MessageReadView.as_view(), name="message-read"),
    path("messages/told", MessagesToldView.as_view(), name="messages-told"),
    path("messages/allow", AllowMessagesView.as_view(), name="messages-allow"),
]

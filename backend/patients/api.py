"""Enrolment and profile over HTTP, and the chart that a request asks for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from backend.accounts.authentication import actor_from
from backend.accounts.models import Device
from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.problems import NotFound, invalid_field
from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer, parse
from backend.ledger.queries import entries_of
from backend.patients import actions, queries
from backend.patients.access import Category, Chart, Deed, open_chart, open_own_chart
from backend.patients.telling import PrivacyTold, privacy_told
from backend.wire.messages import EnrolDevice, EnrolReply, EnrolRequest, GrantRow, ProfileRow
from backend.wire.problems import Code

LOOKED = 100  # accesses told to a phone


class EnrolDeviceSerializer(WireSerializer):
    class Meta:
        dataclass = EnrolDevice
        extra_kwargs = {"name": {"max_length": 80}, "platform": {"max_length": 40}}


class EnrolRequestSerializer(WireSerializer):
    device = EnrolDeviceSerializer()

    class Meta:
        dataclass = EnrolRequest


class EnrolReplySerializer(WireSerializer):
    class Meta:
        dataclass = EnrolReply


class ProfileSerializer(WireSerializer):
    class Meta:
        dataclass = ProfileRow


@dataclass(frozen=True, slots=True)
class LanguageAsked:
    """One of those that we speak."""

    language: str


class LanguageAskedSerializer(WireSerializer):
    class Meta:
        dataclass = LanguageAsked


class GrantSerializer(WireSerializer):
    class Meta:
        dataclass = GrantRow


class PrivacySerializer(WireSerializer):
    class Meta:
        dataclass = PrivacyTold


def asked_chart(request: Request, *categories: Category, deed: Deed = Deed.READ) -> Chart:
    """The chart that a request is about: a device's own, or the one staff name by ?patient=."""
    subject = f"{request.method} {type(request.parser_context['view']).__name__}"
    now = datetime.now(UTC)
    if isinstance(request.auth, Device):
        return open_own_chart(request.auth, *categories, deed=deed, subject=subject, now=now)
    actor = actor_from(request)
    patient_id = _patient_parameter(request)
    return open_chart(actor, patient_id, *categories, deed=deed, subject=subject, now=now)


def _patient_parameter(request: Request) -> UUID:
    try:
        return UUID(request.query_params["patient"])
    except (KeyError, ValueError):
        raise invalid_field("patient", Code.REQUIRED, "Name the patient by id.") from None


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class EnrolView(APIView):
    """Trade a one-time code for a device token.

    Not one transaction: a refused guess must still count for the throttle.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "enrol"

    @extend_schema(request=EnrolRequestSerializer, responses=EnrolReplySerializer)
    def post(self, request: Request) -> Response:
        """400 for a code that does not work."""
        asked = parse(EnrolRequestSerializer, request.data)
        now = datetime.now(UTC)
        device = asked.device
        with transaction.atomic():
            enrolled = actions.enrol_device(
                asked.code, name=device.name, platform=device.platform, now=now
            )
        return Response(to_json(EnrolReply(enrolled.token, enrolled.patient_id)))


class MeView(APIView):
    """The profile of the device's patient."""

    @extend_schema(responses=ProfileSerializer)
    def get(self, request: Request) -> Response:
        """Staff name a patient by ?patient=."""
        return Response(to_json(queries.profile_row(asked_chart(request, Category.PROFILE))))


class LanguageView(APIView):
    """The language in which she is spoken to, on paper and by phone too."""

    @extend_schema(request=LanguageAskedSerializer, responses=ProfileSerializer)
    def put(self, request: Request) -> Response:
        """Only her own phone chooses it."""
        if not isinstance(request.auth, Device):
            raise NotFound()
        asked = parse(LanguageAskedSerializer, request.data)
        chart = asked_chart(request, Category.PROFILE, deed=Deed.CHANGE)
        actions.change_profile(chart, language=asked.language)
        return Response(to_json(queries.profile_row(chart)))


class GrantsView(APIView):
    """Consents, also ended ones."""

    @extend_schema(responses=paged(GrantSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.PROFILE)
        return page(request, lambda **cut: queries.grants_changed_since(chart, **cut))


class EndGrantView(APIView):
    """The patient takes a consent back."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, grant_id: UUID) -> Response:
        """It ends at once; only she can end it."""
        if not isinstance(request.auth, Device):
            raise NotFound()
        chart = asked_chart(request, Category.PROFILE, deed=Deed.CHANGE)
        actions.withdraw_grant(chart, grant_id, now=datetime.now(UTC))
        return Response(status=204)


class PrivacyView(APIView):
    """Who is on the team, and who else looked."""

    @extend_schema(responses=PrivacySerializer)
    def get(self, request: Request) -> Response:
        """The latest hundred."""
        chart = asked_chart(request, Category.PROFILE)
        others = entries_of(chart.patient.id).exclude(actor_id=chart.patient.user_id)[:LOOKED]
        told = privacy_told(queries.team(chart, now=datetime.now(UTC)), others)
        return Response(to_json(told))


urlpatterns = [
    path("enrol", EnrolView.as_view(), name="enrol"),
    path("me", MeView.as_view(), name="me"),
    path("me/language", LanguageView.as_view(), name="me-language"),
    path("grants", GrantsView.as_view(), name="grants"),
    path("grants/<uuid:grant_id>/end", EndGrantView.as_view(), name="grant-end"),
    path("privacy", PrivacyView.as_view(), name="privacy"),
]

"""What a patient's phone asks of the whole record: a copy, and its end."""

from datetime import UTC, datetime

from django.http import StreamingHttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.accounts.models import Device
from backend.core.problems import NotFound, invalid_field
from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer, parse
from backend.patients.access import EVERYDAY, Category, Chart, Deed, open_own_chart
from backend.portal.record import csv_of, erase_record, whole_record
from backend.wire.messages import EraseAsked
from backend.wire.problems import Code


class EraseAskedSerializer(WireSerializer):
    class Meta:
        dataclass = EraseAsked


def _own(request: Request, *categories: Category, subject: str, deed: Deed = Deed.READ) -> Chart:
    """By her phone alone; raises NotFound for everybody else."""
    if not isinstance(request.auth, Device):
        raise NotFound()
    now = datetime.now(UTC)
    return open_own_chart(request.auth, *categories, deed=deed, subject=subject, now=now)


class ExportView(APIView):
    """The record as one JSON document; `measured` names the kinds that come by themselves."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """For the patient's own phone."""
        return Response(to_json(whole_record(_own(request, *EVERYDAY, subject="export"))))


class ExportKindView(APIView):
    """All samples of one kind."""

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, kind: str) -> StreamingHttpResponse:
        """As csv, line by line; for the patient's own phone."""
        chart = _own(request, Category.STREAMS, subject="export")
        lines = csv_of(chart, kind, now=datetime.now(UTC))
        return StreamingHttpResponse(lines, content_type="text/csv")


class EraseView(APIView):
    """The end of the record."""

    @extend_schema(request=EraseAskedSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Deleted at once, for good; from then on the phone's token is unknown (401)."""
        if not parse(EraseAskedSerializer, request.data).sure:
            raise invalid_field("sure", Code.REQUIRED, "Say that you are sure.")
        erase_record(_own(request, Category.PROFILE, subject="record erased", deed=Deed.CHANGE))
        return Response(status=204)


urlpatterns = [
    path("export", ExportView.as_view(), name="export"),
    path("export/<slug:kind>.csv", ExportKindView.as_view(), name="export-kind"),
    path("erase", EraseView.as_view(), name="erase"),
]

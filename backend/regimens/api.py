"""Doses and medicines over HTTP."""

from datetime import UTC, datetime, timedelta

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.problems import invalid_field
from backend.core.serializers import AwareDateTimeField, WireSerializer
from backend.patients.access import Category
from backend.patients.api import asked_chart
from backend.regimens import queries
from backend.wire.messages import DoseRow, RegimenRow
from backend.wire.problems import Code

SPAN_PARAMETERS = [
    OpenApiParameter("start", datetime, description="From this moment on; else a day ago."),
    OpenApiParameter("end", datetime, description="Before this moment; else in three days."),
]


class DoseSerializer(WireSerializer):
    class Meta:
        dataclass = DoseRow


class RegimenSerializer(WireSerializer):
    class Meta:
        dataclass = RegimenRow


# A plus that was not escaped arrives as a space.
def _asked_moment(request: Request, name: str, default: datetime) -> datetime:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        found: datetime = AwareDateTimeField().run_validation(text.replace(" ", "+"))
    except ValidationError as error:
        codes = error.get_codes()
        naive = isinstance(codes, list) and Code.NAIVE_TIME in codes
        code = Code.NAIVE_TIME if naive else Code.WRONG_TYPE
        raise invalid_field(name, code, "A time like 2026-11-23T09:00:00Z is needed.") from error
    return found


class DosesView(APIView):
    """Doses of a stretch of time, whatever became of them."""

    @extend_schema(responses=paged(DoseSerializer), parameters=[*PAGE_PARAMETERS, *SPAN_PARAMETERS])
    def get(self, request: Request) -> Response:
        """In the order of change."""
        now = datetime.now(UTC)
        start = _asked_moment(request, "start", now - timedelta(days=1))
        end = _asked_moment(request, "end", now + timedelta(days=3))
        chart = asked_chart(request, Category.MEDICINES)
        return page(request, lambda **cut: queries.doses_page(chart, start=start, end=end, **cut))


class RegimensView(APIView):
    """Medicines, stopped ones too."""

    @extend_schema(responses=paged(RegimenSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.MEDICINES)
        return page(request, lambda **cut: queries.regimens_changed_since(chart, **cut))


urlpatterns = [
    path("doses", DosesView.as_view(), name="doses"),
    path("regimens", RegimensView.as_view(), name="regimens"),
]

"""Findings over HTTP."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.serializers import WireSerializer
from backend.insights import model_api, queries
from backend.patients.access import Category
from backend.patients.api import asked_chart
from backend.wire.messages import FindingRow


class FindingSerializer(WireSerializer):
    class Meta:
        dataclass = FindingRow


class FindingsView(APIView):
    """What was computed, and where the data were too thin."""

    @extend_schema(responses=paged(FindingSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """The standing finding of each method."""
        chart = asked_chart(request, Category.INSIGHTS)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))


urlpatterns = [
    path("findings", FindingsView.as_view(), name="findings"),
    *model_api.urlpatterns,
]

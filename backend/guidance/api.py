"""Advice over HTTP; what the patient does with it comes by sync."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.serializers import WireSerializer
from backend.guidance import queries
from backend.patients.access import Category
from backend.patients.api import asked_chart
from backend.wire.messages import AdviceRow


class AdviceSerializer(WireSerializer):
    class Meta:
        dataclass = AdviceRow


class AdviceView(APIView):
    """What was recommended, why, and what became of it."""

    @extend_schema(responses=paged(AdviceSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.INSIGHTS)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))


urlpatterns = [path("advice", AdviceView.as_view(), name="advice")]

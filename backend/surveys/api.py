"""Answered questionnaires over HTTP."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.serializers import WireSerializer
from backend.patients.access import Category
from backend.patients.api import asked_chart
from backend.surveys import queries
from backend.wire.messages import SurveyRow


class SurveySerializer(WireSerializer):
    class Meta:
        dataclass = SurveyRow


class SurveysView(APIView):
    """Answered questionnaires with their scores."""

    @extend_schema(responses=paged(SurveySerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.SURVEYS)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))


urlpatterns = [path("surveys", SurveysView.as_view(), name="surveys")]

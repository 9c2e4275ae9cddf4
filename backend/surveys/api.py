"""Questionnaires over HTTP: what can be answered, and what was."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer
from backend.patients.access import Category
from backend.patients.api import asked_chart
from backend.surveys import queries
from backend.surveys.forms import SurveyForm, forms_in
from backend.wire.messages import SurveyRow


class SurveySerializer(WireSerializer):
    class Meta:
        dataclass = SurveyRow


class SurveyFormSerializer(WireSerializer):
    class Meta:
        dataclass = SurveyForm


class FormsView(APIView):
    """The questionnaires that a patient can answer."""

    @extend_schema(responses=SurveyFormSerializer(many=True))
    def get(self, request: Request) -> Response:
        """In her language."""
        chart = asked_chart(request, Category.SURVEYS)
        return Response([to_json(form) for form in forms_in(chart.patient.language)])


class SurveysView(APIView):
    """Answered questionnaires with their scores."""

    @extend_schema(responses=paged(SurveySerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.SURVEYS)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))


urlpatterns = [
    path("surveys", SurveysView.as_view(), name="surveys"),
    path("surveys/forms", FormsView.as_view(), name="survey-forms"),
]

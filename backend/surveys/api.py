"""Questionnaires over HTTP: what can be answered, and what was."""

from datetime import UTC, datetime

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
from backend.patients.access import Category, Deed
from backend.patients.api import asked_chart
from backend.surveys import queries
from backend.surveys.asking import asked_in
from backend.surveys.forms import SurveyForm, forms_in
from backend.surveys.goals import GoalAsked, GoalTold, goal_of, set_goal
from backend.wire.messages import SurveyRow
from backend.wire.questionnaire import Questionnaire


class SurveySerializer(WireSerializer):
    class Meta:
        dataclass = SurveyRow


class SurveyFormSerializer(WireSerializer):
    class Meta:
        dataclass = SurveyForm


class QuestionnaireSerializer(WireSerializer):
    class Meta:
        dataclass = Questionnaire


class GoalAskedSerializer(WireSerializer):
    class Meta:
        dataclass = GoalAsked


class GoalToldSerializer(WireSerializer):
    class Meta:
        dataclass = GoalTold


class FormsView(APIView):
    """The questionnaires that a patient can answer."""

    @extend_schema(responses=SurveyFormSerializer(many=True))
    def get(self, request: Request) -> Response:
        """In her language."""
        chart = asked_chart(request, Category.SURVEYS)
        return Response([to_json(form) for form in forms_in(chart.patient.language)])


class QuestionnairesView(APIView):
    """The same and those that were brought in, with their conditions, kinds and scores."""

    @extend_schema(responses=QuestionnaireSerializer(many=True))
    def get(self, request: Request) -> Response:
        """In her language, where they speak it."""
        chart = asked_chart(request, Category.SURVEYS)
        return Response([to_json(one) for one in asked_in(chart.patient.language)])


class GoalView(APIView):
    """The one goal that she sets herself."""

    @extend_schema(responses=GoalToldSerializer, parameters=PAGE_PARAMETERS[:1])
    def get(self, request: Request) -> Response:
        """Of the kind "none" where there is none."""
        return Response(to_json(goal_of(asked_chart(request, Category.SURVEYS))))

    @extend_schema(request=GoalAskedSerializer, responses=GoalToldSerializer)
    def put(self, request: Request) -> Response:
        """The whole goal; only her own phone sets it."""
        if not isinstance(request.auth, Device):
            raise NotFound()
        asked = parse(GoalAskedSerializer, request.data)
        chart = asked_chart(request, Category.SURVEYS, deed=Deed.CHANGE)
        return Response(to_json(set_goal(chart, asked, now=datetime.now(UTC))))


class SurveysView(APIView):
    """Answered questionnaires with their scores."""

    @extend_schema(responses=paged(SurveySerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.SURVEYS)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))


urlpatterns = [
    path("goal", GoalView.as_view(), name="goal"),
    path("surveys", SurveysView.as_view(), name="surveys"),
    path("surveys/questionnaires", QuestionnairesView.as_view(), name="survey-questionnaires"),
    path("surveys/forms", FormsView.as_view(), name="survey-forms"),
]

"""Doses and medicines over HTTP, and of the patient's days what moves or pauses them."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.problems import invalid_field
from backend.core.rendering import to_json
from backend.core.serializers import AwareDateTimeField, WireSerializer, parse
from backend.patients.access import Category, Deed
from backend.patients.api import asked_chart
from backend.regimens import queries
from backend.regimens.asking import (
    BackAsked,
    MealsAsked,
    MealsTold,
    StayAsked,
    StayTold,
    meals_told,
    stay_told,
)
from backend.regimens.drafting import meal_times
from backend.regimens.meals import set_meal_times
from backend.regimens.staying import begin_stay, end_stay
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


class MealsAskedSerializer(WireSerializer):
    class Meta:
        dataclass = MealsAsked


class MealsToldSerializer(WireSerializer):
    class Meta:
        dataclass = MealsTold


class StayAskedSerializer(WireSerializer):
    class Meta:
        dataclass = StayAsked
        extra_kwargs = {"reason": {"max_length": 200, "allow_blank": True}}


class BackAskedSerializer(WireSerializer):
    class Meta:
        dataclass = BackAsked


class StayToldSerializer(WireSerializer):
    class Meta:
        dataclass = StayTold


PATIENT = [OpenApiParameter("patient", str, description="For staff: the patient's id.")]


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


class MealsView(APIView):
    """When the patient eats: what medicines "with breakfast" go by."""

    @extend_schema(responses=MealsToldSerializer, parameters=PATIENT)
    def get(self, request: Request) -> Response:
        """As she told, else as is usual."""
        chart = asked_chart(request, Category.MEDICINES)
        return Response(to_json(meals_told(meal_times(chart))))

    @extend_schema(request=MealsAskedSerializer, responses=MealsToldSerializer, parameters=PATIENT)
    def put(self, request: Request) -> Response:
        """From her next midnight on, so that no dose of today is due twice or never."""
        chart = asked_chart(request, Category.MEDICINES, deed=Deed.CHANGE)
        asked = asdict(parse(MealsAskedSerializer, request.data))
        meals = set_meal_times(chart, **asked, now=datetime.now(UTC))
        return Response(to_json(meals_told(meals)))


class StaysView(APIView):
    """Stays in hospital: what is due within one is not the patient's to take."""

    @extend_schema(responses=StayToldSerializer(many=True), parameters=PATIENT)
    def get(self, request: Request) -> Response:
        """The latest first."""
        chart = asked_chart(request, Category.MEDICINES)
        return Response([to_json(stay_told(stay)) for stay in queries.stays(chart)])

    @extend_schema(
        request=StayAskedSerializer, responses={201: StayToldSerializer}, parameters=PATIENT
    )
    def post(self, request: Request) -> Response:
        """409 if another stay is noted for that time."""
        chart = asked_chart(request, Category.MEDICINES, deed=Deed.CHANGE)
        asked = asdict(parse(StayAskedSerializer, request.data))
        stay = begin_stay(chart, **asked, now=datetime.now(UTC))
        return Response(to_json(stay_told(stay)), status=201)


class BackView(APIView):
    """She is home again."""

    @extend_schema(request=BackAskedSerializer, responses=StayToldSerializer, parameters=PATIENT)
    def post(self, request: Request, stay_id: UUID) -> Response:
        """What is due from then on is hers again."""
        chart = asked_chart(request, Category.MEDICINES, deed=Deed.CHANGE)
        asked = parse(BackAskedSerializer, request.data)
        stay = end_stay(chart, stay_id, ends_at=asked.ends_at, now=datetime.now(UTC))
        return Response(to_json(stay_told(stay)))


urlpatterns = [
    path("doses", DosesView.as_view(), name="doses"),
    path("regimens", RegimensView.as_view(), name="regimens"),
    path("meals", MealsView.as_view(), name="meals"),
    path("stays", StaysView.as_view(), name="stays"),
    path("stays/<uuid:stay_id>/back", BackView.as_view(), name="stay-back"),
]

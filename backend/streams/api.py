"""Streams over HTTP."""

from dataclasses import asdict
from datetime import UTC, datetime

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.problems import Invalid, NotFound, invalid_field
from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer, parse
from backend.patients.access import Category, Deed
from backend.patients.api import asked_chart
from backend.streams import plans, queries
from backend.streams.checking import Refused, parse_moment
from backend.wire.measures import MEASURES
from backend.wire.messages import DaySummary, RawColumns, StreamPlanAsked, StreamPlanRow
from backend.wire.problems import Code

YEARS = range(1900, 2201)
RESOLUTIONS = ("raw", "hour", "day")


class RawColumnsSerializer(WireSerializer):
    class Meta:
        dataclass = RawColumns


@extend_schema_field(OpenApiTypes.STR)
class DayOrHourField(serializers.ReadOnlyField):
    """A date, or the moment at which an hour begins."""


class DaySummarySerializer(WireSerializer):
    date = DayOrHourField()

    class Meta:
        dataclass = DaySummary


class StreamPlanSerializer(WireSerializer):
    class Meta:
        dataclass = StreamPlanRow


class StreamPlanAskedSerializer(WireSerializer):
    class Meta:
        dataclass = StreamPlanAsked


class StreamView(APIView):
    """One kind of stream: raw columns, or summaries by hour or day in the patient's own days."""

    @extend_schema(
        parameters=[
            OpenApiParameter("start", datetime, required=True),
            OpenApiParameter("end", datetime, required=True),
            OpenApiParameter("resolution", str, enum=RESOLUTIONS, default="raw"),
            OpenApiParameter("patient", str, description="For staff: the patient's id."),
        ],
        responses=PolymorphicProxySerializer(
            component_name="Stream",
            serializers=[RawColumnsSerializer, paged(DaySummarySerializer)],
            resource_type_field_name=None,
            many=False,
        ),
    )
    def get(self, request: Request, kind: str) -> Response:
        """Samples of [start, end); hours are counted from `start`, days are whole local days."""
        chart = asked_chart(request, Category.STREAMS)
        if kind not in MEASURES:
            raise NotFound()
        start, end = asked_stretch(request)
        resolution = request.query_params.get("resolution", "raw")
        if resolution == "raw":
            return Response(to_json(queries.raw_columns(chart, kind, start=start, end=end)))
        if resolution not in RESOLUTIONS:
            raise invalid_field("resolution", Code.INVALID, "raw, hour or day.")
        read = queries.hour_summaries if resolution == "hour" else queries.day_summaries
        rows = read(chart, kind, start=start, end=end)
        return Response({"results": to_json(rows), "next": None})


def asked_stretch(request: Request) -> tuple[datetime, datetime]:
    """`start` and `end` of the query; raises Invalid."""
    start, end = (_moment(request, name) for name in ("start", "end"))
    for name, moment in (("start", start), ("end", end)):
        if moment.year not in YEARS:
            raise invalid_field(name, Code.OUT_OF_RANGE, "There is nothing so far away.")
    if end <= start:
        raise invalid_field("end", Code.OUT_OF_RANGE, "The end must lie after the start.")
    return start, end


def _moment(request: Request, name: str) -> datetime:
    try:
        return parse_moment(request.query_params.get(name), name)
    except Refused as refusal:
        raise Invalid(errors=[refusal.as_field()]) from refusal


class PlansView(APIView):
    """What is agreed about the patient's streams."""

    @extend_schema(responses=paged(StreamPlanSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.STREAMS)
        return page(request, lambda **cut: plans.plans_changed_since(chart, **cut))


class PlanView(APIView):
    """The plan of one kind."""

    @extend_schema(
        request=StreamPlanAskedSerializer,
        responses=StreamPlanSerializer,
        parameters=[OpenApiParameter("patient", str, description="For staff: the patient's id.")],
    )
    def put(self, request: Request, kind: str) -> Response:
        """The whole plan; what is left out is as the measures table says."""
        chart = asked_chart(request, Category.STREAMS, deed=Deed.CHANGE)
        asked = asdict(parse(StreamPlanAskedSerializer, request.data))
        plan = plans.set_plan(chart, kind, **asked, now=datetime.now(UTC))
        return Response(to_json(plans.plan_row(plan)))


urlpatterns = [
    path("streams/plans", PlansView.as_view(), name="stream-plans"),
    path("streams/<str:kind>", StreamView.as_view(), name="stream"),
    path("streams/<str:kind>/plan", PlanView.as_view(), name="stream-plan"),
]

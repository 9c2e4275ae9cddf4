"""Streams over HTTP."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from isal import igzip
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.problems import Invalid, NotFound, invalid_field
from backend.core.rendering import to_json, to_json_text
from backend.core.serializers import WireSerializer, parse
from backend.patients.access import Category, Chart, Deed
from backend.patients.api import asked_chart
from backend.streams import plans, queries
from backend.streams.checking import Refused, parse_moment
from backend.streams.text import raw_json
from backend.wire.measures import MEASURES
from backend.wire.messages import DaySummary, RawColumns, StreamPlanAsked, StreamPlanRow
from backend.wire.problems import Code

YEARS = range(1900, 2201)
RESOLUTIONS = ("raw", "hour", "day")
RAW_ONLY = {"stream", "known_at"}
WORTH_ZIPPING = 1_000  # bytes


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


@dataclass(frozen=True, slots=True)
class SourcesAsked:
    """In the order in which they count."""

    sources: list[str]


class SourcesAskedSerializer(WireSerializer):
    class Meta:
        dataclass = SourcesAsked


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
            OpenApiParameter(
                "stream",
                bool,
                description="Raw only: a line of JSON for each local day that holds samples, as"
                " application/x-ndjson. `step_ms` stands for `offsets_ms` in an even day.",
            ),
            OpenApiParameter(
                "known_at",
                datetime,
                description="Raw only: rebuilt from the uploads that had come in by then.",
            ),
            OpenApiParameter("patient", str, description="For staff: the patient's id."),
        ],
        responses=PolymorphicProxySerializer(
            component_name="Stream",
            serializers=[RawColumnsSerializer, paged(DaySummarySerializer)],
            resource_type_field_name=None,
            many=False,
        ),
    )
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        """Samples of [start, end); hours are counted from `start`, days are whole local days."""
        chart = asked_chart(request, Category.STREAMS)
        if kind not in MEASURES:
            raise NotFound()
        start, end = asked_stretch(request)
        resolution = request.query_params.get("resolution", "raw")
        if resolution == "raw":
            return _raw(request, chart, kind, start, end)
        if resolution not in RESOLUTIONS:
            raise invalid_field("resolution", Code.INVALID, "raw, hour or day.")
        for name in RAW_ONLY & set(request.query_params):
            raise invalid_field(name, Code.INVALID, "Of raw samples only.")
        read = queries.hour_summaries if resolution == "hour" else queries.day_summaries
        rows = read(chart, kind, start=start, end=end)
        return _json(request, to_json_text({"results": rows, "next": None}).encode())


def _raw(
    request: Request, chart: Chart, kind: str, start: datetime, end: datetime
) -> HttpResponseBase:
    """Columns are written as text here: DRF would take a number at a time."""
    unit = MEASURES[kind].unit
    at = _moment(request, "known_at") if "known_at" in request.query_params else None
    if request.query_params.get("stream", "0") in ("1", "true"):
        if at is not None:
            raise invalid_field("known_at", Code.INVALID, "Not of what is streamed.")
        found = queries.raw_days(chart, kind, start=start, end=end)
        lines = (raw_json(kind, unit, day, may_step=True) + b"\n" for day in found)
        return StreamingHttpResponse(lines, content_type="application/x-ndjson")
    if at is not None:
        return _json(
            request,
            raw_json(kind, unit, queries.as_known_at(chart, kind, start=start, end=end, at=at)),
        )
    return _json(request, raw_json(kind, unit, queries.samples(chart, kind, start=start, end=end)))


def _json(request: Request, body: bytes) -> HttpResponse:
    """Gzipped at the fastest level for who takes that: the usual one costs ten times the read."""
    answer = HttpResponse(body, content_type="application/json")
    patch_vary_headers(answer, ["Accept-Encoding"])
    if len(body) >= WORTH_ZIPPING and "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.content = igzip.compress(body, 1, mtime=0)
        answer.headers["Content-Encoding"] = "gzip"
    return answer


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


class SourcesView(APIView):
    """Which source of one kind counts, as the patient or her team wants it."""

    @extend_schema(
        request=SourcesAskedSerializer,
        responses=StreamPlanSerializer,
        parameters=[OpenApiParameter("patient", str, description="For staff: the patient's id.")],
    )
    def put(self, request: Request, kind: str) -> Response:
        """The rest of the plan stays."""
        chart = asked_chart(request, Category.STREAMS, deed=Deed.CHANGE)
        asked = parse(SourcesAskedSerializer, request.data)
        plan = plans.set_plan(chart, kind, sources=asked.sources, now=datetime.now(UTC))
        return Response(to_json(plans.plan_row(plan)))


urlpatterns = [
    path("streams/plans", PlansView.as_view(), name="stream-plans"),
    path("streams/<str:kind>", StreamView.as_view(), name="stream"),
    path("streams/<str:kind>/sources", SourcesView.as_view(), name="stream-sources"),
    path("streams/<str:kind>/plan", PlanView.as_view(), name="stream-plan"),
]

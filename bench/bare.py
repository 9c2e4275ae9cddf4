"""The twins that the sync door is measured beside: as little, or as much, as others do.

`/rows` is the least that can be called an endpoint: no middleware, a signed token that costs no
query, columnar JSON, one INSERT of rows by unnest with the primary key, one commit. `/fhir` takes a
Bundle with one Observation for each sample through DRF and the ORM, as FHIR servers in Django do.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.signing import Signer
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

TABLES = """
CREATE TABLE IF NOT EXISTS bench_row (
    patient uuid, kind smallint, source smallint, instant timestamptz, value float8,
    PRIMARY KEY (patient, kind, source, instant));
CREATE TABLE IF NOT EXISTS bench_observation (
    id bigserial PRIMARY KEY, patient uuid NOT NULL, code text NOT NULL, at timestamptz NOT NULL,
    resource jsonb NOT NULL, UNIQUE (patient, code, at));
CREATE TABLE IF NOT EXISTS bench_django (
    id bigserial PRIMARY KEY, patient uuid NOT NULL, kind smallint NOT NULL,
    source smallint NOT NULL, instant timestamptz NOT NULL, value float8 NOT NULL,
    UNIQUE (patient, kind, source, instant));
"""
INSERT = """
INSERT INTO bench_row SELECT %s, 1, 1, instant, value
FROM unnest(%b::timestamptz[], %b::float8[]) AS sample (instant, value) ON CONFLICT DO NOTHING
"""


class RowSample(models.Model):
    """A sample as Django stores it by bulk_create."""

    patient = models.UUIDField()
    kind = models.SmallIntegerField()
    source = models.SmallIntegerField()
    instant = models.DateTimeField()
    value = models.FloatField()

    objects: models.Manager["RowSample"] = models.Manager()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "bench_django"

    def __str__(self) -> str:
        return str(self.instant)


class Observation(models.Model):
    """A sample as FHIR servers keep it: one resource each."""

    patient = models.UUIDField()
    code = models.TextField()
    at = models.DateTimeField()
    resource = models.JSONField()

    objects: models.Manager["Observation"] = models.Manager()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "bench_observation"

    def __str__(self) -> str:
        return str(self.at)


@csrf_exempt
def take_rows(request: HttpRequest) -> HttpResponse:
    """As little as possible."""
    patient = Signer().unsign(request.headers["Authorization"].removeprefix("Bearer "))
    asked = json.loads(request.body)
    start = datetime.fromisoformat(asked["start"])
    instants = [start + timedelta(milliseconds=offset) for offset in asked["offsets_ms"]]
    values = [float(value) for value in asked["values"]]
    if not all(20 <= value <= 300 for value in values):
        return HttpResponse(status=400)
    connection.ensure_connection()
    connection.connection.execute(INSERT, [patient, instants, values], prepare=True)
    return HttpResponse(json.dumps({"stored": len(values)}), content_type="application/json")


class CodingSerializer(serializers.Serializer[Any]):
    system = serializers.CharField()
    code = serializers.CharField()


class CodeSerializer(serializers.Serializer[Any]):
    coding = CodingSerializer(many=True)


class QuantitySerializer(serializers.Serializer[Any]):
    value = serializers.FloatField()
    unit = serializers.CharField()


class ObservationSerializer(serializers.Serializer[Any]):
    resourceType = serializers.ChoiceField(["Observation"])
    status = serializers.ChoiceField(["final"])
    code = CodeSerializer()
    effectiveDateTime = serializers.DateTimeField()
    valueQuantity = QuantitySerializer()


class BundleView(APIView):
    """One Observation for each sample."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        """Each is validated and saved on its own, as batch bundles are."""
        patient = Signer().unsign(request.headers["Authorization"].removeprefix("Bearer "))
        saved = 0
        for entry in request.data["entry"]:
            reader = ObservationSerializer(data=entry["resource"])
            reader.is_valid(raise_exception=True)
            found = reader.validated_data
            _, fresh = Observation.objects.get_or_create(
                patient=patient,
                code=found["code"]["coding"][0]["code"],
                at=found["effectiveDateTime"],
                defaults={"resource": entry["resource"]},
            )
            saved += fresh
        return Response({"saved": saved})


def observation(at: datetime, value: float) -> dict[str, Any]:
    """A heart rate as FHIR writes it."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "effectiveDateTime": at.isoformat(),
        "valueQuantity": {"value": value, "unit": "/min"},
    }


urlpatterns = [
    path("", lambda request: HttpResponse()),
    path("rows", take_rows),
    path("fhir", BundleView.as_view()),
]

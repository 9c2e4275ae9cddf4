"""The registry over HTTP, for staff: versions, reports, and deployment, refused with 409."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.accounts.actors import Actor
from backend.accounts.authentication import actor_from
from backend.core.problems import NotFound
from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer, parse
from backend.insights import model_queries as queries
from backend.insights import registry, shipped
from backend.insights.models import LearnedModel


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One version of a learned method; `passed` is the newest audit's word, none without one."""

    id: UUID
    method: str
    version: str
    state: str
    digest: str
    trained_at: datetime
    passed: bool | None
    overridden: bool


@dataclass(frozen=True, slots=True)
class DeploymentAsked:
    """Why, by the one who is signed in; `override` is against the gate's verdict."""

    reason: str
    override: bool = False
    autonomous: bool = False


class ModelRowSerializer(WireSerializer):
    class Meta:
        dataclass = ModelRow


class DeploymentAskedSerializer(WireSerializer):
    class Meta:
        dataclass = DeploymentAsked
        extra_kwargs = {"reason": {"max_length": 2000}}


class ModelsView(APIView):
    """Learned methods."""

    @extend_schema(responses=ModelRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every version."""
        _staff(request)
        shipped.adopt_all(now=datetime.now(UTC))
        return Response([to_json(_row(model)) for model in queries.models()])


class ModelReportView(APIView):
    """What the fairness gate found."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, model_id: UUID) -> Response:
        """The newest report, as it is stored."""
        _staff(request)
        audit = registry.latest_audit(queries.model_by_id(model_id))
        if audit is None:
            raise NotFound()
        report: dict[str, Any] = audit.report
        return Response(report)


class DeploymentView(APIView):
    """Taking a model into use."""

    @extend_schema(request=DeploymentAskedSerializer, responses=ModelRowSerializer)
    def post(self, request: Request, model_id: UUID) -> Response:
        """409 with what stands in the way: no report, not a valid one, or one that blocks."""
        actor = _staff(request)
        model = queries.model_by_id(model_id)
        asked = parse(DeploymentAskedSerializer, request.data)
        deployed = registry.deploy(
            actor,
            model.id,
            reason=asked.reason,
            override=asked.override,
            autonomous=asked.autonomous,
            now=datetime.now(UTC),
        )
        return Response(to_json(_row(deployed)))


def _staff(request: Request) -> Actor:
    """Who works at the desk; to anyone else there is nothing here."""
    actor = actor_from(request)
    if not actor.is_staff:
        raise NotFound()
    return actor


def _row(model: LearnedModel) -> ModelRow:
    audit = registry.latest_audit(model)
    return ModelRow(
        id=model.id,
        method=model.method,
        version=model.version,
        state=model.state,
        digest=model.digest,
        trained_at=model.trained_at,
        passed=audit.passed if audit else None,
        overridden=any(step.overridden for step in queries.steps(model)),
    )


urlpatterns = [
    path("models", ModelsView.as_view(), name="models"),
    path("models/<uuid:model_id>/report", ModelReportView.as_view(), name="model-report"),
    path("models/<uuid:model_id>/deployment", DeploymentView.as_view(), name="model-deployment"),
]

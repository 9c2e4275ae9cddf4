"""Reading the registry: nobody's own data, so no chart; which roles may is the door's to say."""

from collections.abc import Sequence
from uuid import UUID

from backend.core.problems import NotFound
from backend.insights.models import LearnedModel, ModelAudit, ModelState, ModelStep


def models() -> list[LearnedModel]:
    """Every version, the newest of each method first."""
    return list(LearnedModel.objects.order_by("method", "-trained_at"))


def model_by_id(model_id: UUID) -> LearnedModel:
    """Raises NotFound."""
    found = LearnedModel.objects.filter(pk=model_id).first()
    if found is None:
        raise NotFound()
    return found


def model_named(method: str, version: str | None = None) -> LearnedModel:
    """The version, or the newest that is not retired; raises NotFound."""
    found = LearnedModel.objects.filter(method=method)
    if version is not None:
        found = found.filter(version=version)
    else:
        found = found.exclude(state=ModelState.RETIRED)
    newest = found.order_by("-trained_at").first()
    if newest is None:
        raise NotFound(f"There is no {method} {version or ''}".rstrip() + ".")
    return newest


def deployed(method: str) -> LearnedModel | None:
    """The version that is in use."""
    return LearnedModel.objects.filter(method=method, state=ModelState.DEPLOYED).first()


def all_deployed() -> list[LearnedModel]:
    """Of every method."""
    return list(LearnedModel.objects.filter(state=ModelState.DEPLOYED).order_by("method"))


def steps(model: LearnedModel) -> Sequence[ModelStep]:
    """Its history, oldest first."""
    return list(model.steps.order_by("at", "id"))


def audits(model: LearnedModel, *, live: bool | None = None) -> Sequence[ModelAudit]:
    """Its reports, newest first."""
    found = model.audits.all() if live is None else model.audits.filter(live=live)
    return list(found.order_by("-audited_at", "-id"))

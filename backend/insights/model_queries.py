"""Reading the registry: nobody's own data, so no chart; which roles may is the door's to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.accounts.actors import Actor
from backend.accounts.models import Role, User
from backend.core.problems import NotFound
from backend.insights.models import LearnedModel, ModelAudit, ModelState, ModelStep


@dataclass(frozen=True, slots=True)
class Drift:
    """A model in use whose newest live audit tells of drift, and whether a person answered."""

    model: LearnedModel
    audit_id: UUID
    audited_at: datetime
    blocking: Sequence[str]
    answered: bool


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


def verdict_of(audit: ModelAudit) -> str:
    """What a report says, in a word or two."""
    if not audit.enough:
        return "too few people to judge"
    if audit.passed:
        return "passed"
    if audit.live:
        return "drifted" if audit.report.get("drifted") else "beyond a limit, maybe by chance"
    return "blocked"


def acts_alone(model: LearnedModel) -> bool:
    """Whether something may act on what it says without a person: as its last step says."""
    last = model.steps.order_by("-at", "-id").first()
    return last is not None and last.state == ModelState.DEPLOYED and last.autonomous


def drift_of(model: LearnedModel) -> Drift | None:
    """What its newest live audit tells, if that is drift."""
    live = model.audits.filter(live=True, enough=True).order_by("-audited_at", "-id")
    told = live.values_list("id", "audited_at", "report__drifted", "report__blocking").first()
    if told is None or not told[2]:
        return None
    id_, audited_at, _, blocking = told
    answers = model.steps.filter(audit_id=id_).exclude(actor_id=None)
    return Drift(model, id_, audited_at, blocking, answers.exists())


def drift_to_answer(actor: Actor) -> list[Drift]:
    """What this person is told of until somebody answers: who took it into use, and operators.

    Where that person works here as a clinician no more, every clinician is told.
    """
    found = [drift for model in all_deployed() if (drift := drift_of(model)) is not None]
    return [drift for drift in found if not drift.answered and _is_told(actor, drift.model)]


def _is_told(actor: Actor, model: LearnedModel) -> bool:
    if actor.role != Role.CLINICIAN:
        return actor.role == Role.OPERATOR
    deployed = model.steps.filter(state=ModelState.DEPLOYED).exclude(actor_id=None)
    deployer = deployed.order_by("-at", "-id").values_list("actor_id", flat=True).first()
    clinicians = User.objects.filter(is_active=True, role=Role.CLINICIAN)
    here = deployer is not None and clinicians.filter(pk=deployer).exists()
    return actor.id == deployer or not here

"""The registry of learned methods: candidate → audited → deployed → retired, each step a row.

Deploying is an act of clinical governance: a clinician does it, by name and with a reason, and her
role is read anew from the database. Operators train and audit; they deploy nothing. Without a valid
report of the gate there is a Conflict (409). That named person can override a failed report, which
stays in sight for ever; thin evidence can not be overridden where nobody looks on. What drifted may
do nothing alone any more, from the moment it is known; whether it stays in use, a person says.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from backend.accounts.actors import Actor
from backend.accounts.models import Role, User
from backend.core.problems import Conflict, Forbidden, NotFound, invalid_field
from backend.insights import model_queries
from backend.insights.cards import check_card
from backend.insights.models import LearnedModel, ModelAudit, ModelState, ModelStep
from backend.insights.plain import digest_of
from backend.science import fairness_gate
from backend.wire.problems import Code

REPORT_LIFE: Final = timedelta(days=92)
LEAST_REASON: Final = 15  # letters: "ok" is no reason


class Storable(Protocol):
    """A model as plain numbers."""

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        ...


def register(
    actor: Actor,
    *,
    method: str,
    version: str,
    model: Storable,
    card: Mapping[str, Any],
    reason: str = "trained",
    now: datetime,
) -> LearnedModel:
    """A candidate; the same version with other numbers is a Conflict."""
    artefact = model.to_json()
    check_card(card)
    if LearnedModel.objects.filter(method=method, version=version).exists():
        raise Conflict(f"{method} {version} stands already; another fit is another version.")
    made = LearnedModel.objects.create(
        method=method,
        version=version,
        artefact=artefact,
        digest=digest_of(artefact),
        card=card,
        trained_at=now,
    )
    _step(actor, made, ModelState.CANDIDATE, reason=reason, now=now)
    return made


def enter_audit(
    actor: Actor, model: LearnedModel, report: Mapping[str, Any], *, live: bool, now: datetime
) -> ModelAudit:
    """A report of the gate; a candidate becomes audited by it, whatever it says.

    A live one that tells of drift takes away what the model may do without a person.
    """
    held = _held(model.id)
    audit = ModelAudit.objects.create(
        model=held,
        audited_at=now,
        live=live,
        enough=report["enough"],
        passed=report["passed"],
        report=report,
        digest=digest_of(report),
    )
    if held.state == ModelState.CANDIDATE and not live:
        _step(
            actor,
            held,
            ModelState.AUDITED,
            reason=f"the gate: {model_queries.verdict_of(audit)}",
            audit=audit,
            now=now,
        )
    if live and report["drifted"] and model_queries.acts_alone(held):
        reason = f"drifted for {'; '.join(report['blocking'])}: nothing acts on it without a person"
        _step(actor, held, ModelState.DEPLOYED, reason=reason, audit=audit, now=now)
    return audit


def deploy(
    actor: Actor,
    model_id: UUID,
    *,
    reason: str,
    override: bool = False,
    autonomous: bool = False,
    now: datetime,
) -> LearnedModel:
    """Into use, in the place of the version that is; Conflict where the gate does not let it."""
    name = _governing(actor)
    said = sentence(reason)
    model = _held(model_id)
    audit = latest_audit(model)
    if against := against_deploying(
        model, audit, override=override, autonomous=autonomous, now=now
    ):
        raise Conflict(" ".join(against))
    assert audit is not None  # noqa: S101
    by = Actor(actor.id, actor.role, name)
    put_into_use(by, model, audit, reason=said, autonomous=autonomous, now=now)
    return model


def put_into_use(
    actor: Actor,
    model: LearnedModel,
    audit: ModelAudit,
    *,
    reason: str,
    autonomous: bool = False,
    now: datetime,
) -> None:
    """The step itself, where nothing stands against it; alone only for what comes with the project.

    It takes the place of the version that is in use.
    """
    for earlier in LearnedModel.objects.select_for_update().filter(
        method=model.method, state=ModelState.DEPLOYED
    ):
        _step(actor, earlier, ModelState.RETIRED, reason=f"{model.version} takes over", now=now)
    _step(
        actor,
        model,
        ModelState.DEPLOYED,
        reason=reason,
        audit=audit,
        overridden=not audit.passed,
        autonomous=autonomous,
        now=now,
    )


def keep(actor: Actor, model_id: UUID, *, reason: str, now: datetime) -> LearnedModel:
    """It stays in use although it drifted, by name and with a reason; nothing acts on it alone."""
    name = _governing(actor)
    said = sentence(reason)
    model = _held(model_id)
    drifted = model_queries.drift_of(model)
    if model.state != ModelState.DEPLOYED or drifted is None:
        raise Conflict("It is not in use, or has not drifted.")
    audit = model.audits.get(pk=drifted.audit_id)
    by = Actor(actor.id, actor.role, name)
    _step(by, model, ModelState.DEPLOYED, reason=said, audit=audit, now=now)
    return model


def retire(actor: Actor, model_id: UUID, *, reason: str, now: datetime) -> LearnedModel:
    """Out of use for good; another version may take its place."""
    name = _governing(actor)
    said = sentence(reason)
    model = _held(model_id)
    if model.state == ModelState.RETIRED:
        raise Conflict("It is retired already.")
    _step(Actor(actor.id, actor.role, name), model, ModelState.RETIRED, reason=said, now=now)
    return model


def latest_audit(model: LearnedModel) -> ModelAudit | None:
    """The newest report of the gate; live ones are told apart."""
    return model.audits.filter(live=False).order_by("-audited_at", "-id").first()


def against_deploying(
    model: LearnedModel,
    audit: ModelAudit | None,
    *,
    override: bool,
    autonomous: bool,
    now: datetime,
) -> list[str]:
    """What stands in the way, in sentences; an override lifts a failed verdict and nothing else."""
    if model.state in (ModelState.DEPLOYED, ModelState.RETIRED):
        return [f"It is {model.state} already."]
    if audit is None:
        return ["It has no report of the fairness gate."]
    found = _invalid(model, audit, now)
    if not audit.passed and not override:
        found.append("Its report says that it may not be deployed.")
    if autonomous and (audit.report["insufficient"] or not audit.passed):
        found.append("Groups without sufficient evidence: nothing may act on it without a person.")
    return found


def _invalid(model: LearnedModel, audit: ModelAudit, now: datetime) -> list[str]:
    """Why a report is none for this model, today."""
    checks = {
        "Its numbers are not those of its digest.": digest_of(model.artefact) == model.digest,
        "The report is not of this model.": audit.report["model"]["digest"] == model.digest,
        "The report was changed.": digest_of(audit.report) == audit.digest,
        "The report is of another gate.": audit.report["gate"] == fairness_gate.VERSION,
        f"The report is older than {REPORT_LIFE.days} days.": now - audit.audited_at <= REPORT_LIFE,
        "The report judges nobody: too few people.": audit.enough,
    }
    return [sentence for sentence, holds in checks.items() if not holds]


def _governing(actor: Actor) -> str:
    """The clinician's name, as the database knows her now; Forbidden for anyone else."""
    clinicians = User.objects.select_for_update().filter(is_active=True, role=Role.CLINICIAN)
    found = clinicians.filter(pk=actor.id).first() if actor.id else None
    if found is None:
        raise Forbidden("A clinician deploys a model.")
    return found.name


def sentence(text: str) -> str:
    """The reason as it is kept; Invalid unless it says something."""
    said = " ".join(text.split())
    if len(said) < LEAST_REASON:
        raise invalid_field("reason", Code.REQUIRED, "Say why, in a sentence.")
    return said[:2000]


def _held(model_id: UUID) -> LearnedModel:
    model = LearnedModel.objects.select_for_update().filter(pk=model_id).first()
    if model is None:
        raise NotFound()
    return model


def _step(
    actor: Actor, model: LearnedModel, state: ModelState, *, reason: str, now: datetime, **more: Any
) -> None:
    LearnedModel.objects.filter(pk=model.pk).update(state=state)
    model.state = state
    ModelStep.objects.create(
        model=model,
        state=state,
        at=now,
        actor_id=actor.id,
        actor_name=actor.name,
        reason=reason,
        **more,
    )

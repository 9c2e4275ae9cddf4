"""Is a model in use still right? Judged again each month on outcomes that came in since.

A method's live outcomes are told by an entry in LIVE. The readmission model has none: no hospital's
stays come into this house, so its re-audit says "not enough outcomes", each month, in sight. The
audit itself needs fairlearn, which is imported only where there are outcomes to judge: a worker
without it still says what it can.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.utils.module_loading import import_string
from numpy.typing import NDArray

from backend.accounts.actors import job
from backend.core.problems import Unavailable
from backend.insights.model_queries import all_deployed
from backend.insights.models import LearnedModel, ModelAudit
from backend.insights.plain import digest_of
from backend.insights.registry import enter_audit
from backend.science import fairness_gate
from backend.science.fairness_gate import is_enough
from backend.science.linear_risk import LinearRisk
from backend.science.subgroup_metrics import People

EVERY: Final = timedelta(days=28)
AUDIT: Final = "backend.insights.auditing.audit_people"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Risks that were told, what happened then, and the groups of those people."""

    probability: NDArray[np.float64]
    happened: NDArray[np.bool_]
    groups: Mapping[str, NDArray[np.str_]]


Live = Callable[[LearnedModel, datetime], Outcomes]
LIVE: Final[Mapping[str, Live]] = {}


def reaudit(*, live: Mapping[str, Live] = LIVE, now: datetime) -> list[ModelAudit]:
    """Each model in use whose last re-audit, or deployment, is a month old."""
    return [_judge(model, live, now) for model in all_deployed() if _is_due(model, now)]


def _is_due(model: LearnedModel, now: datetime) -> bool:
    since = now - EVERY
    recent = model.audits.filter(live=True, audited_at__gt=since)
    fresh = model.steps.filter(state=model.state, at__gt=since)
    return not recent.exists() and not fresh.exists()


def _judge(model: LearnedModel, live: Mapping[str, Live], now: datetime) -> ModelAudit:
    found = live[model.method](model, now) if model.method in live else NONE
    events = int(found.happened.sum())
    if not is_enough(len(found.happened), events):
        report = _too_few(model, len(found.happened), events, now)
        return enter_audit(job("reaudit"), model, report, live=True, now=now)
    try:
        audit_people: Callable[..., ModelAudit] = import_string(AUDIT)
    except ImportError:
        raise Unavailable("Re-audits need requirements/audit.txt on the workers.") from None
    threshold = LinearRisk.from_json(model.artefact).threshold
    people = People(found.happened, found.probability, threshold)
    return audit_people(
        job("reaudit"), model, people, found.groups, about=_about(found), live=True, now=now
    )


def _about(found: Outcomes) -> dict[str, Any]:
    told = digest_of([found.probability.tolist(), found.happened.tolist()])
    return {"name": "live outcomes", "digest": told, "people": len(found.happened)}


def _too_few(model: LearnedModel, people: int, events: int, now: datetime) -> dict[str, Any]:
    """A report that judges nobody and blocks nothing that runs; it is in sight."""
    return {
        "model": {"method": model.method, "version": model.version, "digest": model.digest},
        "data": {"name": "live outcomes", "people": people, "events": events},
        "gate": fairness_gate.VERSION,
        "audited_at": now.isoformat(),
        "enough": False,
        "passed": False,
        "blocking": [],
        "insufficient": ["everyone: everyone"],
    }


NONE: Final = Outcomes(np.zeros(0), np.zeros(0, bool), {})

"""The gate at work: a stored model on people that it was not trained on; the report is kept.

Imports fairlearn, with pandas and scikit-learn behind it: `audit_model` and the month's re-audit
alone come here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.accounts.actors import Actor
from backend.insights.cohorts import Cohort
from backend.insights.models import LearnedModel, ModelAudit
from backend.insights.plain import plain
from backend.insights.registry import enter_audit
from backend.science import fairness_gate
from backend.science.fairness import REPLICATES, Audit, audit, names_of
from backend.science.linear_risk import LinearRisk
from backend.science.subgroup_metrics import People


def audit_held_out(
    actor: Actor,
    model: LearnedModel,
    cohort: Cohort,
    *,
    data: str,
    replicates: int = REPLICATES,
    now: datetime,
) -> ModelAudit:
    """On the held-out people of the data that the card names, or of others."""
    held = cohort.part(cohort.held_out)
    risk = LinearRisk.from_json(model.artefact)
    people = People(held.happened, risk.probability(held.columns), risk.threshold)
    about = {"name": data, "digest": cohort.digest, "people": len(people)}
    return audit_people(
        actor, model, people, held.groups, about=about, replicates=replicates, now=now
    )


def audit_people(
    actor: Actor,
    model: LearnedModel,
    people: People,
    groups: Mapping[str, NDArray[np.str_]],
    *,
    about: Mapping[str, Any],
    live: bool = False,
    replicates: int = REPLICATES,
    now: datetime,
) -> ModelAudit:
    """Of any people whose outcomes are known, by their labels."""
    found = audit(people, groups, replicates=replicates)
    report = report_of(model, found, about, now=now)
    return enter_audit(actor, model, report, live=live, now=now)


def report_of(
    model: LearnedModel, found: Audit, about: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """As JSON: what was audited on what, the verdict, then every number of every group."""
    told: dict[str, Any] = plain(
        {
            "model": {"method": model.method, "version": model.version, "digest": model.digest},
            "data": about,
            "gate": fairness_gate.VERSION,
            "audited_at": now.isoformat(),
            "enough": found.everyone.verdict.enough,
            "passed": found.passed,
            "blocking": names_of(found.blocking),
            "insufficient": names_of(found.insufficient),
            "family_error": fairness_gate.FAMILY_ERROR,
            "limits": {name: limit for name, limit in fairness_gate.LIMITS.items()},
            "audit": found,
        }
    )
    return told

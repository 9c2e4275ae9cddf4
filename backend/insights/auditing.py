"""The gate at work: a stored model on people that it was not trained on; the report is kept.

Imports fairlearn, with pandas and scikit-learn behind it: `audit_model` and the month's re-audit
alone come here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from backend.accounts.actors import Actor
from backend.insights.cohorts import Cohort
from backend.insights.models import LearnedModel, ModelAudit
from backend.insights.plain import plain
from backend.insights.registry import enter_audit
from backend.science import fairness_gate
from backend.science.fairness import REPLICATES, Audit, audit, names_of
from backend.science.linear_risk import LinearRisk
from backend.science.remedies import recalibrations, thresholds
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
    """On the held-out people of the data that the card names, or of others.

    Remedies that the report offers are fitted on the people who are not held out.
    """
    risk = LinearRisk.from_json(model.artefact)
    people, groups, withheld = _told(risk, cohort.part(cohort.held_out))
    trained, their_groups, _ = _told(risk, cohort.part(~cohort.held_out))
    found = audit(people, groups, replicates=replicates)
    attributes = [of for of in groups if any(of in group.attributes for group in found.blocking)]
    about = {
        **{"name": data, "digest": cohort.digest, "people": len(people), "withheld": withheld},
        "offers_fitted_on": len(trained),
    }
    offers = {
        "recalibrate": {of: recalibrations(trained, their_groups[of], of) for of in attributes},
        "threshold": {of: thresholds(trained, their_groups[of], of) for of in attributes},
    }
    report = report_of(model, found, about, offers=offers, now=now)
    with transaction.atomic():  # only now: computing takes longer than one may stand idle
        return enter_audit(actor, model, report, live=False, now=now)


def _told(risk: LinearRisk, cohort: Cohort) -> tuple[People, dict[str, NDArray[np.str_]], int]:
    """Those who are told a risk, their labels, and how many are told none."""
    after = risk.remedied(cohort.columns, cohort.groups)
    groups = {name: labels[after.told] for name, labels in cohort.groups.items()}
    return after.people(cohort.happened), groups, int((~after.told).sum())


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
    model: LearnedModel,
    found: Audit,
    about: Mapping[str, Any],
    *,
    offers: Mapping[str, Any] | None = None,
    now: datetime,
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
            "unclear": names_of(found.unclear),
            "drifted": any(group.verdict.is_missed for group in found.blocking),
            "insufficient": names_of(found.insufficient),
            "family_error": fairness_gate.FAMILY_ERROR,
            "limits": {name: limit for name, limit in fairness_gate.LIMITS.items()},
            "offers": offers or {},
            "audit": found,
        }
    )
    return told

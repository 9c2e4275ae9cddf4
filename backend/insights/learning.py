"""Training a learned method into a candidate with its card. It imports scikit-learn.

Held-out people are never fitted on; the card's metrics are theirs.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import sklearn

from backend.accounts.actors import Actor
from backend.insights import readmission, readmission_fit, registry
from backend.insights.cohorts import Cohort
from backend.insights.learned import Learned
from backend.insights.models import LearnedModel
from backend.insights.plain import plain
from backend.science.linear_risk import LinearRisk
from backend.science.subgroup_metrics import People, metrics_of

FITTERS: Final[dict[str, Callable[[Cohort], LinearRisk]]] = {
    readmission.METHOD: lambda cohort: readmission_fit.fit(cohort)[0]
}


def train(
    actor: Actor, learned: Learned, cohort: Cohort, *, version: str, now: datetime
) -> LearnedModel:
    """A candidate of this version."""
    model = FITTERS[learned.name](cohort.part(~cohort.held_out))
    card = card_of(learned, cohort, model)
    return registry.register(
        actor, method=learned.name, version=version, model=model, card=card, now=now
    )


def card_of(learned: Learned, cohort: Cohort, model: LinearRisk) -> dict[str, Any]:
    """The text as people wrote it, the numbers as they are."""
    text: Mapping[str, Any] = json.loads(learned.card.read_text())
    kept = ("title", "purpose", "not_for", "outcome", "subgroups", "limits", "tripod_ai")
    data = {
        "name": learned.data,
        **{name: text[name] for name in ("source", "licence", "period")},
        "digest": cohort.digest,
        "people": len(cohort.happened),
        "events": int(cohort.happened.sum()),
        "left_out": dict(cohort.left_out),
    }
    return {name: text[name] for name in kept} | {
        "data": data,
        "protocol": _protocol(cohort),
        "metrics": _metrics(cohort, model),
    }


def _protocol(cohort: Cohort) -> dict[str, str | int]:
    return {
        "learner": f"logistic regression, ridge penalty C={readmission_fit.PENALTY:g}, "
        f"scikit-learn {sklearn.__version__}",
        "split": "by a hash of the person's number: four of ten held out, one stay a person",
        "calibration": f"intercept and slope of {readmission_fit.FOLDS}-fold cross-fitted risks",
        "threshold": f"reached by {100 * readmission_fit.ALERT_SHARE:.0f} % of those trained on",
        "trained_on": int((~cohort.held_out).sum()),
        "held_out": int(cohort.held_out.sum()),
    }


def _metrics(cohort: Cohort, model: LinearRisk) -> dict[str, float]:
    held = cohort.part(cohort.held_out)
    people = People(held.happened, model.probability(held.columns), model.threshold)
    told = metrics_of(people) | {"threshold": model.threshold}
    return {name: value for name, value in plain(told).items() if value is not None}

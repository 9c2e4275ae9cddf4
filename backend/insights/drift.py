"""Is a model in use still right? Judged again each month on outcomes that came in since.

A method's live outcomes are told by an entry in LIVE; without one, its re-audit says "not enough
outcomes", each month, in sight. A model has drifted when a limit is missed and that is told from
chance; registry.enter_audit then takes away what it may do alone. Risks go through the gate, which
needs fairlearn: it is imported only where there are outcomes to judge. Intervals are counted.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import transaction
from django.utils.module_loading import import_string

from backend.accounts.actors import job
from backend.core.problems import Unavailable
from backend.insights.live_outcomes import LIVE, Intervals, Live, Outcomes
from backend.insights.model_queries import all_deployed
from backend.insights.models import LearnedModel, ModelAudit
from backend.insights.plain import digest_of, plain
from backend.insights.registry import enter_audit
from backend.science import fairness_gate, interval_coverage
from backend.science.fairness_gate import State, is_enough
from backend.science.interval_coverage import coverage_of
from backend.science.subgroup_metrics import People

EVERY: Final = timedelta(days=28)
AUDIT: Final = "backend.insights.auditing.audit_people"
DATA: Final = "live outcomes"
NONE: Final = Outcomes(np.zeros(0), np.zeros(0, bool), {})
JOB: Final = job("reaudit")


def reaudit(*, live: Mapping[str, Live] = LIVE, now: datetime) -> list[ModelAudit]:
    """Each model in use whose last re-audit, or deployment, is a month old."""
    told = []
    for model in all_deployed():
        if _is_due(model, now):
            with transaction.atomic():
                told.append(_judge(model, live, now))
    return told


def _is_due(model: LearnedModel, now: datetime) -> bool:
    since = now - EVERY
    recent = model.audits.filter(live=True, audited_at__gt=since)
    fresh = model.steps.filter(state=model.state, at__gt=since)
    return not recent.exists() and not fresh.exists()


def _judge(model: LearnedModel, live: Mapping[str, Live], now: datetime) -> ModelAudit:
    found = live[model.method](model, now) if model.method in live else NONE
    if isinstance(found, Intervals):
        return enter_audit(JOB, model, _of_intervals(model, found, now), live=True, now=now)
    people, events = len(found.happened), int(found.happened.sum())
    if not is_enough(people, events):
        report = _head(model, people, now) | TOO_FEW
        report["data"]["events"] = events
        return enter_audit(JOB, model, report, live=True, now=now)
    try:
        audit_people: Callable[..., ModelAudit] = import_string(AUDIT)
    except ImportError:
        raise Unavailable("Re-audits need requirements/audit.txt on the workers.") from None
    threshold = found.threshold or float(model.artefact["threshold"])
    told = People(found.happened, found.probability, threshold)
    digest = digest_of([found.probability.tolist(), found.happened.tolist()])
    about = {"name": DATA, "digest": digest, "people": people, "events": events}
    return audit_people(JOB, model, told, found.groups, about=about, live=True, now=now)


TOO_FEW: Final[dict[str, Any]] = {  # judges nobody and blocks nothing that runs; it is in sight
    **{"enough": False, "passed": False, "drifted": False, "blocking": [], "unclear": []},
    "insufficient": ["everyone: everyone"],
}


def _head(model: LearnedModel, people: int, now: datetime) -> dict[str, Any]:
    return {
        "model": {"method": model.method, "version": model.version, "digest": model.digest},
        "data": {"name": DATA, "people": people},
        "gate": fairness_gate.VERSION,
        "audited_at": now.isoformat(),
    }


def _of_intervals(model: LearnedModel, found: Intervals, now: datetime) -> dict[str, Any]:
    report = _head(model, len(np.unique(found.person)), now)
    report["data"]["outcomes"] = len(found.within)
    return report | judged_intervals(found)


def judged_intervals(found: Intervals) -> dict[str, Any]:
    """The band is judged as the gate's limits are: beyond it blocks, missed has drifted."""
    if not len(found.within):
        return TOO_FEW
    groups = coverage_of(found.person, found.within, found.groups)
    judged = [group for group in groups if group.state is not None]
    beyond = [group for group in judged if group.state != State.MET]
    missed = [group.name for group in beyond if group.state == State.MISSED]
    told: dict[str, Any] = plain(
        {
            "enough": bool(judged) and groups[0].state is not None,
            "passed": groups[0].state is not None and not beyond,
            "drifted": bool(missed),
            "blocking": [group.name for group in beyond],
            "unclear": [group.name for group in beyond if group.state != State.MISSED],
            "insufficient": [group.name for group in groups if group.state is None],
            "band": [interval_coverage.LEAST, interval_coverage.MOST],
            "coverage": groups,
        }
    )
    return told

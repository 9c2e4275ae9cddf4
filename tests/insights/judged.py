"""A model in the registry, and what the gate finds of simulated people."""

from datetime import datetime
from functools import cache
from typing import Any

import numpy as np

from backend.accounts.actors import job
from backend.insights import registry
from backend.insights.auditing import report_of
from backend.insights.cohorts import Cohort
from backend.insights.models import LearnedModel, ModelAudit
from backend.science.calibration import log_odds, logistic
from backend.science.fairness import Audit, audit
from backend.science.linear_risk import Level, LinearRisk, Number
from bench.gate import fair_people, flipped
from tests.people import NOW

PEOPLE = 12_000
MODEL = LinearRisk(
    intercept=-1.5,
    numbers=(Number("stays", 5.0, 1.0, 2.0, 0.4), Number("age", None, 60.0, 10.0, 0.3)),
    levels=(Level("insulin", "yes", 0.5, 0.2), Level("insulin", "no", 0.5, -0.2)),
    threshold=0.3,
)


def card(**changes: Any) -> dict[str, Any]:
    """A whole card of nothing much."""
    return {
        "title": "A model of the tests",
        "purpose": "It is there so that the gate has something to judge.",
        "not_for": "Not for anything outside the tests of this project.",
        "outcome": "Something happened or not.",
        "data": {
            **{"name": "Simulated", "source": "tests/insights/judged.py", "licence": "Apache-2.0"},
            **{"digest": "0" * 64, "period": "none", "people": 100, "events": 20, "left_out": {}},
        },
        "protocol": {
            **{"learner": "none", "split": "none", "calibration": "none", "threshold": "fixed"},
            **{"trained_on": 50, "held_out": 50},
        },
        "metrics": {"auroc": 0.7, "o_e": 1.0, "slope": 1.0, "ece": 0.01},
        "subgroups": ["sex", "town"],
        "limits": ["It is simulated through and through."],
        "tripod_ai": [
            {"item": n, "topic": f"Topic {n}", "answer": "Not done: simulated."}
            for n in range(1, 28)
        ],
    } | changes


def candidate(version: str = "1.0", *, method: str = "risk.tested") -> LearnedModel:
    return registry.register(
        job("test"), method=method, version=version, model=MODEL, card=card(), now=NOW
    )


@cache
def judged(*, unfair: bool = False, seed: int = 3) -> Audit:
    """What the gate found of them; told once, since many tests ask."""
    rng = np.random.default_rng(seed)
    people, groups = fair_people(rng, PEOPLE)
    if unfair:
        people = flipped(rng, people, groups["town"] == "a")
    return audit(people, groups, replicates=100)


def audited(model: LearnedModel, *, unfair: bool = False, now: datetime = NOW) -> ModelAudit:
    about = {"name": "simulated", "digest": "0" * 64, "people": PEOPLE}
    report = report_of(model, judged(unfair=unfair), about, now=now)
    return registry.enter_audit(job("test"), model, report, live=False, now=now)


def cohort_with_a_town_at_more_risk(people: int = 24_000, seed: int = 4) -> Cohort:
    """Two towns are as MODEL says; in a third its log-odds are 0.5 too low. Half are held out."""
    rng = np.random.default_rng(seed)
    columns = {
        "stays": rng.poisson(1.5, people).astype(float),
        "age": rng.normal(60, 25, people),
        "insulin": rng.choice(["yes", "no"], people),
    }
    groups = {"sex": rng.choice(["female", "male"], people), "town": rng.choice([*"abc"], people)}
    odds = log_odds(MODEL.probability(columns)) + 0.5 * (groups["town"] == "a")
    happened = rng.random(people) < logistic(odds)
    return Cohort(columns, happened, groups, np.arange(people) % 2 == 0, "0" * 64, {})

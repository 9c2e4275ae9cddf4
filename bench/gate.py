"""How often the fairness gate is right: models that are fair, and models with planted unfairness.

6,000 people in two sexes and three towns, crossed: eleven groups, the smallest with about 200
events. Unfair: 15 % of the outcomes of one town turned over. Below, the same by size of the audit.
"""

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backend.science.calibration import logistic
from backend.science.fairness import audit
from backend.science.subgroup_metrics import People
from bench.house import Running
from bench.results import Result

SIMULATIONS = 200
PEOPLE = 6000
SIZES = (3000, 20_000)  # beside it, for a tenth of the simulations
REPLICATES = 200


def measure(running: Running) -> list[Result]:
    """Shares of simulations that pass and that are blocked."""
    began = time.perf_counter()
    passed, blocked = power(PEOPLE, SIMULATIONS)
    each_ms = 1000 * (time.perf_counter() - began) / (2 * SIMULATIONS)
    detail = {"people": PEOPLE, "fair models passed, %": passed, "ms an audit": each_ms}
    found = [
        Result(
            "gate_power",
            blocked,
            "% of unfair models blocked",
            ">= 95 % blocked, >= 95 % of fair ones passed",
            runs=SIMULATIONS,
            detail=detail,
        )
    ]
    for people in SIZES:
        passed, blocked = power(people, SIMULATIONS // 10)
        found.append(
            Result(
                f"gate_power_{people}",
                blocked,
                "% of unfair models blocked",
                runs=SIMULATIONS // 10,
                detail={"fair models passed, %": passed},
            )
        )
    return found


def power(people: int, simulations: int) -> tuple[float, float]:
    """Percent of fair models passed, and of unfair ones blocked."""
    passed = blocked = 0
    for seed in range(simulations):
        rng = np.random.default_rng(seed)
        fair, groups = fair_people(rng, people)
        passed += audit(fair, groups, replicates=REPLICATES, seed=seed).passed
        worse = flipped(rng, fair, groups["town"] == "a")
        blocked += not audit(worse, groups, replicates=REPLICATES, seed=seed).passed
    return 100 * passed / simulations, 100 * blocked / simulations


def fair_people(
    rng: np.random.Generator, count: int = 6000
) -> tuple[People, dict[str, NDArray[np.str_]]]:
    """Whose outcomes follow their risks exactly, whatever their group."""
    risk = logistic(rng.normal(-1.6, 1.0, count))
    groups = {"sex": rng.choice(["female", "male"], count), "town": rng.choice([*"abc"], count)}
    return People(rng.random(count) < risk, risk, float(np.quantile(risk, 0.8))), groups


def flipped(
    rng: np.random.Generator, people: People, members: NDArray[np.bool_], share: float = 0.15
) -> People:
    """The outcome of this share of the members turned over."""
    wrong = members & (rng.random(len(people)) < share)
    return replace(people, happened=people.happened ^ wrong)

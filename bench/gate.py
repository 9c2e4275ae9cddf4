"""How often the fairness gate is right: models that are fair, models with planted unfairness.

Two sexes and three towns, crossed: eleven groups. Unfair: 15 % of the outcomes of one town turned
over. Whatever lies beyond a limit blocks, so that a fair model passes only an audit large enough:
beside the main size stand smaller ones, with how many of the blocks the report calls unclear. Last,
a model that is wrong for one town, and the same with the remedy that its report offers.
"""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.science.calibration import log_odds, logistic
from backend.science.fairness import Audit, audit
from backend.science.remedied_risk import remedied
from backend.science.remedies import recalibrations
from backend.science.subgroup_metrics import People
from bench.house import Running
from bench.results import Result

SIMULATIONS = 200
PEOPLE = 14_000
SIZES = (3000, 6000)  # beside it, for a tenth of the simulations
REPLICATES = 100
PROCESSES = 2
WRONG_BY = 0.5  # log-odds, of the town that the remedy is for

Labels = dict[str, NDArray[np.str_]]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Of many simulations: shares in percent, and the mean time of an audit."""

    passed: float
    unclear: float  # blocked, but no further out than chance
    blocked: float
    each_ms: float


def measure(running: Running) -> list[Result]:
    """Shares of simulations that pass and that are blocked."""
    fair, unfair = verdicts(fair_audit, PEOPLE), verdicts(flipped_audit, PEOPLE)
    found = [
        Result(
            "gate_power",
            unfair.blocked,
            "% of unfair models blocked",
            ">= 95 % blocked, >= 95 % of fair ones passed",
            runs=SIMULATIONS,
            detail={
                "people": PEOPLE,
                "fair models passed, %": fair.passed,
                "ms an audit": fair.each_ms,
            },
        )
    ]
    for people in SIZES:
        fewer = SIMULATIONS // 10
        fair, unfair = (verdicts(one, people, fewer) for one in (fair_audit, flipped_audit))
        found.append(
            Result(
                f"gate_power_{people}",
                unfair.blocked,
                "% of unfair models blocked",
                runs=fewer,
                detail={
                    "fair models passed, %": fair.passed,
                    "fair models blocked as unclear, %": fair.unclear,
                },
            )
        )
    return [*found, _remedied()]


def _remedied() -> Result:
    fewer = SIMULATIONS // 10
    plain, mended = verdicts(wrong_audit, PEOPLE, fewer), verdicts(mended_audit, PEOPLE, fewer)
    return Result(
        "gate_remedy",
        mended.passed,
        "% passed after recalibration by town",
        ">= 95 %",
        runs=fewer,
        detail={"blocked before, %": plain.blocked, "people": PEOPLE},
    )


def verdicts(
    one: Callable[[int, int], Audit], people: int, simulations: int = SIMULATIONS
) -> Verdicts:
    """Of so many simulations with so many people each, on both cores."""
    began = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        told = list(pool.map(_verdict, [(one, people, seed) for seed in range(simulations)]))
    each_ms = 1000 * (time.perf_counter() - began) * PROCESSES / simulations
    passed, unclear = (100 * sum(column) / simulations for column in zip(*told, strict=True))
    return Verdicts(passed, unclear, 100 - passed, each_ms)


def _verdict(asked: tuple[Callable[[int, int], Audit], int, int]) -> tuple[bool, bool]:
    one, people, seed = asked
    found = one(people, seed)
    return found.passed, bool(found.blocking) and found.unclear == found.blocking


def fair_audit(people: int, seed: int) -> Audit:
    """Of a model whose risks are true."""
    fair, groups = fair_people(np.random.default_rng(seed), people)
    return audit(fair, groups, replicates=REPLICATES, seed=seed)


def flipped_audit(people: int, seed: int) -> Audit:
    """Of the same with outcomes of one town turned over."""
    rng = np.random.default_rng(seed)
    fair, groups = fair_people(rng, people)
    worse = flipped(rng, fair, groups["town"] == "a")
    return audit(worse, groups, replicates=REPLICATES, seed=seed)


def wrong_audit(people: int, seed: int) -> Audit:
    """Of a model that tells one town too little."""
    told, groups = _wrong_people(np.random.default_rng(seed), people)
    return audit(told, groups, replicates=REPLICATES, seed=seed)


def mended_audit(people: int, seed: int) -> Audit:
    """Of the same, recalibrated by town on as many other people."""
    rng = np.random.default_rng(seed)
    told, groups = _wrong_people(rng, people)
    others, their_groups = _wrong_people(rng, people)
    remedies = recalibrations(others, their_groups["town"], "town")
    after = remedied(remedies, told.probability, float(np.mean(told.threshold)), groups)
    return audit(after.people(told.happened), groups, replicates=REPLICATES, seed=seed)


def _wrong_people(rng: np.random.Generator, count: int) -> tuple[People, Labels]:
    fair, groups = fair_people(rng, count)
    low = np.where(groups["town"] == "a", WRONG_BY, 0.0)
    return replace(fair, probability=logistic(log_odds(fair.probability) - low)), groups


def fair_people(rng: np.random.Generator, count: int = PEOPLE) -> tuple[People, Labels]:
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

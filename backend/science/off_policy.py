"""What another policy would have been worth, from decisions that this one drew.

Inverse propensity scoring (Horvitz & Thompson, 1952), self-normalised (Swaminathan & Joachims, NIPS
2015) and doubly robust (Dudik, Langford & Li, ICML 2011) with the reward model fitted on other
people (cross-fitting: Chernozhukov et al., Econom J 2018;21:C1). Intervals are by person.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.intervals import student_t_975
from backend.science.refusal import Refusal

VERSION: Final = "1"
Floats = NDArray[np.float64]
LEAST_PEOPLE: Final = 5
LEAST_EFFECTIVE: Final = 30.0
FOLDS: Final = 5
RIDGE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Value:
    """Mean reward a decision, with its interval."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Worth:
    """A candidate policy's value three ways, and how many decisions it really rests on."""

    ips: Value
    self_normalised: Value
    doubly_robust: Value
    effective_decisions: float
    decisions: int
    people: int
    largest_weight: float


def worth(
    person: NDArray[np.int64],
    reward: Floats,
    arm: NDArray[np.int64],
    logged: Floats,
    candidate: Floats,
    features: Floats,
) -> Worth | Refusal:
    """Value of a candidate policy.

    `logged` and `candidate` hold each arm's probability in each row's context (rows, arms); an arm
    that was not on offer has 0 in both. Refuses if too few people or decisions would carry it.
    """
    rows = np.arange(len(reward))
    people = len(np.unique(person))
    if people < LEAST_PEOPLE:
        return Refusal("too_few_people", float(people), float(LEAST_PEOPLE), "people")
    weight = candidate[rows, arm] / logged[rows, arm]
    effective = effective_size(weight)
    if effective < LEAST_EFFECTIVE or np.any((candidate > 0) & (logged <= 0)):
        return Refusal("too_few_decisions", effective, LEAST_EFFECTIVE, "decisions")
    model = predicted(person, reward, arm, features, arms=logged.shape[1])
    robust = (candidate * model).sum(axis=1) + weight * (reward - model[rows, arm])
    normal = float((weight * reward).sum() / weight.sum())
    return Worth(
        ips=_by_person(person, weight * reward),
        self_normalised=_by_person(
            person, weight * (reward - normal) / float(weight.mean()), around=normal
        ),
        doubly_robust=_by_person(person, robust),
        effective_decisions=effective,
        decisions=len(reward),
        people=people,
        largest_weight=float(weight.max()),
    )


def effective_size(weight: Floats) -> float:
    """Kish's effective sample size: (sum w)^2 / sum w^2."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def predicted(
    person: NDArray[np.int64],
    reward: Floats,
    arm: NDArray[np.int64],
    features: Floats,
    *,
    arms: int,
) -> Floats:
    """Each arm's reward in each row's context (rows, arms), from other people's decisions only."""
    who, index = np.unique(person, return_inverse=True)
    folds = min(FOLDS, len(who))
    fold = index % folds
    found = np.empty((len(reward), arms))
    for n in range(folds):
        held, others = fold == n, fold != n
        mean = float(reward[others].mean())
        for one in range(arms):
            mine = others & (arm == one)
            x = features[mine]
            left = x.T @ x + RIDGE * np.eye(x.shape[1])
            found[held, one] = mean + features[held] @ np.linalg.solve(
                left, x.T @ (reward[mine] - mean)
            )
    return found


def _by_person(person: NDArray[np.int64], scores: Floats, *, around: float = 0.0) -> Value:
    """Mean of the scores; people, not decisions, are what was drawn independently."""
    _, index = np.unique(person, return_inverse=True)
    count = int(index.max()) + 1
    mean = float(scores.mean())
    totals = np.bincount(index, scores - mean, minlength=count)
    spread = math.sqrt(count / (count - 1) * float(totals @ totals)) / len(scores)
    half = student_t_975(count - 1) * spread
    return Value(around + mean, around + mean - half, around + mean + half)

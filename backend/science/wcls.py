"""The effect of a randomised nudge by weighted and centred least squares (WCLS).

Boruvka, Almirall, Witkiewitz & Murphy, J Am Stat Assoc 2018;113:1112: the causal excursion effect
of speaking, whatever else moves the outcome. The sandwich is by person, with Mancl & DeRouen's
correction for few people (Biometrics 2001;57:126) and Student's t.
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
LEAST_OF_EACH: Final = 20  # decisions that spoke, and that did not


@dataclass(frozen=True, slots=True)
class Effects:
    """Each moderator's coefficient with its interval; the first one is usually the constant."""

    estimate: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    covariance: Floats
    people: int
    decisions: int
    freedom: int

    def along(self, moderators: Floats) -> tuple[float, float, float]:
        """Effect where the moderators have these values, with its interval."""
        middle = float(moderators @ np.array(self.estimate))
        spread = math.sqrt(max(0.0, float(moderators @ self.covariance @ moderators)))
        half = student_t_975(self.freedom) * spread
        return middle, middle - half, middle + half


def wcls(
    person: NDArray[np.int64],
    outcome: Floats,
    spoke: NDArray[np.bool_],
    probability: Floats,
    *,
    moderators: Floats,
    controls: Floats,
) -> Effects | Refusal:
    """Effects of speaking. One row a decision at which the person was available, two arms.

    `probability` is that of speaking, strictly between 0 and 1. `controls` need not be right: they
    only make the interval narrower.
    """
    who, index = np.unique(person, return_inverse=True)
    freedom = len(who) - moderators.shape[1] - controls.shape[1]
    if len(who) < LEAST_PEOPLE or freedom < 1:
        need = max(LEAST_PEOPLE, moderators.shape[1] + controls.shape[1] + 1)
        return Refusal("too_few_people", float(len(who)), float(need), "people")
    fewest = min(int(spoke.sum()), int((~spoke).sum()))
    if fewest < LEAST_OF_EACH:
        return Refusal("too_few_decisions", float(fewest), float(LEAST_OF_EACH), "decisions")
    share = float(probability.mean())
    weight = np.where(spoke, share / probability, (1 - share) / (1 - probability))
    design = np.hstack([(spoke - share)[:, None] * moderators, controls])
    bread = np.linalg.pinv(design.T @ (weight[:, None] * design))
    solved = bread @ (design.T @ (weight * outcome))
    meat = _meat(design, weight, outcome - design @ solved, index, bread)
    keep = moderators.shape[1]
    covariance = (bread @ meat @ bread)[:keep, :keep]
    half = student_t_975(freedom) * np.sqrt(np.maximum(0.0, np.diag(covariance)))
    estimate = solved[:keep]
    return Effects(
        tuple(estimate.tolist()),
        tuple((estimate - half).tolist()),
        tuple((estimate + half).tolist()),
        covariance,
        len(who),
        len(outcome),
        freedom,
    )


def _meat(
    design: Floats, weight: Floats, residual: Floats, index: NDArray[np.int64], bread: Floats
) -> Floats:
    """Sum over people of what they pull, their residuals corrected for having pulled the fit."""
    width = design.shape[1]
    meat = np.zeros((width, width))
    order = np.argsort(index, kind="stable")
    ends = np.flatnonzero(np.diff(index[order])) + 1
    for rows in np.split(order, ends):
        mine, weighted = design[rows], design[rows] * weight[rows, None]
        # (I - D bread D'W)^-1 r by Woodbury: a matrix of features, not of decisions.
        inner = np.linalg.pinv(np.eye(width) - bread @ (weighted.T @ mine))
        right = residual[rows] + mine @ (inner @ (bread @ (weighted.T @ residual[rows])))
        pull = weighted.T @ right
        meat += np.outer(pull, pull)
    return meat

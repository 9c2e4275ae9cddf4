"""A risk after remedies: what is done for members of a group, in the order in which it was decided.

A remedy is numbers beside the model's own, never another fit: an intercept and slope over the
log-odds, a threshold, or no risk at all. Each is said of one group by the label that audits use, of
an attribute ("age") or of attributes crossed ("race × age").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.calibration import Flags, Floats, log_odds, logistic
from backend.science.subgroup_metrics import People

VERSION: Final = "1.0"
CROSSED: Final = " × "

Labels = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Remedy:
    """For one group; a threshold of None leaves the one that stands."""

    of: str
    label: str
    intercept: float = 0.0
    slope: float = 1.0
    threshold: float | None = None
    withheld: bool = False

    @property
    def name(self) -> str:
        """As reports name the group."""
        return f"{self.of}: {self.label}"

    @property
    def attributes(self) -> tuple[str, ...]:
        """What must be known of a person to tell whether she is a member."""
        return tuple(self.of.split(CROSSED))


@dataclass(frozen=True, slots=True)
class Remedied:
    """Of each person the risk, the threshold it alerts at, and whether it is told at all."""

    probability: Floats
    threshold: float | Floats
    told: Flags

    def people(self, happened: Flags) -> People:
        """Those who are told a risk, as a gate judges them."""
        return People(happened, self.probability, self.threshold).of(self.told)


def remedied(
    remedies: Sequence[Remedy],
    probability: Floats,
    threshold: float,
    groups: Mapping[str, Labels],
) -> Remedied:
    """The model's risks with its remedies laid over them, one after the other."""
    if not remedies:
        return Remedied(probability, threshold, np.ones(len(probability), bool))
    odds, moved = log_odds(probability), np.zeros(len(probability), bool)
    told = np.ones(len(probability), bool)
    thresholds = np.full(len(probability), threshold)
    for remedy in remedies:
        mine = labels_of(groups, remedy.of) == remedy.label
        if (remedy.intercept, remedy.slope) != (0.0, 1.0):
            odds = np.where(mine, remedy.intercept + remedy.slope * odds, odds)
            moved |= mine
        if remedy.threshold is not None:
            thresholds[mine] = remedy.threshold
        if remedy.withheld:
            told &= ~mine
    return Remedied(np.where(moved, logistic(odds), probability), thresholds, told)


def labels_of(groups: Mapping[str, Labels], of: str) -> Labels:
    """Each person's label of an attribute, or of attributes crossed."""
    first, *others = of.split(CROSSED)
    labels = groups[first]
    for name in others:
        labels = np.char.add(np.char.add(labels, CROSSED), groups[name])
    return labels

"""Do 90 % intervals hold nine of ten outcomes, for each group of people?

People are resampled whole: errors of one person come together. A group lies in the band, 87 to
92 %, or not; it is missed if its interval, at a level shared out among all groups (Bonferroni),
lies wholly outside. Below 20 people, or 200 outcomes, nothing is judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.fairness_gate import FAMILY_ERROR, State
from backend.science.remedied_risk import Labels

VERSION: Final = "1.0"
LEAST, MOST = 0.87, 0.92
LEAST_PEOPLE: Final = 20
LEAST_OUTCOMES: Final = 200
REPLICATES: Final = 2000
SEED: Final = 5


@dataclass(frozen=True, slots=True)
class Coverage:
    """One group: the share that lay within, and where it surely is; no state if too small."""

    of: str
    label: str
    people: int
    outcomes: int
    coverage: float
    lower: float
    upper: float
    state: State | None

    @property
    def name(self) -> str:
        """As reports name the group."""
        return f"{self.of}: {self.label}"


def coverage_of(
    person: NDArray[np.int64], within: NDArray[np.bool_], groups: Mapping[str, Labels]
) -> list[Coverage]:
    """Everyone first; `person` numbers who each outcome is of, `groups` has a label for each."""
    everyone = {"everyone": np.full(len(person), "everyone")}
    parts = [
        (of, str(label), labels == label)
        for of, labels in {**everyone, **groups}.items()
        for label in np.unique(labels)
    ]
    rng = np.random.default_rng(SEED)
    tail = FAMILY_ERROR / max(1, len(parts)) / 2
    return [_part(of, label, person[mine], within[mine], tail, rng) for of, label, mine in parts]


def _part(
    of: str,
    label: str,
    person: NDArray[np.int64],
    within: NDArray[np.bool_],
    tail: float,
    rng: np.random.Generator,
) -> Coverage:
    _, where = np.unique(person, return_inverse=True)
    held, told = np.bincount(where, weights=within), np.bincount(where)
    drawn = rng.integers(0, len(told), (REPLICATES, len(told)))
    shares = held[drawn].sum(axis=1) / told[drawn].sum(axis=1)
    lower, upper = (float(edge) for edge in np.quantile(shares, [tail, 1 - tail]))
    enough = len(told) >= LEAST_PEOPLE and len(within) >= LEAST_OUTCOMES
    share = float(within.mean())
    state = _state(share, lower, upper) if enough else None
    return Coverage(of, label, len(told), len(within), share, lower, upper, state)


def _state(share: float, lower: float, upper: float) -> State:
    if LEAST <= share <= MOST:
        return State.MET
    return State.MISSED if upper < LEAST or lower > MOST else State.UNCLEAR

"""Do risks mean what they say? Calibration in the large, slope, expected calibration error.

Van Calster et al., BMC Medicine 2019;17:230. O/E is events observed over events expected; the
slope is that of a logistic regression of what happened on the log-odds of the risk: below 1 the
risks are too extreme, above 1 too timid. ECE is the mean distance between risk and outcome over
bins of equally many people (Naeini et al., AAAI 2015); it is above 0 by chance alone, the more so
the fewer people.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final = "1.0"
BINS: Final = 10
LEAST_RISK: Final = 1e-9  # log-odds of 0 and 1 are infinite
STEPS: Final = 50

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bin:
    """People of like risk: their mean risk, and the share to whom it happened, 95 % by Wilson."""

    people: int
    expected: float
    observed: float
    lower: float
    upper: float


def log_odds(probability: Floats) -> Floats:
    """Of risks, those of exactly 0 and 1 moved by a hair."""
    kept = np.clip(probability, LEAST_RISK, 1 - LEAST_RISK)
    return np.log(kept / (1 - kept))


def logistic(odds: Floats) -> Floats:
    """Risks of log-odds."""
    found: Floats = 1 / (1 + np.exp(-odds))
    return found


def observed_over_expected(happened: Flags, probability: Floats) -> float:
    """NaN where nothing was expected."""
    expected = float(probability.sum())
    return float(happened.sum()) / expected if expected > 0 else float("nan")


def recalibration(happened: Flags, probability: Floats) -> tuple[float, float]:
    """Intercept and slope of the logistic regression on the log-odds, by Newton's method.

    NaN where there is none: one class, one risk, or classes that a line parts.
    """
    x = log_odds(probability)
    nothing = (float("nan"), float("nan"))
    if happened.all() or not happened.any() or np.ptp(x) < 1e-9:
        return nothing
    found = np.array([0.0, 1.0])
    for _ in range(STEPS):
        score, information = likelihood(happened, x, found)
        determinant = information[0] * information[2] - information[1] ** 2
        if not determinant > 1e-12:
            return nothing
        step = solved(score, information, determinant)
        found = found + np.clip(step, -2, 2)  # a long step overshoots into flat ground
        if np.abs(step).max() < 1e-10:
            return float(found[0]), float(found[1])
    return nothing


def likelihood(happened: Flags, x: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Score (2) and information (3: constant, mixed, slope) at an intercept and slope."""
    terms = likelihood_terms(happened, x, at).sum(axis=0)
    return terms[:2], terms[2:]


def likelihood_terms(happened: Flags, x: Floats, at: Floats) -> Floats:
    """What each person adds to score and information: a row of five."""
    p = logistic(at[0] + at[1] * x)
    off, weight = happened - p, p * (1 - p)
    return np.stack([off, off * x, weight, weight * x, weight * x * x], axis=1)


def solved(score: Floats, information: Floats, determinant: Floats | float) -> Floats:
    """The step that two equations ask for; also for many of them, along the last axis."""
    constant, mixed, slope = information
    return (
        np.array(
            [slope * score[0] - mixed * score[1], constant * score[1] - mixed * score[0]],
        )
        / determinant
    )


def bin_of(probability: Floats, bins: int = BINS) -> NDArray[np.int64]:
    """Each person's bin, of equally many people; equal risks share one."""
    edges = np.quantile(probability, np.arange(1, bins) / bins)
    return np.searchsorted(edges, probability, side="left")


def expected_calibration_error(happened: Flags, probability: Floats) -> float:
    """Weighted by people."""
    where = bin_of(probability)
    off = np.bincount(where, happened - probability, minlength=BINS)
    return float(np.abs(off).sum() / len(probability))


def reliability(happened: Flags, probability: Floats, bins: int = BINS) -> list[Bin]:
    """The points of a calibration plot."""
    where = bin_of(probability, bins)
    found = []
    for number in np.unique(where):
        mine = where == number
        people, events = int(mine.sum()), int(happened[mine].sum())
        lower, upper = wilson(events, people)
        expected = float(probability[mine].mean())
        found.append(Bin(people, expected, events / people, lower, upper))
    return found


def wilson(events: int, people: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share."""
    share, extra = events / people, z * z / people
    middle = (share + extra / 2) / (1 + extra)
    half = z / (1 + extra) * float(np.sqrt(share * (1 - share) / people + extra / (4 * people)))
    return middle - half, middle + half

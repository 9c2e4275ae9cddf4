"""The risk that less than 80 % of a medicine's doses will be taken in the next thirty days.

A logistic model of the log-odds of taking in the last 30 days, in the 60 before and in the last
week, and of a long time without: Franklin et al. (2015) found that the first months' own adherence
foretells the next ones better than anything known at the start (C 0.83 against 0.61).

The coefficients that come with the project were fitted on simulated people (takers.py in tests:
habits that drift, weeks of a bad run, ends without a word, answers that are missing), not on
patients: no open data set has dose-by-dose records. What it is worth in real people is not known;
`fit` is here so that a team can refit it on its own, and the finding says so in its purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.science.adherence import NOT_TAKEN, TAKEN, UNANSWERED
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
FORM: Final = "adherence-risk/1"
RECENT_DAYS: Final = 30
EARLIER_DAYS: Final = 60
WEEK: Final = 7
LEAST_DUE_DAYS: Final = 45
MOST_UNANSWERED_PERCENT: Final = 30.0
LONG_WITHOUT_DAYS: Final = 9
BEND: Final = 1.5  # above it, more of the same tells less
Coefficients = tuple[float, ...]
COEFFICIENTS: Final[Coefficients] = (
    2.9669,
    -1.1826,
    -1.0443,
    -0.2575,
    1.4972,
    0.9012,
    0.7718,
)  # of 20,000 simulated people

LEAST_PERCENT, MOST_PERCENT = 1.0, 99.0  # nothing about people is more certain than that

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Risk:
    """Percent; from `lower` if all doses without an answer were taken to `upper` if none was."""

    percent: float
    lower: float
    upper: float
    due_days: int
    unanswered_percent: float


def numbers() -> dict[str, Any]:
    """The model that comes with the project, as it is stored."""
    return {"form": FORM, "coefficients": list(COEFFICIENTS)}


def coefficients_of(stored: Mapping[str, Any]) -> Coefficients:
    """Those of a stored model; ValueError where it is of another form."""
    found = tuple(float(one) for one in stored.get("coefficients", ()))
    if stored.get("form") != FORM or len(found) != len(COEFFICIENTS):
        raise ValueError(f"not of the form {FORM}")
    return found


def adherence_risk(
    day: NDArray[np.int64],
    outcome: NDArray[np.int64],
    *,
    today: int,
    coefficients: Coefficients = COEFFICIENTS,
) -> Risk | Refusal:
    """Of one medicine's due doses in order, as known before `today`."""
    window = (day >= today - RECENT_DAYS - EARLIER_DAYS) & (day < today)
    day, outcome = day[window], outcome[window]
    due_days = len(np.unique(day))
    if due_days < LEAST_DUE_DAYS:
        return Refusal("too_short_for_outlook", due_days, LEAST_DUE_DAYS, "days")
    silent = 100 * float((outcome == UNANSWERED).mean())
    if silent > MOST_UNANSWERED_PERCENT:
        have, need = round(100 - silent, 1), 100 - MOST_UNANSWERED_PERCENT
        return Refusal("too_few_answers", have, need, "%")
    best = np.where(outcome == UNANSWERED, TAKEN, outcome)
    worst = np.where(outcome == UNANSWERED, NOT_TAKEN, outcome)
    told = [_percent(day, each, today, coefficients) for each in (best, worst)]
    known = outcome != UNANSWERED
    middle = _percent(day[known], outcome[known], today, coefficients)
    # The answered doses alone are the likeliest guess at the others, within what these may be.
    return Risk(min(max(middle, told[0]), told[1]), told[0], told[1], due_days, silent)


def _percent(
    day: NDArray[np.int64],
    outcome: NDArray[np.int64],
    today: int,
    coefficients: Coefficients,
) -> float:
    found = 100 * probability(features(day, outcome, today=today), coefficients)
    return min(max(found, LEAST_PERCENT), MOST_PERCENT)


def features(day: NDArray[np.int64], outcome: NDArray[np.int64], *, today: int) -> Floats:
    """The numbers that the model looks at, a one first; by days, however many doses each has."""
    days, where = np.unique(day, return_inverse=True)
    share = np.bincount(where, outcome == TAKEN) / np.bincount(where)
    recent = days >= today - RECENT_DAYS
    with_one = days[share > 0]
    last = int(with_one[-1]) if len(with_one) else today - RECENT_DAYS - EARLIER_DAYS
    now, before = _log_odds(share[recent]), _log_odds(share[~recent])
    return np.array(
        [
            1.0,
            now,
            before,
            _log_odds(share[days >= today - WEEK]),
            float(today - 1 - last >= LONG_WITHOUT_DAYS),
            max(0.0, now - BEND),
            max(0.0, before - BEND),
        ]
    )


def _log_odds(share: Floats) -> float:
    good = float(share.sum())
    return float(np.log((good + 0.5) / (len(share) - good + 0.5)))


def probability(known: Floats, coefficients: Coefficients = COEFFICIENTS) -> float:
    """The logistic function of their weighted sum."""
    return float(1 / (1 + np.exp(-(known @ np.array(coefficients)))))


def fit(known: Floats, happened: NDArray[np.bool_], *, ridge: float = 1e-3) -> Floats:
    """Coefficients by Newton's method on the ridge-penalised likelihood, a row of `known` each."""
    found = np.zeros(known.shape[1])
    penalty = ridge * len(known) * np.eye(known.shape[1]) / 100
    penalty[0, 0] = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-(known @ found)))
        gradient = known.T @ (happened - p) - penalty @ found
        hessian = (known * (p * (1 - p))[:, None]).T @ known + penalty
        step = np.linalg.solve(hessian, gradient)
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    return found

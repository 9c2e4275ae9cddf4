"""What could be done for a group that the gate blocks: three remedies, and what each would give.

- recalibration: the group's own intercept and slope, fitted on one half and judged on the other;
- threshold: where the group's true positive rate would be that of everybody else, and what that
  costs in alerts. Equal calibration and equal rates cannot both be had where prevalence differs
  (Kleinberg et al. 2016; Chouldechova 2017): which to give up is a policy, not a computation;
- abstention: no risk for the group, and how many people then have none.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.calibration import (
    log_odds,
    logistic,
    observed_over_expected,
    recalibration,
)
from backend.science.subgroup_metrics import Floats, People, metrics_of

VERSION: Final = "1.0"


@dataclass(frozen=True, slots=True)
class Remedies:
    """Of one group; numbers are NaN where there are none."""

    recalibrated_o_e: float
    recalibrated_slope: float
    threshold: float
    tpr_then: float
    alert_rate_then: float
    ppv_then: float
    without_people: int
    without_events: int


def remedies(people: People, rest: People) -> Remedies:
    """For a group, beside everybody else."""
    again = recalibrated(people)
    threshold = equal_tpr_threshold(people, metrics_of(rest)["tpr"])
    then = metrics_of(People(people.happened, people.probability, threshold))
    return Remedies(
        recalibrated_o_e=observed_over_expected(people.happened, again),
        recalibrated_slope=recalibration(people.happened, again)[1],
        threshold=threshold,
        tpr_then=then["tpr"],
        alert_rate_then=then["alert_rate"],
        ppv_then=then["ppv"],
        without_people=len(people),
        without_events=int(people.happened.sum()),
    )


def recalibrated(people: People) -> Floats:
    """Risks by an intercept and slope of the other half of the group; halves keep the events."""
    half = _halves(people.happened)
    found = np.full(len(people), np.nan)
    for mine in (half, ~half):
        intercept, slope = recalibration(people.happened[~mine], people.probability[~mine])
        found[mine] = logistic(intercept + slope * log_odds(people.probability[mine]))
    return found


def _halves(happened: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Every other event and every other non-event."""
    half = np.zeros(len(happened), bool)
    for side in (happened, ~happened):
        half[np.flatnonzero(side)[::2]] = True
    return half


def equal_tpr_threshold(people: People, tpr: float) -> float:
    """The highest threshold that finds at least this share of the group's events."""
    events = np.sort(people.probability[people.happened])[::-1]
    if not len(events) or not 0 <= tpr <= 1:
        return float("nan")
    wanted = max(1, int(np.ceil(round(tpr * len(events), 9))))
    return float(events[wanted - 1])

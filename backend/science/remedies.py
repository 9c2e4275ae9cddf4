"""What can be done for a group that the gate blocks: three remedies, and what each would give.

- recalibration: the group's own intercept and slope;
- threshold: where each group's true positive rate is the same, with as many alerts in all. Equal
  calibration and equal rates cannot both be had where prevalence differs (Kleinberg et al. 2016;
  Chouldechova 2017): which to give up is a policy, not a computation;
- abstention: no risk for the group, and how many people then have none.

Beside a group stands what each would give: recalibration there is fitted on one half and judged on
the other. What is applied is fitted on the people in training, whom no gate judges by.
"""

from collections.abc import Iterator
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
from backend.science.fairness_gate import is_enough
from backend.science.remedied_risk import Labels, Remedy
from backend.science.subgroup_metrics import Floats, People, metrics_of

VERSION: Final = "1.1"
HALVINGS: Final = 25  # of the rate that is looked for


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


def recalibrations(people: People, labels: Labels, of: str) -> list[Remedy]:
    """An intercept and slope for each group that has the events to fit them."""
    found = []
    for label, members in _groups(people, labels):
        mine = people.of(members)
        intercept, slope = recalibration(mine.happened, mine.probability)
        if np.isfinite((intercept, slope)).all():
            found.append(Remedy(of, label, intercept=intercept, slope=slope))
    return found


def thresholds(people: People, labels: Labels, of: str) -> list[Remedy]:
    """One for each group, so that all find the same share and alert as often in all as now."""
    groups = [(label, people.of(members)) for label, members in _groups(people, labels)]
    wanted = sum(int(mine.alerted.sum()) for _, mine in groups)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        rate = (low + high) / 2
        cuts = [equal_tpr_threshold(mine, rate) for _, mine in groups]
        alerts = sum(
            int((mine.probability >= cut).sum())
            for cut, (_, mine) in zip(cuts, groups, strict=True)
        )
        low, high = (rate, high) if alerts < wanted else (low, rate)
    cuts = [equal_tpr_threshold(mine, low) for _, mine in groups]
    return [Remedy(of, label, threshold=cut) for cut, (label, _) in zip(cuts, groups, strict=True)]


def _groups(people: People, labels: Labels) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Those with enough people to fit anything to."""
    for label in np.unique(labels):
        members = labels == label
        if is_enough(int(members.sum()), int(people.happened[members].sum())):
            yield str(label), members

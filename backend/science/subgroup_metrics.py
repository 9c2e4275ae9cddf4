"""What an audit counts of a group, and how sure each number is.

Rates stand at the threshold in use: a risk at or above it is an alert; a policy may give groups
thresholds of their own. Net benefit is that of
decision curves (Vickers & Elkin, Med Decis Making 2006;26:565): a false alert costs the odds of the
threshold. Intervals are of a bootstrap in which groups keep their sizes. A replicate costs one
row of a matrix product: area and slope move by their influence (placements; one Newton step), which
agrees with fitting anew to the order of one over the people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science import calibration
from backend.science.calibration import BINS, bin_of, log_odds, recalibration
from backend.science.discrimination import auroc, placements

VERSION: Final = "1.0"

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class People:
    """Whom a model is judged on: what happened, the risk it gave, and where it alerts."""

    happened: Flags
    probability: Floats
    threshold: float | Floats  # one for all, or each person's

    @property
    def alerted(self) -> Flags:
        """Whose risk is at or above the threshold."""
        return self.probability >= self.threshold

    def of(self, members: Flags | NDArray[np.int64]) -> "People":
        """Some of them, by flags or by rows."""
        threshold = self.threshold
        mine = threshold[members] if isinstance(threshold, np.ndarray) else threshold
        return People(self.happened[members], self.probability[members], mine)

    @property
    def cost(self) -> Floats:
        """Of each person what a false alert costs in true ones; 0 of whom none was raised for."""
        odds = self.threshold / (1 - self.threshold)
        return np.where(self.alerted & ~self.happened, odds, 0.0)

    def __len__(self) -> int:
        return len(self.happened)


def metrics_of(people: People) -> dict[str, float]:
    """Each number of a group by its name; NaN where it has none."""
    y, p, alerted = people.happened, people.probability, people.alerted
    n, events, alerts, hits = (
        float(each) for each in (len(y), y.sum(), alerted.sum(), (alerted & y).sum())
    )
    return {
        "people": n,
        "events": events,
        "prevalence": share(events, n),
        "auroc": auroc(y, p),
        "o_e": calibration.observed_over_expected(y, p),
        "slope": recalibration(y, p)[1],
        "ece": calibration.expected_calibration_error(y, p),
        "tpr": share(hits, events),
        "fpr": share(alerts - hits, n - events),
        "ppv": share(hits, alerts),
        "net_benefit": share(hits - float(people.cost.sum()), n),
        "alert_rate": share(alerts, n),
    }


def share(part: float, whole: float) -> float:
    """NaN of nothing."""
    return part / whole if whole else float("nan")


AT_ONCE: Final = 50  # replicates in memory
COUNTED: Final = 5  # columns: happened, expected, alerted, both, the cost of false alerts
LIKELIHOOD: Final = slice(7, 12)  # after two of placements
FIRST_BIN: Final = 12


@dataclass(frozen=True, slots=True)
class Replicates:
    """Numbers of a group in each replicate; and those of everybody else that groups are set by."""

    group: Mapping[str, Floats]
    rest: Mapping[str, Floats]


def bootstrap(
    people: People, group: NDArray[np.int64], *, replicates: int, rng: np.random.Generator
) -> list[Replicates]:
    """Of each group, numbered from 0: resampled within groups, all of them together."""
    people, group = people.of(np.lexsort((people.probability, group))), np.sort(group)
    ends = np.searchsorted(group, np.arange(int(group.max()) + 2))
    cuts = [slice(low, high) for low, high in zip(ends, ends[1:], strict=False)]
    columns = [influence_columns(people.of(np.arange(cut.start, cut.stop))) for cut in cuts]
    others = [group != n for n in range(len(cuts))]
    placed = np.concatenate([_placements_of(people, rest) for rest in others], axis=1)
    own: list[list[Floats]] = [[] for _ in cuts]
    rests: list[Floats] = []
    for _ in range(0, replicates, AT_ONCE):
        drawn = [_counts(cut.stop - cut.start, rng) for cut in cuts]
        for sums, times, mine in zip(own, drawn, columns, strict=True):
            sums.append(times @ mine)
        rests.append(np.concatenate(drawn, axis=1) @ placed)
    each = [np.concatenate(sums)[:replicates] for sums in own]
    total, ranks = sum(each), np.concatenate(rests)[:replicates]
    return [
        Replicates(
            _metrics(people.of(group == n), each[n]),
            _rest(
                people.of(others[n]), (total - each[n])[:, :COUNTED], ranks[:, 2 * n : 2 * n + 2]
            ),
        )
        for n in range(len(cuts))
    ]


def _counts(people: int, rng: np.random.Generator) -> Floats:
    """How often each is drawn, a replicate a row."""
    drawn = rng.integers(0, people, (AT_ONCE, people))
    drawn += people * np.arange(AT_ONCE)[:, None]
    counted = np.bincount(drawn.ravel(), minlength=people * AT_ONCE)
    return counted.reshape(AT_ONCE, people).astype(np.float64)


def influence_columns(people: People) -> Floats:
    """A row each, whose sums over drawn people tell every number of the group."""
    y, p = people.happened, people.probability
    rows = np.zeros((len(people), FIRST_BIN + BINS))
    counted = [y, p, people.alerted, y & people.alerted, people.cost]
    rows[:, :COUNTED] = np.stack(counted, axis=1)
    rows[:, COUNTED : COUNTED + 2] = _placements_of(people, np.ones(len(people), bool))
    at = np.array(recalibration(y, p))
    if np.isfinite(at).all():
        rows[:, LIKELIHOOD] = calibration.likelihood_terms(y, log_odds(p), at)
    rows[np.arange(len(people)), FIRST_BIN + bin_of(p)] = y - p
    return rows


def _placements_of(people: People, members: Flags) -> Floats:
    """Of events and of non-events among the members, zero for all others."""
    found = np.zeros((len(people), 2))
    y = people.happened
    if (y & members).any() and (~y & members).any():
        found[members, 0] = placements(y[members], people.probability[members])
        found[:, 1] = found[:, 0] * ~y
        found[:, 0] *= y
    return found


def _rest(people: People, counts: Floats, ranks: Floats) -> dict[str, Floats]:
    n = len(people)
    events, _, alerts, hits, _ = counts.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "auroc": _area(people, ranks, events),
            "tpr": hits / events,
            "fpr": (alerts - hits) / (n - events),
            "alert_rate": alerts / n if n else np.full(len(counts), np.nan),
        }


def _area(people: People, ranks: Floats, events: Floats) -> Floats:
    """Moved from the area that was measured by both classes' placements."""
    measured = auroc(people.happened, people.probability)
    found: Floats = ranks[:, 0] / events + ranks[:, 1] / (len(people) - events) - measured
    return found


def _metrics(people: People, sums: Floats) -> dict[str, Floats]:
    """From a row of sums each."""
    n = len(people)
    events, expected, alerts, hits, cost = sums[:, :COUNTED].T
    with np.errstate(divide="ignore", invalid="ignore"):
        return _rest(people, sums[:, :COUNTED], sums[:, COUNTED : COUNTED + 2]) | {
            "prevalence": events / n,
            "o_e": events / expected,
            "slope": _slope(people, sums[:, LIKELIHOOD].T),
            "ece": np.abs(sums[:, FIRST_BIN:]).sum(axis=1) / n,
            "ppv": hits / alerts,
            "net_benefit": (hits - cost) / n,
        }


def _slope(people: People, sums: Floats) -> Floats:
    """One Newton step from the slope that was measured."""
    measured = recalibration(people.happened, people.probability)[1]
    determinant = sums[2] * sums[4] - sums[3] ** 2
    found: Floats = measured + calibration.solved(sums[:2], sums[2:], determinant)[1]
    return found

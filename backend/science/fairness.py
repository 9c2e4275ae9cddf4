"""The fairness audit: every number of every declared group and crossing of groups, and the verdict.

Fairlearn's MetricFrame cuts the groups; bootstrap and limits are ours. What is compared with "the
rest" is compared with everybody outside the group: against all, a large group would be compared
with itself. The ratio of alert rates is reported and never judged: outside US employment law the
four-fifths rule has no validity (fairlearn's user guide). This module is for training and audits
alone: fairlearn brings pandas and scikit-learn, which no web process should hold.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from fairlearn.metrics import MetricFrame
from numpy.typing import NDArray

from backend.science import fairness_gate
from backend.science.calibration import Bin, reliability
from backend.science.fairness_gate import Measured, Numbers, Verdict, is_enough, judge
from backend.science.remedied_risk import CROSSED, Labels, labels_of
from backend.science.remedies import Remedies, remedies
from backend.science.subgroup_metrics import (
    Floats,
    People,
    Replicates,
    bootstrap,
    metrics_of,
)

VERSION: Final = f"1.1/gate-{fairness_gate.VERSION}"
REPLICATES: Final = 400
SEED: Final = 5
BLOCK: Final = 250  # people
COUNTS: Final = ("people", "events")  # known, not estimated
COMPARED: Final = (("auroc_drop", "auroc"), ("tpr_gap", "tpr"))  # limits and what they compare


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval; None where there is none."""

    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """One group: `of` names the attribute or attributes, `label` the group."""

    of: str
    label: str
    people: int
    events: int
    metrics: Mapping[str, Estimate]
    gaps: Mapping[str, Estimate]  # the rest's minus the group's; of alert_ratio the ratio
    verdict: Verdict
    curve: tuple[Bin, ...]
    remedies: Remedies | None  # of a group that was judged and is beyond a limit

    @property
    def attributes(self) -> tuple[str, ...]:
        """What it is a group of: one attribute, or two crossed."""
        return tuple(self.of.split(CROSSED))


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole: everyone, then the groups, attribute by attribute, then crossings of two."""

    version: str
    thresholds: tuple[float, ...]  # one, or as many as a policy has
    replicates: int
    everyone: Group
    groups: tuple[Group, ...]

    @property
    def passed(self) -> bool:
        """Whether no group blocks, and somebody could be judged at all."""
        return self.everyone.verdict.enough and not self.blocking

    @property
    def blocking(self) -> tuple[Group, ...]:
        """Groups beyond a limit; everyone is one of them."""
        return tuple(group for group in (self.everyone, *self.groups) if group.verdict.blocks)

    @property
    def insufficient(self) -> tuple[Group, ...]:
        """Groups too small to be judged."""
        return tuple(g for g in (self.everyone, *self.groups) if not g.verdict.enough)

    @property
    def unclear(self) -> tuple[Group, ...]:
        """Groups that block, but no further out than chance may carry them."""
        return tuple(group for group in self.blocking if not group.verdict.is_missed)


def audit(
    people: People,
    attributes: Mapping[str, Labels],
    *,
    crossed: bool = True,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Audit:
    """Of people with their labels for each declared attribute."""
    rng = np.random.default_rng(seed)
    cuts: list[tuple[str, ...]] = [(name,) for name in attributes]
    cuts += combinations(attributes, 2) if crossed else []
    found = [part for cut in cuts for part in _cut(people, attributes, cut, replicates, rng)]
    whole = _everyone(people, replicates, rng)
    verdicts = judge([part.numbers for part in (whole, *found)])
    everyone, *groups = [
        part.judged(verdict) for part, verdict in zip((whole, *found), verdicts, strict=True)
    ]
    thresholds = tuple(np.unique(people.threshold).tolist())
    return Audit(VERSION, thresholds, replicates, everyone, tuple(groups))


@dataclass(frozen=True, slots=True)
class _Part:
    """A group before the verdict."""

    of: str
    label: str
    people: People
    rest: People | None
    metrics: Mapping[str, Estimate]
    gaps: Mapping[str, Estimate]
    numbers: Numbers

    def judged(self, verdict: Verdict) -> Group:
        curve = tuple(reliability(self.people.happened, self.people.probability))
        rest = self.rest
        offered = remedies(self.people, rest) if verdict.blocks and rest else None
        return Group(
            self.of,
            self.label,
            self.numbers.people,
            self.numbers.events,
            self.metrics,
            self.gaps,
            verdict,
            curve,
            offered,
        )


def _everyone(people: People, replicates: int, rng: np.random.Generator) -> _Part:
    alike = np.zeros(len(people), np.int64)
    (drawn,) = bootstrap(people, alike, replicates=replicates, rng=rng)
    return _part("everyone", "everyone", people, None, metrics_of(people), drawn)


def _cut(
    people: People,
    attributes: Mapping[str, Labels],
    cut: tuple[str, ...],
    replicates: int,
    rng: np.random.Generator,
) -> list[_Part]:
    """One attribute, or two of them crossed."""
    of = CROSSED.join(cut)
    labels = labels_of(attributes, of)
    names, number = np.unique(labels, return_inverse=True)
    points = _points(people, labels)
    drawn = bootstrap(people, number, replicates=replicates, rng=rng)
    return [
        _part(
            of,
            str(name),
            people.of(number == n),
            people.of(number != n),
            points[str(name)],
            drawn[n],
        )
        for n, name in enumerate(names)
    ]


def _points(people: People, labels: Labels) -> dict[str, dict[str, float]]:
    """Every number of each group, by fairlearn.

    Its rows are blocks of people of one group, and one function tells all: it stacks its columns
    row by row, which with a row a person and a metric took ten times the rest of the audit.
    """
    blocks = [
        block for label in np.unique(labels) for block in _blocks(np.flatnonzero(labels == label))
    ]
    rows = np.arange(len(blocks))

    def told(mine: NDArray[np.int64], _: NDArray[np.int64]) -> dict[str, float]:
        return metrics_of(people.of(np.concatenate([blocks[n] for n in np.asarray(mine)])))

    frame = MetricFrame(
        metrics=told,
        y_true=rows,
        y_pred=rows,
        sensitive_features={"group": [str(labels[block[0]]) for block in blocks]},
    )
    return {str(label): found for label, found in frame.by_group.items()}


def _blocks(members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return np.array_split(members, -(-len(members) // BLOCK))


def _part(
    of: str,
    label: str,
    people: People,
    rest: People | None,
    points: Mapping[str, float],
    drawn: Replicates,
) -> _Part:
    metrics = {
        name: _estimate(points[name], drawn.group[name]) for name in points if name not in COUNTS
    }
    others = metrics_of(rest) if rest is not None and len(rest) else {}
    measured = {
        "o_e": _measured(points["o_e"], drawn.group["o_e"], np.log),
        "slope": _measured(points["slope"], drawn.group["slope"], lambda slope: slope - 1),
    }
    for name, of_metric in COMPARED if _can_compare(rest) else ():
        gap = drawn.rest[of_metric] - drawn.group[of_metric]
        measured[name] = _measured(others[of_metric] - points[of_metric], gap, np.asarray)
    numbers = Numbers(len(people), int(people.happened.sum()), measured)
    return _Part(of, label, people, rest, metrics, _gaps(points, others, drawn), numbers)


def _can_compare(rest: People | None) -> bool:
    return rest is not None and is_enough(len(rest), int(rest.happened.sum()))


def _measured(value: float, drawn: Floats, off: Callable[[Any], Any]) -> Measured:
    """`off` is 0 at a fair model's value, on the scale where the replicates are nearly normal."""
    told = _estimate(value, drawn)
    nothing = float("nan")
    if told.value is None or told.lower is None or told.upper is None:
        return Measured(value, nothing, nothing, nothing)
    with np.errstate(divide="ignore"):
        spread, far = off(drawn[np.isfinite(drawn)]), float(off(np.float64(value)))
    spread = spread[np.isfinite(spread)]
    error = float(spread.std()) if len(spread) else 0.0
    errors_off = far / error if error > 0 else nothing
    return Measured(value, told.lower, told.upper, errors_off)


def _gaps(
    points: Mapping[str, float], others: Mapping[str, float], drawn: Replicates
) -> dict[str, Estimate]:
    if not others:
        return {}
    found = {
        name: _estimate(others[name] - points[name], drawn.rest[name] - drawn.group[name])
        for name in ("auroc", "tpr", "fpr")
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = drawn.group["alert_rate"] / drawn.rest["alert_rate"]
        point = np.divide(points["alert_rate"], others["alert_rate"])
    return found | {"alert_ratio": _estimate(float(point), ratio)}


def _estimate(value: float, drawn: Floats) -> Estimate:
    """The middle 95 % of the replicates that have a number."""
    if not math.isfinite(value):
        return Estimate(None, None, None)
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Estimate(value, None, None)
    lower, upper = np.quantile(known, [0.025, 0.975])
    return Estimate(value, float(lower), float(upper))


def names_of(groups: Sequence[Group]) -> list[str]:
    """As people read them: the attribute, then the group."""
    return [f"{group.of}: {group.label}" for group in groups]

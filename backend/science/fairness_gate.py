"""May a model be used for everybody? Each group against the same limits, from its numbers.

A group with 100 events and 100 non-events or more is judged: O/E from 0.8 to 1.25 with an interval
that touches 1, slope from 0.8 to 1.2, area at most 0.05 under that of everybody else, true positive
rate at most 0.10 from theirs and surely at most 0.15. A group of 150 events is often beyond one of
these by chance, and an audit has dozens of groups: so what is beyond a limit is set against chance
by Holm's step-down test over all groups and limits (Scand J Stat 1979;6:65).

- missed: beyond the limit, and told from a fair model's value. It blocks deployment.
- unclear: beyond the limit, but a fair model would often look so too. Like a group under 100, that
  is insufficient evidence: a person may decide with it, and nothing may act without a person.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

VERSION: Final = "1.0"
LEAST_EVENTS: Final = 100  # and non-events
FAMILY_ERROR: Final = 0.01  # of blocking a fair model, over all groups and limits


class State(StrEnum):
    """How a number lies to its limit."""

    MET = "met"
    UNCLEAR = "unclear"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Limit:
    """From `least` to `most`, with an interval that ends by `surely`; a fair model is at `fair`."""

    fair: float
    least: float
    most: float
    surely: float = math.inf
    must_touch: bool = False  # the interval must hold the fair value, wherever the number lies


LIMITS: Final[Mapping[str, Limit]] = {
    "o_e": Limit(1.0, 0.8, 1.25, must_touch=True),
    "slope": Limit(1.0, 0.8, 1.2),
    "auroc_drop": Limit(0.0, -math.inf, 0.05),
    "tpr_gap": Limit(0.0, -0.10, 0.10, surely=0.15),
}


def is_enough(people: int, events: int) -> bool:
    """Whether so many people can be judged, or be judged by."""
    return min(events, people - events) >= LEAST_EVENTS


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its 95 % interval, and how many standard errors it is from a fair model's."""

    value: float
    lower: float
    upper: float
    errors_off: float

    @property
    def p(self) -> float:
        """Two-sided; what cannot be computed is no fair model's."""
        if math.isnan(self.errors_off):
            return 0.0
        return math.erfc(abs(self.errors_off) / math.sqrt(2))


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the gate looks at; differences are the rest's minus the group's.

    There is none for everyone, and none from a rest that is itself too few.
    """

    people: int
    events: int
    measured: Mapping[str, Measured]

    @property
    def is_enough(self) -> bool:
        """Whether there is evidence to judge by."""
        return is_enough(self.people, self.events)


@dataclass(frozen=True, slots=True)
class Judged:
    """One limit of one group."""

    name: str
    value: float
    lower: float
    upper: float
    p_holm: float
    state: State


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one group."""

    enough: bool
    limits: tuple[Judged, ...]

    @property
    def blocks(self) -> bool:
        """Whether the model may not be deployed for this group's sake."""
        return any(limit.state == State.MISSED for limit in self.limits)

    @property
    def is_evidence(self) -> bool:
        """Whether enough is known of the group for anything to act without a person."""
        return self.enough and all(limit.state == State.MET for limit in self.limits)


def judge(groups: Sequence[Numbers]) -> list[Verdict]:
    """All groups together, since Holm's levels are shared out among them."""
    tests = [
        (n, name) for n, group in enumerate(groups) if group.is_enough for name in group.measured
    ]
    adjusted = holm([groups[n].measured[name].p for n, name in tests])
    found: list[list[Judged]] = [[] for _ in groups]
    for (n, name), p_holm in zip(tests, adjusted, strict=True):
        found[n].append(_judged(name, groups[n].measured[name], p_holm))
    return [
        Verdict(group.is_enough, tuple(mine)) for group, mine in zip(groups, found, strict=True)
    ]


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p values, in the order given."""
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, at in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        worst = max(worst, min(1.0, (len(p) - rank) * p[at]))
        adjusted[at] = worst
    return adjusted


def _judged(name: str, found: Measured, p_holm: float) -> Judged:
    limit = LIMITS[name]
    told_apart = p_holm <= FAMILY_ERROR
    surely = max(abs(found.lower), abs(found.upper)) <= limit.surely
    within = limit.least <= found.value <= limit.most and surely  # NaN lies nowhere
    if told_apart and (limit.must_touch or not within):
        state = State.MISSED
    else:
        state = State.MET if within else State.UNCLEAR
    return Judged(name, found.value, found.lower, found.upper, p_holm, state)

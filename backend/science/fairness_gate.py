"""May a model be used for everybody? Each group against the same limits, from its numbers.

A group with 100 events and 100 non-events or more is judged: O/E from 0.8 to 1.25 with an interval
that touches 1, slope from 0.8 to 1.2, area at most 0.05 under that of everybody else, true positive
rate at most 0.10 from theirs and surely at most 0.15. A number beyond its limit blocks. What chance
has to do with it is told beside, by Holm's step-down test over all groups and limits (Scand J Stat
1979;6:65), because what helps is not the same:

- missed: beyond the limit, and told from a fair model's value. The model is to be mended;
- unclear: beyond the limit, as a fair model often is too in so few people. The audit is too small:
  `events_needed` says how many events of the group would nearly always pass a fair model.

The interval that must touch 1 is Holm's as well: of eleven fair groups' plain 95 % intervals one
misses in two audits of five. A smaller group is not judged: that is insufficient evidence. A person
may decide with it, and nothing may act without a person.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

VERSION: Final = "2.0"
LEAST_EVENTS: Final = 100  # and non-events
FAMILY_ERROR: Final = 0.01  # of telling a fair model from one, over all groups and limits
NEARLY_ALWAYS: Final = 3.3  # standard errors: one fair group in a thousand is further off
HALF_OF_95: Final = 1.96


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

    @property
    def error_at_most(self) -> float:
        """The standard error with which a fair model nearly always meets it."""
        margin = min(self.most - self.fair, self.fair - self.least)
        sure = (self.surely - self.fair) / (NEARLY_ALWAYS + HALF_OF_95)
        return min(margin / NEARLY_ALWAYS, sure)


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

    @property
    def error(self) -> float:
        """Its standard error, from the interval."""
        return (self.upper - self.lower) / (2 * HALF_OF_95)


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
    events_needed: int | None  # of the group, where it is unclear


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one group."""

    enough: bool
    limits: tuple[Judged, ...]

    @property
    def blocks(self) -> bool:
        """Whether the model may not be deployed for this group's sake."""
        return any(limit.state != State.MET for limit in self.limits)

    @property
    def is_missed(self) -> bool:
        """Whether it blocks for more than chance."""
        return any(limit.state == State.MISSED for limit in self.limits)


def judge(groups: Sequence[Numbers]) -> list[Verdict]:
    """All groups together, since Holm's levels are shared out among them."""
    tests = [
        (n, name) for n, group in enumerate(groups) if group.is_enough for name in group.measured
    ]
    adjusted = holm([groups[n].measured[name].p for n, name in tests])
    found: list[list[Judged]] = [[] for _ in groups]
    for (n, name), p_holm in zip(tests, adjusted, strict=True):
        found[n].append(_judged(name, groups[n], p_holm))
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


def _judged(name: str, group: Numbers, p_holm: float) -> Judged:
    limit, found = LIMITS[name], group.measured[name]
    told_apart = p_holm <= FAMILY_ERROR
    surely = max(abs(found.lower), abs(found.upper)) <= limit.surely
    within = limit.least <= found.value <= limit.most and surely  # NaN lies nowhere
    needed = None
    if told_apart and (limit.must_touch or not within):
        state = State.MISSED
    elif within:
        state = State.MET
    else:
        state = State.UNCLEAR
        needed = math.ceil(group.events * (found.error / limit.error_at_most) ** 2)
    return Judged(name, found.value, found.lower, found.upper, p_holm, state, needed)

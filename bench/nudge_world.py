"""People who are nudged, simulated: a HeartSteps-like world in which learners can be measured.

Forty people, five points a day, an effect of +0.14 that differs by person and context, tires with
the load of what was said and fades over the weeks. The baseline may be still or drift.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.science.thompson_action_centred import (
    Population,
    Told,
    WorkingBaseline,
    believed,
    gathered,
    newcomers,
    normal_cdf,
    pooled,
)

Floats = NDArray[np.float64]
A_DAY: Final = 5
EFFECT: Final = 0.14
MEAN: Final = np.array([EFFECT, 0.25, -0.15])  # constant, context, load of the last day
SPREAD: Final = np.array([0.10, 0.10, 0.05])
NOISE: Final = 0.5
FADE_DAYS: Final = 168.0  # half of the constant effect is gone after 84 days
LEAST, MOST = 0.1, 0.8  # of speaking; silence keeps a fifth
AVAILABLE: Final = 0.8


@dataclass(frozen=True, slots=True)
class World:
    """How many, how long, and whether what people do anyway drifts."""

    people: int = 40
    days: int = 42
    drifts: bool = False
    seed: int = 1


@dataclass(slots=True)
class Log:
    """One row a decision, in order of time; `effect` is what nobody but the world knows."""

    day: NDArray[np.int64]
    person: NDArray[np.int64]
    features: Floats
    spoke: NDArray[np.bool_]
    probability: Floats
    reward: Floats
    effect: Floats

    def best(self) -> Floats:
        """The probability with which one who knows all would have spoken, under the same limits."""
        return np.where(self.effect > 0, MOST, LEAST)

    def share_of_oracle(self, since: int) -> float:
        """Expected gain over silence from that day on, as a share of the oracle's."""
        late = self.day >= since
        best = self.best()[late] @ self.effect[late]
        return float(self.probability[late] @ self.effect[late] / best)

    def regret(self, until: int | None = None) -> float:
        """What was lost to the oracle before that day; in all without one."""
        lost = (self.best() - self.probability) * self.effect
        return float(lost.sum() if until is None else lost[self.day < until].sum())


class Learner:
    """Speaks with the probability that speaking helps; learns once a night."""

    def __init__(self, people: int, width: int = 3, *, before: Population | None = None):
        self.people, self.population = people, before or newcomers(width)
        self.before, self.seen = self.population, 0
        self.baseline = WorkingBaseline(width)
        self.sums: tuple[Floats, Floats] = (
            np.zeros((people, width, width)),
            np.zeros((people, width)),
        )

    def probability(self, person: NDArray[np.int64], features: Floats) -> Floats:
        """Of speaking, for each."""
        found = np.empty(len(person))
        for n, who in enumerate(person.tolist()):
            belief = believed(self.population, self.sums[0][who], self.sums[1][who])
            mean, sd = belief.at(self.contrast(features[n]))
            found[n] = normal_cdf(mean / sd)
        return np.clip(found, LEAST, MOST)

    def contrast(self, features: Floats) -> Floats:
        """What speaking adds to the regression's row."""
        return features

    def learn(self, log: Log) -> None:
        """From everything so far."""
        new = slice(self.seen, None)
        self.baseline.take(log.person[new], log.features[new], log.reward[new])
        self.seen, left = len(log.person), self.baseline.left()
        told = gathered(
            log.person, log.features, log.spoke, log.probability, left, people=self.people
        )
        self.take(told)

    def take(self, told: Told) -> None:
        """The prior anew from everyone, and each one's sums."""
        self.population = pooled(told, self.before)
        self.sums = told.precision, told.response


class PlainLearner(Learner):
    """Thompson sampling that models the whole reward, pooled the same way: the one to beat."""

    def __init__(self, people: int):
        same = newcomers(3)
        wide = np.eye(3), np.zeros((3, 3))
        doubt = np.block([[wide[0], wide[1]], [wide[1], same.doubt]])
        between = np.block([[wide[0] / 4, wide[1]], [wide[1], same.between]])
        before = Population(np.concatenate([np.zeros(3), same.mean]), doubt, between, same.noise)
        super().__init__(people, 6, before=before)

    def contrast(self, features: Floats) -> Floats:
        """Speaking changes the last three columns only."""
        return np.concatenate([np.zeros(3), features])

    def learn(self, log: Log) -> None:
        """An uncentred regression of the reward."""
        rows = np.hstack([log.features, log.spoke[:, None] * log.features])
        precision = np.zeros((self.people, 6, 6))
        response = np.zeros((self.people, 6))
        np.add.at(precision, log.person, rows[:, :, None] * rows[:, None, :])
        np.add.at(response, log.person, rows * log.reward[:, None])
        every = np.linalg.solve(precision.sum(axis=0) + np.eye(6), response.sum(axis=0))
        apart = log.reward - rows @ every
        self.take(Told(precision, response, float(apart @ apart), len(apart)))


def live(world: World, learner: Learner) -> Log:
    """All the days of all the people."""
    rng = np.random.default_rng(world.seed)
    own = MEAN + SPREAD * rng.normal(size=(world.people, 3))
    usual = rng.normal(0, 0.5, world.people)
    baseline = _baseline(world, rng)
    said = np.zeros((world.people, A_DAY))  # the last five points
    parts: list[tuple[NDArray[Any], ...]] = []
    log = _log(parts)
    for step in range(world.days * A_DAY):
        day = step // A_DAY
        context = rng.choice([-1.0, 1.0], world.people)
        here = np.flatnonzero(rng.random(world.people) < AVAILABLE)
        features = np.column_stack([np.ones(world.people), context, said.mean(axis=1) - 0.5])[here]
        fading = np.array([1 - day / FADE_DAYS, 1.0, 1.0])
        effect = (features * own[here] * fading).sum(axis=1)
        probability = learner.probability(here, features)
        spoke = rng.random(len(here)) < probability
        anyway = usual[here] + baseline(step, here, context[here])
        reward = anyway + spoke * effect + rng.normal(0, NOISE, len(here))
        said = np.roll(said, 1, axis=1)
        said[:, 0] = 0.0
        said[here, 0] = spoke
        days = np.full(len(here), day)
        parts.append((days, here, features, spoke, probability, reward, effect))
        if step % A_DAY == A_DAY - 1:
            log = _log(parts)
            learner.learn(log)
    return log


def _baseline(
    world: World, rng: np.random.Generator
) -> Callable[[int, NDArray[np.int64], Floats], Floats]:
    """What people do anyway: still; or it sinks over the weeks, in waves, and walks off."""
    steps = world.days * A_DAY
    walk = np.cumsum(rng.normal(0, 0.25, (steps, world.people)), axis=0)
    day = np.arange(steps) / A_DAY
    wave = np.sin(day[:, None] / 5 + rng.uniform(0, 2 * np.pi, world.people))
    sinks = wave - 0.1 * day[:, None]

    def at(step: int, here: NDArray[np.int64], context: Floats) -> Floats:
        if not world.drifts:
            return 0.2 * context
        found: Floats = sinks[step, here] * (1 + 0.5 * context) + walk[step, here]
        return found

    return at


def _log(parts: list[tuple[NDArray[Any], ...]]) -> Log:
    if not parts:
        none = np.zeros(0)
        ids = np.zeros(0, np.int64)
        return Log(ids, ids, np.zeros((0, 3)), np.zeros(0, bool), none, none, none)
    day, person, features, spoke, probability, reward, effect = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    return Log(
        day.astype(np.int64),
        person.astype(np.int64),
        features,
        spoke.astype(bool),
        probability,
        reward,
        effect,
    )

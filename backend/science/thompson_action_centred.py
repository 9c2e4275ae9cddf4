"""Action-centred Thompson sampling with a partially pooled prior.

The reward is r = g + A f'theta + noise with any g at all: only the effect of speaking (A = 1) over
silence is modelled. Regressing r on (A - p) f, p the probability with which A was drawn, leaves g
out in expectation, so a baseline that drifts does not mislead (Greenewald et al., NIPS 2017).
People share a prior: theta of each is drawn from N(mu, T); mu and T are fitted by EM from everyone
(Tomkins et al., Machine Learning 2021;110:2685). The caps, the quiet hours and silence's share are
no business of this file: they stand around it, where it cannot reach them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final = "1"
Floats = NDArray[np.float64]
ROUNDS: Final = 25  # of EM; more change the third digit at most
SPEEDS: Final = (0.3, 0.1, 0.03, 0.003)  # variance a decision, as a share of the noise's
SLOWER: Final = 0.1  # what the context makes of it wanders less than the level
PUBLISHED_EFFECT: Final = 0.14
DOUBT_SD: Final = 0.2
BETWEEN_SD: Final = 0.12
LEAST_NOISE: Final = 1e-4
GRID: Final = np.linspace(-6.0, 6.0, 241)


@dataclass(frozen=True, slots=True)
class Told:
    """What people's decisions say, of each person the sums of the centred regression."""

    precision: Floats  # (people, features, features): sum of (A - p)^2 f f'
    response: Floats  # (people, features): sum of (A - p) r f
    squares: float  # sum of r^2 over all
    count: int


@dataclass(frozen=True, slots=True)
class Population:
    """What is known of people in general: theta ~ N(mean, between), and how sure the mean is."""

    mean: Floats
    doubt: Floats  # covariance of the mean itself
    between: Floats
    noise: float  # variance of a centred reward


@dataclass(frozen=True, slots=True)
class Belief:
    """Of one person's effect: mean and covariance."""

    mean: Floats
    covariance: Floats

    def at(self, features: Floats) -> tuple[float, float]:
        """Mean and standard deviation of the effect in this context."""
        spread = float(features @ self.covariance @ features)
        return float(features @ self.mean), math.sqrt(max(0.0, spread))


def newcomers(features: int, *, noise: float = 0.25) -> Population:
    """Before anybody has been nudged: what HeartSteps found, half believed.

    Klasnja et al., Ann Behav Med 2019;53:573: +0.14 on the first feature (the constant), nothing on
    others.
    """
    mean = np.zeros(features)
    mean[0] = PUBLISHED_EFFECT / 2
    return Population(mean, np.eye(features) * DOUBT_SD**2, np.eye(features) * BETWEEN_SD**2, noise)


class WorkingBaseline:
    """What a person would be expected to do anyway, from her earlier decisions only.

    A Kalman filter whose coefficients (the first is the level) wander, at each of several speeds;
    the speed counts whose forecasts have erred least over all people. Only the past enters, so the
    centred regression stays unbiased however wrong this is: what it takes off is variance.
    """

    def __init__(self, features: int):
        wander = np.array([1.0, *[SLOWER] * (features - 1)])
        self._wander = np.array(SPEEDS)[:, None, None] * np.diag(wander)
        self._of: dict[int, tuple[Floats, Floats]] = {}  # person: covariances, coefficients
        self._left: list[Floats] = []

    def take(self, person: NDArray[np.int64], features: Floats, reward: Floats) -> None:
        """More decisions, in order of time."""
        for who, x, value in zip(person.tolist(), features, reward.tolist(), strict=True):
            doubt, solved = self._of.get(who) or self._nothing()
            doubt = doubt + self._wander
            lean = doubt @ x
            gain = lean / (1 + lean @ x)[:, None]  # in units of the noise's variance
            left = value - solved @ x
            self._of[who] = (
                doubt - gain[:, :, None] * lean[:, None, :],
                solved + gain * left[:, None],
            )
            self._left.append(left)

    def left(self) -> Floats:
        """Each reward less what was expected, in the order in which they came."""
        if not self._left:
            return np.zeros(0)
        rows = np.array(self._left)
        return rows[:, int(np.argmin((rows**2).sum(axis=0)))]

    def _nothing(self) -> tuple[Floats, Floats]:
        speeds, width, _ = self._wander.shape
        return np.tile(np.eye(width), (speeds, 1, 1)), np.zeros((speeds, width))


def gathered(
    person: NDArray[np.int64],
    features: Floats,
    spoke: NDArray[np.bool_],
    probability: Floats,
    left: Floats,
    *,
    people: int,
) -> Told:
    """The sums; `probability` is that of speaking, `left` the reward without its baseline."""
    centred = spoke - probability
    width = features.shape[1]
    rows = centred[:, None] * features
    precision = np.zeros((people, width, width))
    response = np.zeros((people, width))
    np.add.at(precision, person, rows[:, :, None] * rows[:, None, :])
    np.add.at(response, person, rows * left[:, None])
    return Told(precision, response, float(left @ left), len(left))


def pooled(told: Told, before: Population) -> Population:
    """Mean and spread over people by EM, starting from and drawn to what stood before."""
    noise = (before.noise * 20 + told.squares) / (20 + told.count)
    noise = max(LEAST_NOISE, noise)
    width = len(before.mean)
    sure = np.linalg.inv(before.doubt)
    between, mean, doubt = before.between, before.mean, before.doubt
    imagined = width + 2.0  # people who are spread as they were thought to be
    for _ in range(ROUNDS):
        tight = np.linalg.inv(between)
        covariance = np.linalg.inv(told.precision / noise + tight)
        # What each person says of the mean, theta summed out: (T + noise B^-1)^-1 without B^-1.
        says = tight - tight @ covariance @ tight
        doubt = np.linalg.inv(sure + says.sum(axis=0))
        own = np.einsum("pij,pj->pi", covariance, told.response / noise)
        mean = doubt @ (sure @ before.mean + (own @ tight).sum(axis=0))
        apart = own + np.einsum("pij,j->pi", covariance @ tight, mean) - mean
        spread = covariance.sum(axis=0) + apart.T @ apart
        between = (imagined * before.between + spread) / (imagined + len(told.response))
    return Population(mean, doubt, between, noise)


def believed(population: Population, precision: Floats, response: Floats) -> Belief:
    """One person's effect from her own decisions and everybody's; no decisions: zeros."""
    tight = np.linalg.inv(population.between)
    covariance = np.linalg.inv(precision / population.noise + tight)
    mean = covariance @ (response / population.noise + tight @ population.mean)
    lean = covariance @ tight
    return Belief(mean, covariance + lean @ population.doubt @ lean.T)


def normal_cdf(z: float) -> float:
    """Of the standard normal distribution."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def chances(effects: Sequence[tuple[float, float]]) -> list[float]:
    """Of each arm (mean and standard deviation of its effect) that it beats the others and silence.

    The exact probabilities of Thompson sampling, by the trapezoid rule: no random numbers, so that
    what is logged is what was drawn with. The rest up to 1 is silence's.
    """
    if len(effects) == 1:
        mean, sd = effects[0]
        return [normal_cdf(mean / max(sd, 1e-9))]
    return [_best(effects, n) for n in range(len(effects))]


def _best(effects: Sequence[tuple[float, float]], arm: int) -> float:
    mean, sd = effects[arm][0], max(effects[arm][1], 1e-9)
    total = 0.0
    for z in GRID.tolist():
        value = mean + sd * z
        if value <= 0:
            continue
        beaten = math.exp(-z * z / 2)
        for n, (other, spread) in enumerate(effects):
            if n != arm:
                beaten *= normal_cdf((value - other) / max(spread, 1e-9))
        total += beaten
    step = float(GRID[1] - GRID[0])
    return min(1.0, total * step / math.sqrt(2 * math.pi))

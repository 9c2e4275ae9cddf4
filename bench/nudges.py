"""Nudges: what the learner gains and loses, whether limits hold, whether estimates are right."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.off_policy import Worth, worth
from backend.science.wcls import Effects, wcls
from bench.house import Running
from bench.nudge_life import breaches
from bench.nudge_world import EFFECT, Learner, PlainLearner, World, live
from bench.results import Result

SEEDS = 6
DRIFT_DAYS = 84
DECISIONS = 1_000_000
REPLICATIONS = 500
Floats = NDArray[np.float64]


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one."""
    return [oracle_share(), drift_regret(), *limits(), coverage(), planted()]


def oracle_share() -> Result:
    """Of what the oracle gains over silence in the sixth week; the rest of the reward is free."""
    shares = []
    for seed in range(SEEDS):
        world = World(seed=seed)
        shares.append(live(world, Learner(world.people)).share_of_oracle(35))
    share = round(float(np.mean(shares)), 3)
    detail = {"people": 40, "days": 42, "least": round(min(shares), 3)}
    return Result("nudge_oracle_share", share, "", "0.9 wanted", share / 0.9, SEEDS, detail)


def drift_regret() -> Result:
    """Lost to the oracle, beside plain Thompson sampling with the same pooling and prior."""
    lost = np.zeros((2, 2))  # ours and plain; in all, and in the first half
    for seed in range(SEEDS):
        world = World(seed=seed, days=DRIFT_DAYS, drifts=True)
        for n, learner in enumerate((Learner(world.people), PlainLearner(world.people))):
            log = live(world, learner)
            lost[n] += log.regret(), log.regret(DRIFT_DAYS // 2)
    (ours, plain), (ours_early, plain_early) = lost.T
    ratio = round(ours / plain, 3)
    detail = {
        "people": 40,
        "days": DRIFT_DAYS,
        "plain": round(plain / SEEDS, 1),
        "ratio_of_the_first_half": round(ours_early / plain_early, 3),
    }
    return Result("nudge_regret", ours / SEEDS, "", "plain, 0.5 wanted", ratio, SEEDS, detail)


def limits() -> list[Result]:
    """A million decisions of a policy that always wants to speak."""
    began = time.process_time()
    found = breaches(DECISIONS, seed=1)
    took = time.process_time() - began
    detail = {"decisions": found.decisions, "said": found.said, "silence": found.silence_share}
    return [
        Result("nudge_breaches", float(found.breaches), "", "0 wanted", None, 1, detail),
        Result("nudge_decisions_per_s", found.decisions / took, "/s"),
    ]


def logged(seed: int, people: int = 60, each: int = 40) -> tuple[tuple[NDArray[Any], ...], float]:
    """Decisions among three arms that were drawn by context, and a candidate's true value."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    context = rng.normal(size=len(person))
    features = np.column_stack([np.ones_like(context), context])
    mean = np.column_stack([0.3 * np.sin(2 * context), 0.1 + 0.3 * context, EFFECT - 0.2 * context])
    likes = np.exp(np.column_stack([np.zeros_like(context), 0.5 * context, -0.3 * context]))
    chance = 0.2 * np.eye(3)[0] + 0.8 * likes / likes.sum(axis=1, keepdims=True)
    arm = (rng.random(len(person))[:, None] > chance.cumsum(axis=1)).sum(axis=1).clip(max=2)
    wants = np.where((context > 0)[:, None], [0.2, 0.7, 0.1], [0.2, 0.1, 0.7])
    usual = rng.normal(0, 0.3, people)[person]
    noise = rng.normal(0, 0.5, len(person))
    reward = mean[np.arange(len(person)), arm] + usual + noise
    return (person, reward, arm, chance, wants, features), TRUTH


def _truth() -> float:
    """The candidate's value, over a fine grid of contexts."""
    z = np.linspace(-6, 6, 200_001)
    density = np.exp(-z * z / 2)
    ours = np.where(
        z > 0,
        0.2 * 0.3 * np.sin(2 * z) + 0.7 * (0.1 + 0.3 * z) + 0.1 * (EFFECT - 0.2 * z),
        0.2 * 0.3 * np.sin(2 * z) + 0.1 * (0.1 + 0.3 * z) + 0.7 * (EFFECT - 0.2 * z),
    )
    return float((density * ours).sum() / density.sum())


TRUTH = _truth()


def coverage() -> Result:
    """How often the doubly robust value's 95 % interval holds the truth."""
    inside, widths = 0, {"ips": 0.0, "doubly_robust": 0.0}
    for seed in range(REPLICATIONS):
        columns, truth = logged(seed)
        found = worth(*columns)
        assert isinstance(found, Worth)
        robust = found.doubly_robust
        inside += robust.lower <= truth <= robust.upper
        widths["ips"] += found.ips.upper - found.ips.lower
        widths["doubly_robust"] += robust.upper - robust.lower
    share = 100 * inside / REPLICATIONS
    detail = {f"{name}_width": round(w / REPLICATIONS, 4) for name, w in widths.items()}
    return Result("nudge_dr_coverage", share, "%", "93 to 97 wanted", None, REPLICATIONS, detail)


def planted() -> Result:
    """The planted +0.14 found again in what the learner itself logged, effects of context apart."""
    found, inside = [], 0
    for seed in range(SEEDS):
        world = World(seed=seed)
        log = live(world, Learner(world.people))
        early = log.features
        effects = wcls(
            log.person,
            log.reward,
            log.spoke,
            log.probability,
            moderators=np.column_stack([early, log.day / 42]),
            controls=np.column_stack([early, log.day / 42]),
        )
        assert isinstance(effects, Effects)
        found.append(effects.estimate[0])
        inside += effects.lower[0] <= EFFECT <= effects.upper[0]
    detail = {"planted": EFFECT, "inside": inside}
    return Result("nudge_planted", float(np.mean(found)), "", "0.14", None, SEEDS, detail)

"""The learner: exact chances, a baseline that cannot mislead, pooling, gains in a simulation."""

import numpy as np
import pytest

from backend.science.thompson_action_centred import (
    Belief,
    Told,
    WorkingBaseline,
    believed,
    chances,
    gathered,
    newcomers,
    pooled,
)
from bench.nudge_world import Learner, PlainLearner, World, live


def test_chances_of_arms_are_those_of_sampling():
    effects = [(0.1, 0.2), (0.15, 0.05), (-0.1, 0.3)]
    rng = np.random.default_rng(1)
    drawn = np.column_stack([rng.normal(m, s, 200_000) for m, s in effects])
    best, top = drawn.argmax(axis=1), drawn.max(axis=1)
    for arm, chance in enumerate(chances(effects)):
        assert chance == pytest.approx(((best == arm) & (top > 0)).mean(), abs=0.005)


def test_one_arm_has_the_chance_that_its_effect_helps():
    assert chances([(0.0, 1.0)]) == [0.5]
    assert chances([(1.0, 0.0)]) == [1.0]
    assert chances([(1.96, 1.0)])[0] == pytest.approx(0.975, abs=1e-4)


def test_a_baseline_of_any_shape_leaves_the_effect_where_it_is():
    rng = np.random.default_rng(2)
    n = 40_000
    probability = np.where(np.arange(n) % 2, 0.2, 0.7)  # speaks more when people do worse anyway
    spoke = rng.random(n) < probability
    baseline = np.where(np.arange(n) % 2, 3.0, -3.0)
    reward = baseline + 0.3 * spoke + rng.normal(0, 0.1, n)
    told = gathered(np.zeros(n, int), np.ones((n, 1)), spoke, probability, reward, people=1)
    assert told.response[0, 0] / told.precision[0, 0, 0] == pytest.approx(0.3, abs=0.15)
    uncentred = reward[spoke].mean() - reward[~spoke].mean()
    assert uncentred < -2


def test_who_has_no_history_gets_what_is_known_of_all():
    rng = np.random.default_rng(3)
    precision = np.full((30, 1, 1), 40.0)
    response = precision[:, :, 0] * rng.normal(0.4, 0.1, (30, 1))
    population = pooled(Told(precision, response, 1000 * 0.25, 1000), newcomers(1))
    assert population.mean[0] == pytest.approx(0.4, abs=0.06)
    stranger = believed(population, np.zeros((1, 1)), np.zeros(1))
    known = believed(population, precision[0], response[0])
    assert stranger.mean == pytest.approx(population.mean)
    assert known.covariance[0, 0] < stranger.covariance[0, 0]
    assert stranger.covariance[0, 0] == pytest.approx(
        population.between[0, 0] + population.doubt[0, 0]
    )


def test_with_no_decisions_nothing_is_learned():
    nothing = Told(np.zeros((0, 2, 2)), np.zeros((0, 2)), 0.0, 0)
    before = newcomers(2)
    after = pooled(nothing, before)
    assert after.mean == pytest.approx(before.mean)
    assert after.noise == pytest.approx(before.noise)
    assert Belief(np.zeros(2), np.zeros((2, 2))).at(np.ones(2)) == (0.0, 0.0)
    assert len(WorkingBaseline(2).left()) == 0


def test_the_working_baseline_follows_a_drift_and_looks_only_back():
    n = 200
    person, ones = np.zeros(n, int), np.ones((n, 1))
    drift = np.linspace(0, 20, n)
    whole, part = WorkingBaseline(1), WorkingBaseline(1)
    whole.take(person, ones, drift)
    part.take(person[:100], ones[:100], drift[:100])
    assert np.abs(whole.left()[50:]).max() < 0.5
    assert (whole.left()[:100] == part.left()).all()


def test_in_simulation_it_comes_near_the_oracle_by_day_42():
    log = live(World(seed=3), Learner(40))
    assert log.share_of_oracle(35) >= 0.9
    assert log.probability.max() <= 0.8


def test_in_a_drifting_world_it_loses_less_than_plain_thompson_sampling():
    world = World(seed=0, drifts=True)
    assert live(world, Learner(40)).regret() < 0.75 * live(world, PlainLearner(40)).regret()

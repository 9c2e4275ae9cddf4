"""Off-policy values: against by-hand sums, the truth of a simulation, and refusing."""

import numpy as np
import pytest

from backend.science.off_policy import Worth, effective_size, predicted, worth
from backend.science.refusal import Refusal
from bench.nudges import logged


def test_by_hand():
    person = np.repeat(np.arange(10), 20)
    arm = np.tile([0, 1, 1, 1], 50)
    reward = np.tile([1.0, 0.0, 2.0, 4.0], 50)
    even = np.full((200, 2), 0.5)
    wants = np.tile([0.2, 0.8], (200, 1))
    found = worth(person, reward, arm, even, wants, np.ones((200, 1)))
    assert isinstance(found, Worth)
    weight = np.where(arm == 1, 1.6, 0.4)
    assert found.ips.value == pytest.approx((weight * reward).mean())
    assert found.self_normalised.value == pytest.approx((weight * reward).sum() / weight.sum())
    assert found.effective_decisions == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert found.largest_weight == 1.6
    assert found.ips.lower == pytest.approx(found.ips.upper)  # all people are alike


def test_the_policy_that_logged_is_worth_what_it_got():
    (person, reward, arm, chance, _, features), _ = logged(1)
    found = worth(person, reward, arm, chance, chance, features)
    assert found.ips.value == pytest.approx(reward.mean())
    assert found.self_normalised.value == pytest.approx(reward.mean())
    assert found.effective_decisions == pytest.approx(len(reward))


def test_the_doubly_robust_interval_covers_and_is_narrower():
    inside, narrower = 0, 0
    for seed in range(60):
        columns, truth = logged(1000 + seed)
        found = worth(*columns)
        robust = found.doubly_robust
        inside += robust.lower <= truth <= robust.upper
        narrower += robust.upper - robust.lower < found.ips.upper - found.ips.lower
    assert inside >= 52  # 95 % of 60 is 57, three standard deviations less is 52
    assert narrower >= 36


def test_a_person_is_never_predicted_from_her_own_rewards():
    person = np.repeat(np.arange(10), 30)
    reward = np.where(person == 3, 1000.0, 0.0)
    found = predicted(person, reward, np.tile([0, 1], 150), np.ones((300, 1)), arms=2)
    assert np.abs(found[person == 3]).max() == 0


def test_few_people_few_decisions_and_unseen_arms_are_refused():
    (person, reward, arm, chance, wants, features), _ = logged(2)
    few = person < 4
    found = worth(*(column[few] for column in (person, reward, arm, chance, wants, features)))
    assert isinstance(found, Refusal)
    assert found.code == "too_few_people"
    barred = chance.copy()
    barred[0, 2] = 0.0
    barred[0, :2] /= barred[0, :2].sum()
    arm = arm.copy()
    arm[0] = 0
    assert worth(person, reward, arm, barred, wants, features).code == "too_few_decisions"


def test_effective_size():
    assert effective_size(np.ones(7)) == 7
    assert effective_size(np.array([1.0, 0.0])) == 1
    assert effective_size(np.zeros(3)) == 0

"""Draws replay bit for bit, come out with the probabilities they log, and always leave silence."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.guidance.envelope import CONTROL_SHARE, SAY_NOTHING
from backend.guidance.policy import FixedPolicy, digest_of, draw, seed_of

ARMS = [SAY_NOTHING, "walk", "check_in"]


@dataclass(frozen=True)
class Pushy:
    """A policy that never wants to be silent."""

    name: str = "pushy"
    version: str = "1"

    def probabilities(self, context, arms):
        return {SAY_NOTHING: 0.0, "walk": 1.0}


@given(st.text(max_size=20))
def test_the_same_seed_draws_the_same_arm_with_the_same_bits(text):
    one = draw(FixedPolicy(), {}, ARMS, seed=text)
    two = draw(FixedPolicy(), {}, list(reversed(ARMS)), seed=text)
    assert one == two
    assert one.probability == one.arms[one.arm]


def test_arms_come_out_as_often_as_the_logged_probabilities_say():
    drawn = [draw(FixedPolicy(), {}, ARMS, seed=seed_of("share", n)) for n in range(20_000)]
    for arm, probability in drawn[0].arms.items():
        share = sum(d.arm == arm for d in drawn) / len(drawn)
        assert share == pytest.approx(probability, abs=0.015)
    assert drawn[0].arms == pytest.approx({SAY_NOTHING: 0.4, "walk": 0.3, "check_in": 0.3})


def test_a_pushy_policy_cannot_push_silence_below_its_share():
    drawn = [draw(Pushy(), {}, ARMS, seed=seed_of("pushy", n)) for n in range(20_000)]
    assert drawn[0].arms[SAY_NOTHING] == CONTROL_SHARE
    share = sum(d.arm == SAY_NOTHING for d in drawn) / len(drawn)
    assert share == pytest.approx(CONTROL_SHARE, abs=0.015)


@pytest.mark.parametrize("policy", [FixedPolicy(), Pushy()])
def test_where_nothing_may_be_said_no_policy_says_anything(policy):
    for n in range(50):
        drawn = draw(policy, {}, [SAY_NOTHING], seed=seed_of(n))
        assert (drawn.arm, drawn.probability) == (SAY_NOTHING, 1.0)


def test_an_arm_that_was_not_offered_is_never_drawn():
    drawn = [draw(Pushy(), {}, [SAY_NOTHING, "check_in"], seed=seed_of(n)) for n in range(50)]
    assert {d.arm for d in drawn} == {SAY_NOTHING}


def test_a_contexts_digest_does_not_depend_on_the_order_of_its_keys():
    assert digest_of({"a": 1, "b": None}) == digest_of({"b": None, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})

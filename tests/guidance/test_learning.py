"""Learning from what was written down: priors of a night, beliefs of one patient, exact replay."""

import json

import pytest

from backend.guidance.envelope import CONTROL_SHARE, SAY_NOTHING
from backend.guidance.learning import NEWCOMERS, beliefs_of, learn
from backend.guidance.models import Nudge, NudgePrior
from backend.guidance.nudging import decide, replay
from backend.guidance.policy import LearnedPolicy, digest_of
from tests.guidance.decided import decide_many
from tests.people import NOW, chart


def own(who):
    return chart(who, who, change=True)


def effect(who, arm="check_in"):
    return beliefs_of(own(who), [arm])[1][arm]["mean"][0]


def test_a_night_without_outcomes_leaves_what_was_known(cast):
    assert learn(now=NOW) is None
    prior, beliefs = beliefs_of(own(cast.amina), ["walk"])
    assert prior == NEWCOMERS
    assert beliefs["walk"]["mean"] == pytest.approx([0.07, 0, 0, 0])


def test_what_helps_others_is_expected_to_help_a_newcomer_and_what_harms_is_not(cast):
    decide_many([cast.stranger.patient], effect=0.4)
    prior = learn(now=NOW)
    assert (prior.people, prior.decisions) == (1, 40)
    liked = effect(cast.amina)
    Nudge.objects.all().delete()
    decide_many([cast.stranger.patient], effect=-0.4)
    learn(now=NOW)
    assert effect(cast.amina) < 0.07 < liked


def test_own_decisions_count_more_than_those_of_others(cast):
    decide_many([cast.stranger.patient], effect=0.4)
    decide_many([cast.amina.patient], effect=-0.4, seed=2)
    learn(now=NOW)
    assert effect(cast.amina) < 0 < effect(cast.stranger)


def test_a_prior_holds_numbers_over_people_only_and_reads_back_to_the_bit(cast):
    decide_many([cast.stranger.patient, cast.amina.patient])
    prior = learn(now=NOW)
    again = NudgePrior.objects.get(pk=prior.pk)
    assert again.arms == prior.arms
    assert str(cast.amina.id) not in json.dumps(prior.arms)
    assert set(prior.arms["check_in"]) == {"mean", "doubt", "between", "noise"}


def test_a_learned_decision_replays_bit_for_bit_after_more_was_learned(cast):
    decide_many([cast.stranger.patient], effect=0.6)
    learn(now=NOW)
    made = decide(own(cast.amina), "learned", now=NOW)
    assert CONTROL_SHARE <= made.arms[SAY_NOTHING] < 0.4  # it works, so it speaks
    decide_many([cast.stranger.patient], each=20, effect=-2, seed=5, arm="walk", now=NOW)
    learn(now=NOW)
    stored = Nudge.objects.get(pk=made.pk)
    again = replay(stored)
    assert (again.arm, again.probability, again.arms) == (made.arm, made.probability, made.arms)
    assert stored.context_digest == digest_of(stored.context)
    assert stored.context["prior"] != NudgePrior.objects.latest("pk").pk


def test_the_policy_tries_every_arm_and_leaves_silence_its_fifth():
    sure = {"mean": [5, 0, 0, 0], "covariance": [[1e-9] * 4] * 4}
    bad = {"mean": [-5, 0, 0, 0], "covariance": [[1e-9] * 4] * 4}
    policy = LearnedPolicy()
    arms = [SAY_NOTHING, "walk", "check_in"]
    found = policy.probabilities({"beliefs": {"walk": sure, "check_in": bad}}, arms)
    assert found[SAY_NOTHING] == pytest.approx(0.2)
    assert found["check_in"] >= 0.04
    found = policy.probabilities({"beliefs": {"walk": bad, "check_in": bad}}, arms)
    assert found[SAY_NOTHING] == pytest.approx(0.9)
    assert policy.probabilities({}, arms) == {SAY_NOTHING: 1.0}

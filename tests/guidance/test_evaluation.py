"""Evaluating nudges: over those whom the reader may see, honest about too little."""

import pytest

from backend.guidance.evaluation import evaluate
from backend.ledger.queries import entries_of
from backend.patients.actions import Profile, admit_patient
from tests.guidance.decided import decide_many
from tests.people import NOW


def team(cast, count):
    """More patients of her clinician."""
    return [
        admit_patient(
            cast.bo.actor, Profile(name=f"Person {n}", zone="Europe/Berlin", language="en"), now=NOW
        )
        for n in range(count)
    ]


def test_effects_and_values_over_enough_people(cast):
    decide_many(team(cast, 8), effect=0.3)
    found = evaluate(cast.bo.actor, now=NOW)
    (arm,) = found.arms
    assert arm.arm == "check_in"
    assert arm.effect[1] < 0.3 < arm.effect[2]
    assert [week for week, *_ in arm.by_week] == [0, 2, 4]
    worth = {one.name: one.worth for one in found.policies}
    gain = worth["fixed"].doubly_robust.value - worth["silence"].doubly_robust.value
    assert gain == pytest.approx(0.6 * 0.3, abs=0.03)
    assert worth["silence"].effective_decisions < worth["silence"].decisions


def test_of_others_patients_nothing_is_counted(cast):
    decide_many(team(cast, 6))
    assert evaluate(cast.bo.actor, now=NOW).decisions == 240
    assert evaluate(cast.other_clinician.actor, now=NOW).decisions == 0
    assert evaluate(cast.operator.actor, now=NOW).decisions == 0


def test_few_people_give_no_number(cast):
    decide_many([cast.amina.patient])
    found = evaluate(cast.bo.actor, now=NOW)
    assert found.arms[0].effect is None
    assert found.arms[0].refused.code == "too_few_people"
    assert all(one.worth is None for one in found.policies)


def test_with_no_decision_there_is_nothing_and_no_error(cast):
    found = evaluate(cast.bo.actor, now=NOW)
    assert (found.decisions, found.arms, found.mean_reward) == (0, [], None)


def test_whose_data_went_in_is_entered_in_the_ledger(cast):
    evaluate(cast.bo.actor, now=NOW)
    entered = entries_of(cast.amina.id)
    assert any(entry.subject == "nudges evaluated" for entry in entered)

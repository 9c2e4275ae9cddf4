"""WCLS: the planted effect, its fading, what a careless mean gets wrong, and refusing."""

import numpy as np
import pytest

from backend.science.refusal import Refusal
from backend.science.wcls import Effects, wcls

PLANTED = 0.14  # HeartSteps V1: +14 % steps in the next half hour, as log steps


def trial(seed, *, people=44, each=210, effect=PLANTED, fade=0.0):
    """HeartSteps' size; speaks more often where people do better anyway."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    day = np.tile(np.arange(each) / each, people)
    context = rng.choice([0.0, 1.0], len(person))
    probability = 0.3 + 0.4 * context
    spoke = rng.random(len(person)) < probability
    usual = rng.normal(0, 0.5, people)[person]
    outcome = usual + 2 * context + spoke * (effect - fade * day) + rng.normal(0, 1, len(person))
    return person, outcome, spoke, probability, day, context


def fit(columns, *, fading=False):
    person, outcome, spoke, probability, day, context = columns
    ones = np.ones_like(day)
    moderators = np.column_stack([ones, day] if fading else [ones])
    controls = np.column_stack([ones, context])
    return wcls(person, outcome, spoke, probability, moderators=moderators, controls=controls)


def test_the_planted_effect_is_found_where_a_plain_difference_is_far_off():
    columns = trial(1)
    found = fit(columns)
    assert isinstance(found, Effects)
    assert found.lower[0] < PLANTED < found.upper[0]
    assert found.estimate[0] == pytest.approx(PLANTED, abs=0.06)
    assert found.lower[0] > 0
    assert columns[1][columns[2]].mean() - columns[1][~columns[2]].mean() > 0.5


def test_its_interval_covers_about_as_often_as_it_says():
    inside = 0
    for seed in range(200):
        found = fit(trial(seed, people=20, each=30))
        inside += found.lower[0] <= PLANTED <= found.upper[0]
    assert 0.91 <= inside / 200 <= 0.985


def test_an_effect_that_fades_is_seen_to_fade():
    found = fit(trial(4, effect=0.66, fade=0.66), fading=True)
    start, end = found.along(np.array([1.0, 0.0])), found.along(np.array([1.0, 1.0]))
    assert start[0] == pytest.approx(0.66, abs=0.12)
    assert end[0] == pytest.approx(0.0, abs=0.12)
    assert found.upper[1] < 0


def test_one_person_in_two_rows_is_the_same_person():
    columns = trial(5, people=10, each=40)
    shuffled = np.random.default_rng(0).permutation(400)
    again = fit(tuple(column[shuffled] for column in columns))
    assert again.estimate == pytest.approx(fit(columns).estimate)
    assert again.lower == pytest.approx(fit(columns).lower)


@pytest.mark.parametrize(
    ("people", "each", "code"), [(4, 100, "too_few_people"), (8, 4, "too_few_decisions")]
)
def test_too_little_is_refused(people, each, code):
    found = fit(trial(6, people=people, each=each))
    assert isinstance(found, Refusal)
    assert found.code == code

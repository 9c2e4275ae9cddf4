"""The outlook on thirty days: separation and calibration on people it was not fitted on."""

import numpy as np
import pytest

from backend.science.adherence import NOT_TAKEN, TAKEN, UNANSWERED
from backend.science.adherence_risk import (
    COEFFICIENTS,
    Risk,
    adherence_risk,
    features,
    fit,
    probability,
)
from backend.science.refusal import Refusal
from tests.science.takers import taker

TODAY = 90


def known(answered):
    """What is known of ninety days, as the model is fitted on it."""
    day, outcome = np.arange(TODAY), answered[:TODAY]
    there = outcome != UNANSWERED
    return features(day[there], outcome[there], today=TODAY)


def people(seed, count):
    rng = np.random.default_rng(seed)
    return [taker(rng) for _ in range(count)]


def failed(one):
    """Whether less than 80 % of the next thirty days' doses were really taken."""
    return one.taken[TODAY : TODAY + 30].mean() < 0.8


def test_held_out_people_are_told_apart_and_the_percents_are_true():
    held_out = people(2, 8000)
    happened = np.array([failed(one) for one in held_out])
    told = np.array([probability(known(one.answered)) for one in held_out])
    place = np.argsort(np.argsort(told))
    hits = happened.sum()
    area = (place[happened].sum() - hits * (hits - 1) / 2) / (hits * (len(happened) - hits))
    assert area >= 0.84
    log_odds = np.log(told / (1 - told))
    intercept, slope = fit(np.column_stack([np.ones(len(told)), log_odds]), happened, ridge=0)
    assert 0.9 <= slope <= 1.1
    assert abs(intercept) < 0.15
    for low in np.arange(0, 1, 0.2):
        bin_ = (told >= low) & (told < low + 0.2)
        mean = told[bin_].mean()
        chance = 3 * np.sqrt(mean * (1 - mean) / bin_.sum())
        assert happened[bin_].mean() == pytest.approx(mean, abs=chance)


def test_the_coefficients_are_the_ones_that_fitting_gives():
    cohort = people(1, 20_000)
    columns = np.array([known(one.answered) for one in cohort])
    found = fit(columns, np.array([failed(one) for one in cohort]))
    np.testing.assert_allclose(found, COEFFICIENTS, atol=5e-4)


def outcomes(*runs):
    """Runs of (outcome, days) that end yesterday."""
    return np.concatenate([np.full(days, outcome) for outcome, days in runs])


def told(*runs):
    outcome = outcomes(*runs)
    return adherence_risk(np.arange(TODAY - len(outcome), TODAY), outcome, today=TODAY)


def test_who_takes_all_is_at_low_risk_and_who_has_stopped_at_high():
    good, bad = told((TAKEN, 90)), told((TAKEN, 70), (NOT_TAKEN, 20))
    assert good.percent < 10
    assert bad.percent > 90
    assert good.lower == good.percent == good.upper


def test_what_is_not_known_widens():
    sure = told((TAKEN, 60), (NOT_TAKEN, 4), (TAKEN, 26))
    open_ = told((TAKEN, 56), (UNANSWERED, 10), (TAKEN, 24))
    assert isinstance(open_, Risk)
    assert open_.lower < open_.percent <= open_.upper
    assert open_.upper - open_.lower > sure.upper - sure.lower


def test_it_abstains():
    assert told((TAKEN, 44)) == Refusal("too_short_for_outlook", 44, 45, "days")
    assert isinstance(told((TAKEN, 50), (UNANSWERED, 40)), Refusal)
    assert told((TAKEN, 50), (UNANSWERED, 40)).code == "too_few_answers"
    # Doses of long ago are no doses of the window.
    assert adherence_risk(np.arange(80), outcomes((TAKEN, 80)), today=300).have == 0

"""The gate: numbers against slow twins, laws and edges; limits; unfairness planted and absent."""

import math
from dataclasses import replace

import numpy as np
import pytest
from fairlearn.metrics import true_positive_rate
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from backend.science import fairness_gate
from backend.science.calibration import (
    expected_calibration_error,
    log_odds,
    logistic,
    observed_over_expected,
    recalibration,
    reliability,
    wilson,
)
from backend.science.discrimination import auroc
from backend.science.fairness import audit
from backend.science.fairness_gate import Measured, Numbers, State, holm, judge
from backend.science.interval_coverage import coverage_of
from backend.science.remedied_risk import Remedy, remedied
from backend.science.remedies import (
    equal_tpr_threshold,
    recalibrated,
    recalibrations,
    remedies,
    thresholds,
)
from backend.science.subgroup_metrics import People, bootstrap, metrics_of
from bench.gate import fair_people, flipped
from tests.insights.judged import PEOPLE, judged

risks = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9])),
    min_size=2,
    max_size=40,
)


@given(risks)
def test_the_area_is_the_share_of_pairs_in_order(told):
    y, p = np.array([t[0] for t in told]), np.array([t[1] for t in told])
    pairs = [(a > b) + (a == b) / 2 for a in p[y] for b in p[~y]]
    if pairs:
        assert auroc(y, p) == pytest.approx(sum(pairs) / len(pairs))
        assert auroc(~y, p) == pytest.approx(1 - auroc(y, p))
    else:
        assert math.isnan(auroc(y, p))


def test_area_and_slope_are_scikit_learns():
    people, _ = fair_people(np.random.default_rng(1), 3000)
    y, p = people.happened, people.probability**0.7
    assert auroc(y, p) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    fit = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds(p)[:, None], y)
    intercept, slope = recalibration(y, p)
    assert slope == pytest.approx(fit.coef_[0, 0], abs=1e-4)
    assert intercept == pytest.approx(fit.intercept_[0], abs=1e-4)


def test_rates_are_fairlearns_and_net_benefit_is_by_hand():
    y = np.array([1, 1, 1, 0, 0, 0, 0, 0], bool)
    p = np.array([0.9, 0.5, 0.1, 0.6, 0.2, 0.2, 0.1, 0.1])
    told = metrics_of(People(y, p, 0.5))
    assert told["tpr"] == true_positive_rate(y, p >= 0.5) == pytest.approx(2 / 3)
    assert (told["fpr"], told["ppv"], told["alert_rate"]) == (1 / 5, 2 / 3, 3 / 8)
    assert told["net_benefit"] == pytest.approx((2 - 1 * 1) / 8)
    assert told["o_e"] == pytest.approx(3 / 2.7)


def test_calibration_of_risks_that_are_too_bold():
    people, _ = fair_people(np.random.default_rng(2), 40_000)
    bold = logistic(2 * log_odds(people.probability))
    assert recalibration(people.happened, bold)[1] == pytest.approx(0.5, abs=0.03)
    assert recalibration(people.happened, people.probability)[1] == pytest.approx(1, abs=0.05)
    assert observed_over_expected(people.happened, people.probability) == pytest.approx(1, abs=0.04)
    fair = expected_calibration_error(people.happened, people.probability)
    assert fair < 0.01 < expected_calibration_error(people.happened, bold)


def test_what_has_no_number_has_none():
    some = np.array([0.1, 0.2, 0.3])
    for y in (np.zeros(3, bool), np.ones(3, bool)):
        assert math.isnan(auroc(y, some))
        assert all(map(math.isnan, recalibration(y, some)))
    parted = np.array([False, False, True])
    assert all(map(math.isnan, recalibration(parted, some)))  # a line parts them
    assert all(map(math.isnan, recalibration(parted, np.full(3, 0.2))))
    assert math.isnan(metrics_of(People(parted, some, 0.9))["ppv"])


def test_bins_hold_everyone_and_wilson_is_the_textbooks():
    people, _ = fair_people(np.random.default_rng(3), 1003)
    bins = reliability(people.happened, people.probability)
    assert sum(one.people for one in bins) == 1003
    assert [one.expected for one in bins] == sorted(one.expected for one in bins)
    assert all(one.lower <= one.observed <= one.upper for one in bins)
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)


def slow_replicates(people, group, count, rng):
    """Each number computed anew on people drawn within groups."""
    told = []
    for _ in range(count):
        drawn = np.concatenate(
            [rng.choice(np.flatnonzero(group == n), int((group == n).sum())) for n in (0, 1)]
        )
        told.append([metrics_of(people.of(drawn[group[drawn] == n])) for n in (0, 1)])
    return told


def test_the_fast_bootstrap_spreads_as_the_slow_one_does():
    people, groups = fair_people(np.random.default_rng(4), 3000)
    group = (groups["town"] == "a").astype(np.int64)
    fast = bootstrap(people, group, replicates=400, rng=np.random.default_rng(5))
    slow = slow_replicates(people, group, 400, np.random.default_rng(6))
    for name in fast[0].group:
        for n in (0, 1):
            twin = np.array([told[n][name] for told in slow])
            mine = fast[n].group[name]
            assert mine.std() == pytest.approx(twin.std(), rel=0.16), name
            if name != "ece":  # whose bins are drawn anew in the twin
                assert abs(mine.mean() - twin.mean()) < 0.35 * twin.std(), name
    assert fast[0].rest["tpr"] == pytest.approx(fast[1].group["tpr"])
    assert fast[0].rest["auroc"] == pytest.approx(fast[1].group["auroc"])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_the_step_down_of_its_paper(p):
    rejected, left = set(), len(p)
    for at in sorted(range(len(p)), key=p.__getitem__):
        if p[at] > 0.05 / left:
            break
        rejected.add(at)
        left -= 1
    assert {n for n, one in enumerate(holm(p)) if one <= 0.05} == rejected


def numbers(people=10_000, events=2000, **measured):
    fair = {
        "o_e": Measured(1.0, 0.95, 1.05, 0.0),
        "slope": Measured(1.0, 0.93, 1.07, 0.0),
        "auroc_drop": Measured(0.0, -0.02, 0.02, 0.0),
        "tpr_gap": Measured(0.0, -0.03, 0.03, 0.0),
    }
    return Numbers(people, events, fair | measured)


def state_of(name, measured, **size):
    (verdict,) = judge([numbers(**size, **{name: measured})])
    return next(limit.state for limit in verdict.limits if limit.name == name)


@pytest.mark.parametrize(
    ("name", "measured", "state"),
    [
        ("o_e", Measured(1.2, 1.05, 1.35, 2.0), State.MET),
        ("o_e", Measured(1.2, 1.12, 1.28, 6.0), State.MISSED),  # does not touch 1
        ("o_e", Measured(1.3, 0.9, 1.8, 1.5), State.UNCLEAR),
        ("o_e", Measured(0.7, 0.65, 0.75, -9.0), State.MISSED),
        ("slope", Measured(0.81, 0.75, 0.87, -6.0), State.MET),
        ("slope", Measured(0.79, 0.73, 0.85, -6.5), State.MISSED),
        ("slope", Measured(1.21, 0.9, 1.5, 1.3), State.UNCLEAR),
        ("auroc_drop", Measured(0.05, 0.03, 0.07, 5.0), State.MET),
        ("auroc_drop", Measured(0.051, 0.03, 0.07, 5.0), State.MISSED),
        ("auroc_drop", Measured(-0.2, -0.25, -0.15, -9.0), State.MET),  # better than the rest
        ("tpr_gap", Measured(0.10, 0.06, 0.14, 5.0), State.MET),
        ("tpr_gap", Measured(-0.101, -0.14, -0.06, -5.0), State.MISSED),
        ("tpr_gap", Measured(0.09, 0.02, 0.16, 5.0), State.MISSED),  # may well be above 0.15
        ("tpr_gap", Measured(0.05, -0.06, 0.16, 1.0), State.UNCLEAR),
        ("slope", Measured(math.nan, math.nan, math.nan, math.nan), State.MISSED),
    ],
)
def test_limits(name, measured, state):
    assert state_of(name, measured) == state


def test_whatever_is_beyond_a_limit_blocks_and_what_is_unclear_says_what_would_tell():
    wide, close = Measured(1.21, 0.87, 1.55, 1.2), Measured(1.21, 1.15, 1.27, 6.8)
    (unclear,) = judge([numbers(events=150, slope=wide)])
    (missed,) = judge([numbers(events=150, slope=close)])
    assert unclear.blocks
    assert missed.blocks
    assert (unclear.is_missed, missed.is_missed) == (False, True)
    needed = next(one.events_needed for one in unclear.limits if one.name == "slope")
    error = (1.55 - 0.87) / 3.92 * math.sqrt(150 / needed)  # that of so many events
    assert 0.2 / error == pytest.approx(3.3, abs=0.02)
    assert not any(one.events_needed for one in missed.limits)


@pytest.mark.parametrize(("people", "events"), [(5000, 99), (199, 100), (0, 0)])
def test_a_small_group_is_not_judged_and_not_evidence(people, events):
    (verdict,) = judge([numbers(people, events)])
    assert not verdict.limits
    assert not verdict.blocks
    assert not verdict.enough


def test_a_fair_model_passes_and_one_whose_labels_were_flipped_does_not():
    fair, unfair = judged(), judged(unfair=True)
    assert fair.passed
    assert {g.of for g in fair.groups} == {"sex", "town", "sex × town"}
    assert sum(g.people for g in fair.groups if g.of == "sex × town") == PEOPLE
    assert not unfair.passed
    assert {"town: a", "sex × town: female × a"} <= {f"{g.of}: {g.label}" for g in unfair.blocking}
    assert all(g.remedies for g in unfair.blocking if g.of != "everyone")


def test_fair_models_pass_and_flipped_ones_are_blocked():
    """The bench's `gate_power` in small."""
    passed = blocked = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        people, groups = fair_people(rng, PEOPLE)
        passed += audit(people, groups, replicates=50).passed
        worse = flipped(rng, people, groups["town"] == "b")
        blocked += not audit(worse, {"town": groups["town"]}, replicates=50).passed
    assert passed >= 3
    assert blocked == 4


def test_the_audit_is_the_same_each_time_and_lists_the_small():
    people, groups = fair_people(np.random.default_rng(9), 2000)
    rare = np.where(np.arange(2000) < 40, "rare", "common")
    once, again = (audit(people, {"kind": rare}, replicates=50) for _ in range(2))
    assert once == again
    assert [group.label for group in once.insufficient] == ["rare"]
    assert once.passed  # which lets a person decide


def test_nobody_to_judge_is_no_pass():
    people, groups = fair_people(np.random.default_rng(9), 120)
    assert not audit(people, groups, replicates=50).passed
    none = replace(people, happened=np.zeros(120, bool))
    assert not audit(none, groups, replicates=50).passed


def test_remedies_give_back_what_was_lost():
    rng = np.random.default_rng(11)
    people, _ = fair_people(rng, 20_000)
    bold = People(people.happened, logistic(1.8 * log_odds(people.probability) + 1), 0.4)
    told = remedies(bold, people)
    assert told.recalibrated_o_e == pytest.approx(1, abs=0.02)
    assert told.recalibrated_slope == pytest.approx(1, abs=0.05)
    assert told.tpr_then == pytest.approx(metrics_of(people)["tpr"], abs=0.001)
    assert (told.without_people, told.without_events) == (20_000, int(people.happened.sum()))
    assert auroc(people.happened, recalibrated(bold)) == pytest.approx(
        auroc(people.happened, people.probability), abs=0.002
    )
    assert math.isnan(equal_tpr_threshold(people.of(~people.happened), 0.5))


def test_the_limits_are_those_that_were_asked_for():
    limits = fairness_gate.LIMITS
    assert (limits["o_e"].least, limits["o_e"].most) == (0.8, 1.25)
    assert (limits["slope"].least, limits["slope"].most) == (0.8, 1.2)
    assert limits["auroc_drop"].most == 0.05
    assert (limits["tpr_gap"].most, limits["tpr_gap"].surely) == (0.10, 0.15)
    assert fairness_gate.LEAST_EVENTS == 100


def test_thresholds_of_ones_own_count_in_every_number():
    people, _ = fair_people(np.random.default_rng(12), 4000)
    each = np.where(np.arange(4000) % 2, 0.2, 0.4)
    mixed = People(people.happened, people.probability, each)
    halves = [mixed.of(each == one) for one in (0.2, 0.4)]
    plain = [People(half.happened, half.probability, float(half.threshold[0])) for half in halves]
    for half, alone in zip(halves, plain, strict=True):
        assert metrics_of(half) == metrics_of(alone)
    told, parts = metrics_of(mixed), [metrics_of(half) for half in halves]
    for name in ("net_benefit", "alert_rate"):
        assert told[name] == pytest.approx((parts[0][name] + parts[1][name]) / 2)


def test_what_is_offered_is_fitted_for_each_group_and_alerts_as_often():
    people, groups = fair_people(np.random.default_rng(13), 20_000)
    low = np.where(groups["town"] == "a", 0.6, 0.0)
    told = People(people.happened, logistic(log_odds(people.probability) - low), 0.25)
    fitted = recalibrations(told, groups["town"], "town")
    assert [one.label for one in fitted] == ["a", "b", "c"]
    assert [one.intercept for one in fitted] == pytest.approx([0.6, 0, 0], abs=0.15)
    after = remedied(fitted, told.probability, 0.25, groups)
    town_a = groups["town"] == "a"
    assert observed_over_expected(
        people.happened[town_a], after.probability[town_a]
    ) == pytest.approx(1, abs=0.001)
    policy = thresholds(told, groups["town"], "town")
    mine = remedied(policy, told.probability, 0.25, groups).people(told.happened)
    assert int(mine.alerted.sum()) == pytest.approx(int(told.alerted.sum()), rel=0.01)
    rates = [metrics_of(mine.of(groups["town"] == town))["tpr"] for town in "abc"]
    assert max(rates) - min(rates) < 0.01
    assert thresholds(told, np.array([""] * 19_990 + ["few"] * 10), "x")[-1].label == ""


def test_who_is_withheld_is_left_out_whole():
    people, groups = fair_people(np.random.default_rng(14), 2000)
    of = Remedy("sex × town", "male × b", withheld=True)
    told = remedied([of], people.probability, people.threshold, groups)
    members = (groups["sex"] == "male") & (groups["town"] == "b")
    assert (told.told == ~members).all()
    assert len(told.people(people.happened)) == int((~members).sum())


def test_intervals_are_counted_by_people_and_missed_only_for_sure():
    rng = np.random.default_rng(15)
    person = np.repeat(np.arange(60), 40)
    sex = np.where(person % 2, "male", "female")
    within = rng.random(2400) < 0.9
    fair = coverage_of(person, within, {"sex": sex})
    assert [(one.name, one.state) for one in fair] == [
        ("everyone: everyone", State.MET),
        ("sex: female", State.MET),
        ("sex: male", State.MET),
    ]
    worse = within & ~((sex == "male") & (rng.random(2400) < 0.2))
    assert coverage_of(person, worse, {"sex": sex})[2].state == State.MISSED
    few = coverage_of(person[:400], worse[:400], {"sex": sex[:400]})
    assert [one.state for one in few] == [None, None, None]  # ten people
    one_bad = np.where(person == 0, False, within)  # one person's errors are no group's
    assert coverage_of(person, one_bad, {"sex": sex})[1].state != State.MISSED

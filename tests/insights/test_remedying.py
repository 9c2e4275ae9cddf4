"""Remedies: a blocked model, mended by what its report offers, passes as another version."""

import pytest

from backend.accounts.actors import job
from backend.core.problems import Conflict, Forbidden, Invalid
from backend.insights import model_queries, registry
from backend.insights.auditing import audit_held_out
from backend.insights.models import LearnedModel
from backend.insights.remedying import remedy
from tests.insights.judged import candidate, cohort_with_a_town_at_more_risk
from tests.people import NOW

REASON = "Town a is at more risk than it was told."


@pytest.fixture(scope="module")
def cohort():
    return cohort_with_a_town_at_more_risk()


def audit(model, cohort):
    return audit_held_out(job("test"), model, cohort, data="simulated", replicates=50, now=NOW)


def limits_missed(report):
    groups = report["audit"]["groups"]
    judged = [one for group in groups for one in group["verdict"]["limits"]]
    return {one["name"] for one in judged if one["state"] == "missed"}


def mend(cast, model, what, *of, who="operator", reason=REASON):
    actor = getattr(cast, who).actor
    return remedy(actor, model.id, what=what, of=of, reason=reason, now=NOW)


def test_a_blocked_model_with_two_remedies_passes_and_is_deployed(cast, cohort):
    """Recalibration makes risks true; where town a is at more risk, rates then need a policy."""
    plain = candidate()
    found = audit(plain, cohort)
    assert not found.passed
    assert "town: a" in found.report["blocking"]
    true = mend(cast, plain, "recalibrate", "town")
    assert (true.version, true.state) == ("1.0.r1", "candidate")
    with pytest.raises(Conflict, match="no report"):  # the old one's is none of the new one's
        registry.deploy(cast.bo.actor, true.id, reason="The board saw it.", now=NOW)
    assert limits_missed(audit(true, cohort).report) == {"tpr_gap"}
    mended = mend(cast, true, "threshold", "town")
    again = audit(mended, cohort)
    assert (mended.version, again.passed, again.report["blocking"]) == ("1.0.r2", True, [])
    registry.deploy(cast.bo.actor, mended.id, reason="The board saw it.", now=NOW)
    assert model_queries.deployed(plain.method) == mended
    assert [one["what"] for one in mended.card["remedies"]] == ["recalibrate", "threshold"]


def test_its_card_says_what_was_done_by_whom_and_why(cast, cohort):
    plain = candidate()
    audit(plain, cohort)
    mended = mend(cast, plain, "recalibrate", "town", who="bo")
    assert mended.card["remedies"] == [
        {
            **{"from": "1.0", "what": "recalibrate", "of": ["town"], "reason": REASON},
            **{"by": "Dr Bo Lindqvist", "fitted_on": "12000 people in training of simulated"},
        }
    ]
    answers = {one["item"]: one["answer"] for one in mended.card["tripod_ai"]}
    assert "an intercept and slope for each group of town" in answers[14]
    assert answers[24].startswith("Made from version 1.0, not fitted anew")
    assert mended.card["metrics"] == {}  # those of the plain one are not its own
    assert model_queries.steps(mended)[0].reason.startswith("made from 1.0: an intercept")


def test_thresholds_of_a_policy_give_all_towns_the_same_rate(cast, cohort):
    plain = candidate()
    before = audit(plain, cohort).report
    mended = mend(cast, plain, "threshold", "town")
    report = audit(mended, cohort).report
    assert len(report["audit"]["thresholds"]) == 3
    towns = [group for group in report["audit"]["groups"] if group["of"] == "town"]
    rates = [group["metrics"]["tpr"]["value"] for group in towns]
    assert max(rates) - min(rates) < 0.04
    alerts = [
        one["audit"]["everyone"]["metrics"]["alert_rate"]["value"] for one in (before, report)
    ]
    assert alerts[1] == pytest.approx(alerts[0], abs=0.01)
    assert "town: a" in report["blocking"]  # thresholds mend no calibration


def test_who_is_withheld_is_told_no_risk_and_judged_no_more(cast, cohort):
    plain = candidate()
    report = audit(plain, cohort).report
    mended = mend(cast, plain, "withhold", "town: a")
    again = audit(mended, cohort).report
    assert again["data"]["withheld"] + again["data"]["people"] == report["data"]["people"]
    assert not [group for group in again["audit"]["groups"] if group["label"] == "a"]


@pytest.mark.parametrize(
    ("what", "of"),
    [
        ("recalibrate", ()),
        ("recalibrate", ("hair",)),
        ("threshold", ("town: a",)),
        ("withhold", ()),
        ("withhold", ("everyone: everyone",)),
        ("withhold", ("town: c",)),  # which the gate passed
        ("burn", ("town",)),
    ],
)
def test_only_what_the_report_offers(cast, cohort, what, of):
    model = candidate()
    audit(model, cohort)
    with pytest.raises(Invalid):
        mend(cast, model, what, *of)
    assert LearnedModel.objects.count() == 1


def test_without_a_report_a_reason_or_the_right_there_is_no_remedy(cast, cohort):
    model = candidate()
    with pytest.raises(Conflict, match="no report"):
        mend(cast, model, "recalibrate", "town")
    audit(model, cohort)
    with pytest.raises(Invalid):
        mend(cast, model, "recalibrate", "town", reason="ok")
    for who in ("coordinator", "carla", "amina"):
        with pytest.raises(Forbidden):
            mend(cast, model, "recalibrate", "town", who=who)


def test_versions_of_one_family_are_counted(cast, cohort):
    model = candidate()
    audit(model, cohort)
    first = mend(cast, model, "recalibrate", "town")
    second = mend(cast, model, "threshold", "town")
    audit(first, cohort)
    assert [first.version, second.version] == ["1.0.r1", "1.0.r2"]

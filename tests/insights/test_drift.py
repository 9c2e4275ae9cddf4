"""The monthly re-audit of what is in use: due once a month, honest where outcomes are few."""

from datetime import timedelta

import numpy as np
import pytest

from backend.accounts.actions import set_active
from backend.accounts.actors import job
from backend.core.problems import Conflict, Forbidden, Unavailable
from backend.insights import drift, model_queries, registry
from backend.insights.drift import reaudit
from backend.insights.live_outcomes import (
    Intervals,
    Outcomes,
    ahead_intervals,
    outlook_outcomes,
)
from backend.insights.models import LearnedModel
from bench.gate import fair_people, flipped
from tests.insights.judged import PEOPLE, audited, candidate
from tests.insights.measured import days_ago, mark, prescribe_daily, refresh, wear_glucose
from tests.people import NOW

MONTH = timedelta(days=30)


def in_use(cast, *, autonomous=False):
    model = candidate()
    audited(model)
    how = {"reason": "Seen by the board.", "autonomous": autonomous, "now": NOW}
    return registry.deploy(cast.bo.actor, model.id, **how)


def drifted(model):
    """A live report as a re-audit writes it, without the numbers."""
    report = {
        "model": {"method": model.method, "version": model.version, "digest": model.digest},
        "data": {"name": "live outcomes", "people": 3000, "events": 600},
        **{"gate": "2.0", "enough": True, "passed": False, "drifted": True},
        **{"blocking": ["town: a"], "unclear": [], "insufficient": []},
    }
    return registry.enter_audit(job("reaudit"), model, report, live=True, now=NOW + MONTH)


def page_of(client, person, path):
    client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    return client.get(path).content.decode()


def outcomes(*, unfair):
    rng = np.random.default_rng(5)
    people, groups = fair_people(rng, 3000 if unfair else PEOPLE)
    if unfair:
        people = flipped(rng, people, groups["town"] == "a")
    return lambda model, now: Outcomes(people.probability, people.happened, groups)


def test_a_model_without_outcomes_is_said_to_have_none_once_a_month(cast, client):
    model = in_use(cast)
    assert reaudit(now=NOW + timedelta(days=1)) == []
    (told,) = reaudit(now=NOW + MONTH)
    assert (told.live, told.enough, told.report["data"]["people"]) == (True, False, 0)
    assert reaudit(now=NOW + MONTH + timedelta(days=1)) == []
    assert len(reaudit(now=NOW + 2 * MONTH)) == 1
    text = page_of(client, cast.bo, f"/admin/models/{model.id}/")
    assert text.count("0 events among 0 people") == 2


def test_drift_is_found_and_the_report_that_deployed_it_stays(cast):
    model = in_use(cast)
    (told,) = reaudit(live={model.method: outcomes(unfair=True)}, now=NOW + MONTH)
    assert (told.enough, told.passed, told.report["drifted"]) == (True, False, True)
    assert "town: a" in told.report["blocking"]
    assert registry.latest_audit(model).passed
    model.refresh_from_db()
    assert model.state == "deployed"


def test_what_is_still_right_passes(cast):
    model = in_use(cast)
    (told,) = reaudit(live={model.method: outcomes(unfair=False)}, now=NOW + MONTH)
    assert told.passed
    assert [audit.live for audit in model_queries.audits(model)] == [True, False]


def test_retired_models_are_left_alone(cast):
    model = in_use(cast)
    registry.retire(cast.bo.actor, model.id, reason="No longer wanted.", now=NOW)
    assert reaudit(now=NOW + MONTH) == []


def test_a_worker_without_fairlearn_says_what_it_lacks(cast, monkeypatch):
    model = in_use(cast)
    monkeypatch.setattr(drift, "AUDIT", "no.such.module.audit_people")
    with pytest.raises(Unavailable, match=r"audit\.txt"):
        reaudit(live={model.method: outcomes(unfair=False)}, now=NOW + MONTH)


def test_what_drifted_does_nothing_alone_any_more(cast):
    model = in_use(cast, autonomous=True)
    assert model_queries.acts_alone(model)
    told = drifted(model)
    assert not model_queries.acts_alone(model)
    last = model_queries.steps(model)[-1]
    assert (last.state, last.actor_name, last.audit_id) == ("deployed", "reaudit", told.id)
    assert last.reason.startswith("drifted for")


def test_drift_is_told_to_who_deployed_it_and_to_operators_until_somebody_answers(cast, client):
    model = in_use(cast)
    assert "drifted" not in page_of(client, cast.bo, "/admin/")
    drifted(model)
    for person in (cast.bo, cast.operator):
        text = page_of(client, person, "/admin/")
        assert "A model has drifted" in text
        assert "town: a" in text
    for person in (cast.other_clinician, cast.coordinator):
        assert "A model has drifted" not in page_of(client, person, "/admin/")
    assert 'ek-bad">drifted' in page_of(client, cast.coordinator, "/admin/models/")
    registry.keep(cast.bo.actor, model.id, reason="Town a is looked at by hand.", now=NOW + MONTH)
    assert "A model has drifted" not in page_of(client, cast.bo, "/admin/")
    text = page_of(client, cast.bo, f"/admin/models/{model.id}/")
    assert "<b>Drifted</b>" in text
    assert "Nobody has said yet" not in text


def test_where_who_deployed_it_is_gone_every_clinician_is_told(cast):
    model = in_use(cast)
    drifted(model)
    assert model_queries.drift_to_answer(cast.other_clinician.actor) == []
    set_active(cast.bo.user, is_active=False)
    (told,) = model_queries.drift_to_answer(cast.other_clinician.actor)
    assert told.model == model


def test_only_a_clinician_keeps_and_only_what_drifted(cast):
    model = in_use(cast)
    with pytest.raises(Conflict, match="has not drifted"):
        registry.keep(cast.bo.actor, model.id, reason="It is as good as ever.", now=NOW)
    drifted(model)
    with pytest.raises(Forbidden):
        registry.keep(cast.operator.actor, model.id, reason="It is as good as ever.", now=NOW)


def test_a_later_audit_that_passes_ends_the_drift(cast):
    model = in_use(cast)
    report = drifted(model).report | {"passed": True, "drifted": False, "blocking": []}
    registry.enter_audit(job("reaudit"), model, report, live=True, now=NOW + 2 * MONTH)
    assert model_queries.drift_of(model) is None


def intervals(share):
    rng = np.random.default_rng(6)
    person = np.repeat(np.arange(40), 30)
    sex = np.where(person % 2, "male", "female")
    return lambda model, now: Intervals(person, rng.random(1200) < share, {"sex": sex})


@pytest.mark.parametrize(("share", "passed"), [(0.9, True), (0.7, False)])
def test_intervals_of_forecasts_are_counted_and_drawn(cast, client, share, passed):
    model = in_use(cast)
    (told,) = reaudit(live={model.method: intervals(share)}, now=NOW + MONTH)
    assert (told.passed, told.report["drifted"]) == (passed, not passed)
    text = page_of(client, cast.bo, f"/admin/models/{model.id}/")
    assert "Within the 90 % interval" in text
    assert "40 people, 1200 outcomes" in text


def test_the_outlook_is_set_beside_the_doses_that_followed(cast):
    doses = prescribe_daily(cast, days=110)
    for dose in doses:
        early = dose.due_at < days_ago(32)
        mark(cast.amina, dose, "taken" if early or dose.due_at.day % 2 else "skipped")
    said = refresh(cast.amina, now=days_ago(33, 4))["adherence.outlook"]
    model = LearnedModel(method=said.method, version=said.version)
    found = outlook_outcomes(model, NOW)
    assert found.probability.tolist() == [pytest.approx(said.value / 100)]
    assert found.happened.tolist() == [True]  # every other dose
    assert {of: labels.tolist() for of, labels in found.groups.items()} == {
        "sex": ["unknown"],
        "age": ["not recorded"],
    }
    other = LearnedModel(method=said.method, version="another")
    assert not len(outlook_outcomes(other, NOW).happened)


def test_an_interval_is_set_beside_the_reading_an_hour_later(cast):
    wear_glucose(cast.amina, first=2, days=1, mg_dl=[120, 124, 128, 124])
    said = refresh(cast.amina, now=days_ago(2, 20))["glucose.ahead"]
    model = LearnedModel(method=said.method, version=said.version)
    found = ahead_intervals(model, NOW)
    assert (found.person.tolist(), found.within.tolist()) == ([0], [True])
    assert not len(ahead_intervals(model, NOW - timedelta(days=10)).within)

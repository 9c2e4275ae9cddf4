"""The monthly re-audit of what is in use: due once a month, honest where outcomes are few."""

from datetime import timedelta

import numpy as np
import pytest

from backend.core.problems import Unavailable
from backend.insights import drift, model_queries, registry
from backend.insights.drift import Outcomes, reaudit
from bench.gate import fair_people, flipped
from tests.insights.judged import audited, candidate
from tests.people import NOW

MONTH = timedelta(days=30)


def in_use(cast):
    model = candidate()
    audited(model)
    return registry.deploy(cast.bo.actor, model.id, reason="Seen by the board.", now=NOW)


def outcomes(*, unfair):
    rng = np.random.default_rng(5)
    people, groups = fair_people(rng, 3000)
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
    client.force_login(cast.bo.user, "django.contrib.auth.backends.ModelBackend")
    text = client.get(f"/admin/models/{model.id}/").content.decode()
    assert text.count("0 events among 0 people") == 2


def test_drift_is_found_and_the_report_that_deployed_it_stays(cast):
    model = in_use(cast)
    live = {model.method: outcomes(unfair=True)}
    (told,) = reaudit(live=live, now=NOW + MONTH)
    assert (told.enough, told.passed) == (True, False)
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

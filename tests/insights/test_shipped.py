"""What comes with the project stands in the registry: in sight, refused where people refuse it."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from backend.core.problems import Conflict, Invalid
from backend.insights import in_use, model_queries, registry, shipped
from backend.insights.cards import check_card
from backend.insights.glucose_ahead import METHOD, model_for
from backend.insights.models import LearnedModel, ModelState
from backend.science.adherence_risk import coefficients_of
from backend.wire.glucose_ahead import NO_MODEL, VERSION, digest_of
from tests.insights.measured import refresh
from tests.insights.test_glucose_ahead import wear
from tests.people import NOW

OUTLOOK = "adherence.outlook"
REASON = "The team of the clinic has decided so."


@pytest.fixture(autouse=True)
def asked_anew():
    """What doors remember for a minute belongs to one test."""
    in_use.forget()
    yield
    in_use.forget()


def retire(cast, method):
    model = model_queries.deployed(method)
    registry.retire(cast.bo.actor, model.id, reason=REASON, now=NOW)


@pytest.mark.parametrize("method", list(shipped.SHIPPED))
def test_it_arrives_deployed_against_the_gate_and_says_that_no_group_was_judged(cast, method):
    assert in_use.in_use(method, now=NOW).version == shipped.SHIPPED[method].version
    model = model_queries.deployed(method)
    steps = model_queries.steps(model)
    assert [step.state for step in steps] == ["candidate", "audited", "deployed"]
    last = steps[-1]
    assert last.overridden
    assert not last.autonomous
    assert last.actor_name == "Evenkeel, as shipped"
    assert "No group could be audited" in last.reason
    report = registry.latest_audit(model).report
    assert not report["enough"]
    assert set(model.card["subgroups"]) <= set(report["insufficient"])


def test_the_numbers_are_the_same_after_the_database(cast):
    for one in shipped.SHIPPED.values():
        found = in_use.in_use(one.method, now=NOW)
        assert found.artefact == one.to_json()
        assert digest_of(found.artefact) == found.digest


def test_a_forecasts_card_needs_its_error_its_groups_and_its_slices(cast):
    card = json.loads(shipped.SHIPPED[METHOD].card.read_text())
    check_card(card)
    for missing in ("by_group", "slices"):
        with pytest.raises(Invalid):
            check_card({name: one for name, one in card.items() if name != missing})
    metrics = {name: one for name, one in card["metrics"].items() if name != "covered_90"}
    with pytest.raises(Invalid):
        check_card(card | {"metrics": metrics})
    slices = {one["slice"] for one in card["slices"]}
    assert any("after a meal" in one for one in slices)
    assert any("after a bolus" in one for one in slices)


def test_it_enters_once_and_never_against_what_a_person_decided(cast):
    shipped.adopt_all(now=NOW)
    shipped.adopt_all(now=NOW + timedelta(days=1))
    assert LearnedModel.objects.count() == len(shipped.SHIPPED)
    retire(cast, METHOD)
    assert in_use.in_use(METHOD, now=NOW) is None
    assert model_queries.deployed(METHOD) is None


def test_a_newer_shipped_version_takes_the_place_of_the_one_before(cast):
    ours = shipped.SHIPPED[METHOD]
    numbers = {name: one for name, one in ours.to_json().items() if name != "usual"}
    before = LearnedModel.objects.create(
        **{"method": METHOD, "version": "1.0", "digest": "1" * 64, "trained_at": NOW},
        **{"artefact": numbers | {"version": "1.0"}, "card": json.loads(ours.card.read_text())},
        state=ModelState.DEPLOYED,
    )
    wear(cast.amina, [120.0] * 100)
    assert refresh(cast.amina)[METHOD].version == "1.0"
    assert shipped.adopt(METHOD, now=NOW + timedelta(days=1))
    assert model_queries.deployed(METHOD).version == VERSION
    before.refresh_from_db()
    assert before.state == ModelState.RETIRED


def test_what_is_retired_says_so_once_and_forecasts_nothing(cast):
    wear(cast.amina, [120.0] * 100)
    assert refresh(cast.amina)[METHOD].version == VERSION
    retire(cast, METHOD)
    said = refresh(cast.amina)[METHOD]
    assert said.value is None
    assert said.abstained == "Your care team does not use this at the moment."
    assert not said.is_thin
    later = NOW + timedelta(minutes=5)
    wear(cast.amina, [121.0], until=later, now=later)
    assert refresh(cast.amina, now=later)[METHOD].id == said.id


def test_another_version_in_use_speaks_in_its_own_name(cast):
    wear(cast.amina, [120.0] * 100)
    first = refresh(cast.amina)[METHOD]
    model = model_queries.deployed(METHOD)
    retire(cast, METHOD)
    other = LearnedModel.objects.create(
        **{"method": METHOD, "version": "1.9", "digest": "1" * 64, "trained_at": NOW},
        **{"artefact": model.artefact, "card": model.card, "state": ModelState.DEPLOYED},
    )
    second = refresh(cast.amina)[METHOD]
    assert (first.version, second.version) == (VERSION, "1.9")
    assert second.value == first.value
    assert other.version == model_queries.deployed(METHOD).version
    out = io.StringIO()
    call_command("recompute_findings", patient=cast.amina.id, method=METHOD, json=True, stdout=out)
    assert [one["again"] for one in json.loads(out.getvalue())] == ["same", "same"]


def test_a_phone_gets_the_model_in_use_and_forgets_a_retired_one(cast):
    assert model_for(None, now=NOW) is None
    model = model_for("", now=NOW)
    assert model_for(digest_of(model), now=NOW) is None
    retire(cast, METHOD)
    in_use.forget()
    assert model_for(digest_of(model), now=NOW) == NO_MODEL
    assert model_for(digest_of(NO_MODEL), now=NOW) is None


def test_nothing_shipped_may_act_without_a_person(cast):
    shipped.adopt_all(now=NOW)
    model = model_queries.deployed(OUTLOOK)
    with pytest.raises(Conflict):
        registry.deploy(cast.bo.actor, model.id, reason=REASON, autonomous=True, now=NOW)


def test_coefficients_of_another_form_are_refused():
    with pytest.raises(ValueError, match="form"):
        coefficients_of({"form": "adherence-risk/2", "coefficients": [0.0] * 7})
    with pytest.raises(ValueError, match="form"):
        coefficients_of({"form": "adherence-risk/1", "coefficients": [0.0]})

"""The registry: a way with gates, each step with a name; nothing that was said is altered."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from backend.accounts.actions import set_active
from backend.core.problems import Conflict, Forbidden, Invalid
from backend.insights import model_queries, registry
from backend.insights.models import LearnedModel, ModelAudit, ModelState, ModelStep
from backend.insights.plain import digest_of
from tests.insights.judged import MODEL, audited, candidate, card
from tests.people import NOW

REASON = "Reviewed by the board on Monday."


def deploy(person, model, **how):
    return registry.deploy(person.actor, model.id, **{"reason": REASON, "now": NOW} | how)


def test_a_fair_model_goes_all_the_way_and_every_step_has_a_name(cast):
    model = candidate()
    assert audited(model).passed
    deploy(cast.bo, model)
    registry.retire(cast.bo.actor, model.id, reason="A newer one is better.", now=NOW)
    told = [(step.state, step.actor_name, step.reason) for step in model_queries.steps(model)]
    assert told == [
        ("candidate", "test", "trained"),
        ("audited", "test", "the gate: passed"),
        ("deployed", "Dr Bo Lindqvist", REASON),
        ("retired", "Dr Bo Lindqvist", "A newer one is better."),
    ]
    with pytest.raises(Conflict, match="retired already"):
        deploy(cast.bo, model)


def test_without_a_report_there_is_no_deployment(cast):
    with pytest.raises(Conflict, match="no report"):
        deploy(cast.bo, candidate(), override=True)


def test_a_blocked_model_needs_an_override_which_stays_in_sight(cast):
    model = candidate()
    assert not audited(model, unfair=True).passed
    with pytest.raises(Conflict, match="may not be deployed"):
        deploy(cast.bo, model)
    deploy(cast.bo, model, override=True)
    registry.retire(cast.bo.actor, model.id, reason="It was not fair after all.", now=NOW)
    assert [step.overridden for step in model_queries.steps(model)] == [False, False, True, False]


@pytest.mark.parametrize("who", ["coordinator", "operator", "carla", "amina"])
def test_nobody_but_a_clinician_deploys(cast, who):
    model = candidate()
    audited(model)
    with pytest.raises(Forbidden):
        deploy(getattr(cast, who), model)
    with pytest.raises(Forbidden):
        registry.retire(getattr(cast, who).actor, model.id, reason=REASON, now=NOW)


def test_the_role_is_read_anew(cast):
    model = candidate()
    audited(model)
    bo = cast.bo.actor  # as a page knows her that was opened before
    set_active(cast.bo.user, is_active=False)
    with pytest.raises(Forbidden):
        registry.deploy(bo, model.id, reason=REASON, now=NOW)


@pytest.mark.parametrize("reason", ["", "ok", "  ok  \n  "])
def test_a_reason_is_a_sentence(cast, reason):
    model = candidate()
    audited(model)
    with pytest.raises(Invalid):
        deploy(cast.bo, model, reason=reason)
    assert model_queries.deployed(model.method) is None


def test_a_newer_version_takes_the_place_of_the_one_in_use(cast):
    first, second = candidate("1.0"), candidate("1.1")
    for model in (first, second):
        audited(model)
        deploy(cast.bo, model)
    first.refresh_from_db()
    assert first.state == ModelState.RETIRED
    assert model_queries.deployed(first.method).version == "1.1"
    assert model_queries.steps(first)[-1].reason == "1.1 takes over"


def test_thin_evidence_lets_nothing_act_alone_override_or_not(cast):
    model = candidate()
    audit = audited(model)
    report = audit.report | {"insufficient": ["town: d"]}
    registry.enter_audit(cast.bo.actor, model, report, live=False, now=NOW + timedelta(minutes=1))
    for override in (False, True):
        with pytest.raises(Conflict, match="without a person"):
            deploy(cast.bo, model, autonomous=True, override=override, now=NOW)
    deploy(cast.bo, model)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"gate": "0.9"}, "another gate"),
        ({"model": {"digest": "f" * 64}}, "not of this model"),
        ({"enough": False}, "too few people"),
    ],
)
def test_a_report_that_is_not_valid_deploys_nothing_even_by_override(cast, change, says):
    model = candidate()
    report = audited(model).report | change
    registry.enter_audit(cast.bo.actor, model, report, live=False, now=NOW + timedelta(minutes=1))
    with pytest.raises(Conflict, match=says):
        deploy(cast.bo, model, override=True)


def test_an_old_report_is_none(cast):
    model = candidate()
    audited(model)
    with pytest.raises(Conflict, match="older than 92 days"):
        deploy(cast.bo, model, now=NOW + timedelta(days=93))


def test_rows_of_the_history_can_not_be_altered(cast):
    model = candidate()
    audited(model)
    for rows, change in (
        (ModelStep.objects.all(), {"reason": "another"}),
        (ModelAudit.objects.all(), {"passed": True}),
        (LearnedModel.objects.all(), {"artefact": {}}),
        (LearnedModel.objects.all(), {"card": {}}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete("default")


def test_digests_are_the_same_after_the_database(cast):
    model, audit = candidate(), audited(candidate("2.0"))
    model.refresh_from_db()
    audit.refresh_from_db()
    assert digest_of(model.artefact) == model.digest == digest_of(MODEL.to_json())
    assert digest_of(audit.report) == audit.digest


def test_a_version_stands_once(cast):
    candidate()
    with pytest.raises(Conflict, match="another fit is another version"):
        candidate()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limits": []}, "card.limits"),
        ({"purpose": "short"}, "card.purpose"),
        ({"tripod_ai": card()["tripod_ai"][:26]}, "card.tripod_ai"),
        ({"tripod_ai": [*card()["tripod_ai"][:26], card()["tripod_ai"][0]]}, "card.tripod_ai"),
    ],
)
def test_a_card_that_leaves_something_out_is_refused(cast, change, field):
    with pytest.raises(Invalid) as refused:
        registry.register(
            cast.bo.actor, method="risk.x", version="1", model=MODEL, card=card(**change), now=NOW
        )
    assert refused.value.errors[0].field == field

"""The models' pages: the audit is read, a clinician deploys with a reason, a refusal is a 409."""

import json
import re
from datetime import UTC, datetime

import pytest

from backend.accounts.actors import job
from backend.core.models import new_id
from backend.desk import judged
from backend.insights import model_queries, registry
from backend.insights.auditing import audit_held_out
from backend.insights.models import LearnedModel
from tests.insights.judged import audited, candidate, cohort_with_a_town_at_more_risk

REASON = "The board saw the report on Monday."


def page_of(model):
    return f"/admin/models/{model.id}/"


def press(client, model, deed="deploy", reason=REASON, **more):
    return client.post(page_of(model), {"deed": deed, "reason": reason} | more)


def test_without_a_report_a_press_is_a_409_and_changes_nothing(cast, sign_in):
    model = candidate()
    answer = press(sign_in(cast.bo), model)
    assert answer.status_code == 409
    assert "It has no report of the fairness gate." in answer.content.decode()
    model.refresh_from_db()
    assert model.state == "candidate"


def test_the_api_answers_409_as_a_problem_and_then_deploys(cast, sign_in):
    model, client = candidate(), sign_in(cast.bo)
    path = f"/api/v1/models/{model.id}/deployment"
    ask = {"reason": REASON}
    answer = client.post(path, ask, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["detail"] == "It has no report of the fairness gate."
    assert client.get(f"/api/v1/models/{model.id}/report").status_code == 404
    audited(model, now=datetime.now(UTC))
    assert client.post(path, {"reason": "x"}, content_type="application/json").status_code == 400
    assert client.post(path, ask, content_type="application/json").json()["state"] == "deployed"
    assert client.get(f"/api/v1/models/{model.id}/report").json()["passed"]
    rows = client.get("/api/v1/models").json()  # beside those that come with the project
    (row,) = [row for row in rows if row["method"] == model.method]
    assert (row["state"], row["passed"], row["overridden"]) == ("deployed", True, False)
    again = client.post(path, ask, content_type="application/json")
    assert again.json()["detail"] == "It is deployed already."
    opal = sign_in(cast.operator).post(path, ask, content_type="application/json")
    assert opal.status_code == 403


def test_a_fair_model_is_read_and_deployed_by_name(cast, sign_in):
    model = candidate()
    audited(model, now=datetime.now(UTC))
    client = sign_in(cast.bo)
    text = client.get(page_of(model)).content.decode()
    assert "passed" in text
    assert "Deploy it" in text
    assert "Deploy against" not in text
    assert text.count("<figure") == 6  # everyone, two sexes, three towns
    assert press(client, model).status_code == 302
    text = client.get(page_of(model)).content.decode()
    assert f"Dr Bo Lindqvist: {REASON}" in text
    assert press(client, model, "retire").status_code == 302
    assert "Retire it" not in client.get(page_of(model)).content.decode()


def test_a_blocked_model_shows_whom_and_an_override_for_ever(cast, sign_in):
    model = candidate()
    audited(model, unfair=True, now=datetime.now(UTC))
    client = sign_in(cast.bo)
    text = client.get(page_of(model)).content.decode()
    assert "groups lie beyond a limit; more than chance" in text
    assert "town: a" in text
    assert "What can be done" in text
    assert "ek-cross" in text
    assert press(client, model).status_code == 409
    assert press(client, model, autonomous="on", override="on").status_code == 409
    assert press(client, model, override="on").status_code == 302
    press(client, model, "retire")
    for person in (cast.bo, cast.coordinator, cast.operator):
        assert "Deployed against the gate" in sign_in(person).get(page_of(model)).content.decode()


@pytest.mark.parametrize("who", ["coordinator", "operator"])
def test_others_read_and_do_not_press(cast, sign_in, who):
    model = candidate()
    audited(model, now=datetime.now(UTC))
    client = sign_in(getattr(cast, who))
    assert "in my name" not in client.get(page_of(model)).content.decode()
    assert press(client, model).status_code == 404
    assert model_queries.deployed(model.method) is None


@pytest.mark.parametrize(
    "asked", [{}, {"reason": ""}, {"reason": "ok"}, {"deed": "burn"}, {"reason": "x" * 5}]
)
def test_a_press_that_says_too_little_is_a_400(cast, sign_in, asked):
    model = candidate()
    audited(model, now=datetime.now(UTC))
    client = sign_in(cast.bo)
    sent = {"deed": "deploy", "reason": ""} | asked
    assert client.post(page_of(model), sent).status_code == 400
    assert model_queries.deployed(model.method) is None


def press_remedy(client, model, remedy, reason=REASON, **more):
    asked = {"remedy": remedy, "reason": reason} | more
    return client.post(f"{page_of(model)}remedy/", asked)


def test_a_press_makes_a_remedied_candidate(cast, sign_in):
    model = candidate()
    cohort = cohort_with_a_town_at_more_risk(8000)
    audit_held_out(
        job("test"), model, cohort, data="simulated", replicates=50, now=datetime.now(UTC)
    )
    client = sign_in(cast.operator)
    text = client.get(page_of(model)).content.decode()
    assert "An intercept and slope for each group of town, laid over the log-odds" in text
    assert 'value="threshold:town"' in text
    answer = press_remedy(client, model, "recalibrate:town")
    mended = LearnedModel.objects.get(version="1.0.r1")
    assert (answer.status_code, answer["Location"]) == (302, page_of(mended))
    text = client.get(page_of(mended)).content.decode()
    assert "1.0.r1 is a candidate. It has no report of the gate yet." in text
    assert "manage.py audit_model risk.tested --model-version 1.0.r1" in text
    assert "Made of 1.0: an intercept and slope" in text
    assert "Opal Operator" in text
    assert press_remedy(client, model, "withhold", group=["town: a"]).status_code == 302
    assert LearnedModel.objects.get(version="1.0.r2").artefact["remedies"][0]["withheld"]


@pytest.mark.parametrize(
    ("remedy", "more"),
    [("", {}), ("burn:town", {}), ("recalibrate:hair", {}), ("withhold", {"group": ["town: z"]})],
)
def test_a_remedy_that_is_not_offered_is_refused_in_words(cast, sign_in, remedy, more):
    model = candidate()
    audited(model, unfair=True, now=datetime.now(UTC))
    client = sign_in(cast.bo)
    answer = press_remedy(client, model, remedy, **more)
    assert (answer.status_code, answer["Location"]) == (302, page_of(model))
    assert re.search("no such|judged no such", client.get(page_of(model)).content.decode())
    assert press_remedy(sign_in(cast.coordinator), model, "withhold").status_code == 404
    assert LearnedModel.objects.count() == 1


def test_a_report_that_judges_nobody_have_their_page(cast, sign_in):
    model = candidate()
    report = {
        "model": {"digest": model.digest},
        "data": {"people": 3},
        **{"gate": "2.0", "enough": False, "passed": False, "blocking": [], "insufficient": []},
        "why": "Three people are no group.",
    }
    registry.enter_audit(cast.bo.actor, model, report, live=False, now=datetime.now(UTC))
    text = sign_in(cast.bo).get(page_of(model)).content.decode()
    assert "Three people are no group." in text
    assert "too few to judge" in text


def test_lists_reports_and_what_is_not_there(cast, sign_in):
    client = sign_in(cast.operator)
    assert "A model of the tests" not in client.get("/admin/models/").content.decode()
    model = candidate()
    assert client.get(f"{page_of(model)}report.json").status_code == 404
    audit = audited(model, unfair=True, now=datetime.now(UTC))
    assert json.loads(client.get(f"{page_of(model)}report.json").content) == audit.report
    text = client.get("/admin/models/").content.decode()
    assert re.search(r"A model of the tests.*blocked", text, re.S)
    assert "glucose.time_in_range" in text
    assert client.get(f"/admin/models/{new_id()}/").status_code == 404


def test_shapes_lie_in_their_boxes_and_states_have_their_own_shape(cast):
    report = audited(candidate(), unfair=True, now=datetime.now(UTC)).report
    forests = judged.forests(report)
    assert [forest.name for forest in forests] == ["o_e", "slope", "auroc_drop", "tpr_gap"]
    for forest in forests:
        for mark in forest.marks:
            assert forest.left <= mark.left <= mark.x <= mark.right <= forest.width
            assert 0 < mark.y < forest.height
    o_e = {mark.label: mark for mark in forests[0].marks}
    assert o_e["town: a"].state == "missed"
    assert o_e["town: a"].x > forests[0].band.x + forests[0].band.width
    for curve in judged.curves(report):
        assert all(curve.left <= dot.x <= curve.side for dot in curve.dots)
        assert all(0 <= dot.y <= curve.bottom for dot in curve.dots)


def test_what_comes_with_the_project_is_in_sight_with_its_slices_and_its_want_of_an_audit(
    cast, sign_in
):
    client = sign_in(cast.operator)
    assert "Glucose 5 to 120 minutes ahead" in client.get("/admin/models/").content.decode()
    page = client.get(page_of(model_queries.deployed("glucose.ahead"))).content.decode()
    assert "Deployed against the gate" in page
    assert "No group could be audited" in page
    assert "within 4 h after a bolus" in page
    assert "What drives a risk" not in page
    assert client.get(page_of(model_queries.deployed("adherence.outlook"))).status_code == 200

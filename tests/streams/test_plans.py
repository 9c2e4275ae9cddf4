"""Plans: whose samples count, how often to expect one, the target; by action and over HTTP."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from backend.core.problems import Invalid, NotFound
from backend.streams import queries
from backend.streams.models import DayRollup
from backend.streams.plans import plans_changed_since, plans_of, set_plan
from tests.people import NOW, Cast, chart
from tests.streams.samples import MORNING, merge, send, upload

STRETCH = {"start": MORNING, "end": MORNING + timedelta(hours=12)}
WALK = {"kind": "steps", "unit": "{steps}", "step": timedelta(hours=1)}


def walked(cast: Cast, **stretch: datetime) -> list[float | None]:
    opened = chart(cast.amina, cast.amina)
    days = queries.day_summaries(opened, "steps", **(stretch or STRETCH))
    seen = queries.samples(opened, "steps", **(stretch or STRETCH)).values
    assert seen.sum() == sum(day.sum or 0 for day in days)
    return [day.sum for day in days]


def plan(cast: Cast, kind: str = "steps", **fields: Any) -> None:
    set_plan(chart(cast.amina, cast.amina, change=True), kind, **fields, now=NOW)


def test_the_first_source_that_has_samples_counts(cast: Cast):
    send(cast.amina, upload(1, [100, 100, 100], source="watch", **WALK))
    send(cast.amina, upload(2, [90], source="phone", **WALK))
    merge(cast)
    assert walked(cast) == [300]
    plan(cast, sources=["ring", "phone", "watch"])
    assert walked(cast) == [90]
    merge(cast)
    assert walked(cast) == [90]
    assert DayRollup.objects.get().source == "phone"
    plan(cast, sources=[])
    merge(cast)
    assert walked(cast) == [300]


def test_all_days_of_the_kind_are_told_anew_and_no_others(cast: Cast):
    for n in range(3):
        start = MORNING - timedelta(days=n)
        send(cast.amina, upload(3 * n, [5, 5], start=start, source="watch", **WALK))
        send(cast.amina, upload(3 * n + 1, [4], start=start, source="phone", **WALK))
        send(cast.amina, upload(3 * n + 2, start=start))
    merge(cast)
    DayRollup.objects.filter(kind="heart_rate").update(mean=-1)
    plan(cast, sources=["phone"])
    # What comes in before the merge does not keep it from the older days.
    send(cast.amina, upload(90, [6], start=MORNING + timedelta(hours=2), source="phone", **WALK))
    merge(cast)
    told = DayRollup.objects.filter(kind="steps").order_by("day").values_list("total", "zone")
    assert list(told) == [(total, "Europe/Berlin") for total in (4, 4, 10)]
    assert set(DayRollup.objects.filter(kind="heart_rate").values_list("mean", flat=True)) == {-1}


def test_a_change_of_target_restates_nothing(cast: Cast):
    send(cast.amina, upload(1, [5], **WALK))
    merge(cast)
    plan(cast, target_low=1000, every_s=600)
    assert DayRollup.objects.get().zone == "Europe/Berlin"


def test_a_plan_is_changed_field_by_field_and_told_by_revision(cast: Cast):
    plan(cast, "glucose", sources=["g7"], every_s=300, tell_team=True)
    plan(cast, "heart_rate", every_s=1)
    plan(cast, "glucose", target_low=72, target_high=160.5)
    opened = chart(cast.amina, cast.amina)
    plans = plans_of(opened)
    assert list(plans) == ["glucose", "heart_rate"]
    glucose = plans["glucose"]
    assert (glucose.sources, glucose.every_s, glucose.tell_team) == (["g7"], 300, True)
    assert (glucose.target_low, glucose.target_high) == (72, 160.5)
    rows = plans_changed_since(opened, after=0, limit=10)
    assert [row.kind for row in rows] == ["heart_rate", "glucose"]
    assert plans_changed_since(opened, after=rows[0].revision, limit=10) == [glucose]


BAD = [
    ({"sources": "watch"}, "sources"),
    ({"sources": ["a", "a"]}, "sources"),
    ({"sources": [" "]}, "sources"),
    ({"sources": ["x" * 81]}, "sources"),
    ({"sources": [f"{n}" for n in range(21)]}, "sources"),
    ({"sources": [3]}, "sources"),
    ({"every_s": 0}, "every_s"),
    ({"every_s": 10**9}, "every_s"),
    ({"every_s": True}, "every_s"),
    ({"tell_team": 1}, "tell_team"),
    ({"target_low": float("nan")}, "target_low"),
    ({"target_high": 5000}, "target_high"),
    ({"target_low": 180, "target_high": 70}, "target_high"),
]


@pytest.mark.parametrize(("fields", "bad"), BAD)
def test_a_bad_field_is_named_and_nothing_changes(cast: Cast, fields: dict, bad: str):
    with pytest.raises(Invalid) as caught:
        plan(cast, "glucose", **fields)
    assert [error.field for error in caught.value.errors] == [bad]
    assert plans_of(chart(cast.amina, cast.amina)) == {}


def test_unknown_kinds_and_charts_to_read_are_refused(cast: Cast):
    with pytest.raises(NotFound):
        plan(cast, "mood")
    with pytest.raises(NotFound):
        set_plan(chart(cast.amina, cast.amina), "steps", every_s=60, now=NOW)


def put(client: Client, path: str, body: Any, **who: str) -> Any:
    return client.put(
        f"/api/v1/streams/{path}", json.dumps(body), content_type="application/json", **who
    )


def test_plans_over_http(cast: Cast, client: Client):
    asked = {"sources": ["g7", "libre"], "every_s": 300, "tell_team": True}
    answer = put(client, "glucose/plan", asked, **cast.amina.bearer)
    assert answer.status_code == 200
    row = answer.json()
    assert row.pop("revision") > 0
    assert row == asked | {"kind": "glucose", "target_low": None, "target_high": None}
    client.force_login(cast.bo.user)
    who = f"?patient={cast.amina.id}"
    assert put(client, f"glucose/plan{who}", {"target_low": 63.5}).status_code == 200
    (found,) = client.get(f"/api/v1/streams/plans{who}").json()["results"]
    assert (found["sources"], found["target_low"]) == ([], 63.5)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"sources": [None]}, "sources.0", "required"),
        ({"every_s": "60"}, "every_s", "wrong_type"),
        ({"every_s": 10**30}, "every_s", "out_of_range"),
        ({"tell_team": "yes"}, "tell_team", "wrong_type"),
        ({"target_low": 1e999}, "target_low", "malformed"),
        ({"colour": 1}, "colour", "unknown_field"),
    ],
)
def test_bad_plans_are_answered_plainly(
    cast: Cast, client: Client, body: dict, field: str, code: str
):
    answer = put(client, "glucose/plan", body, **cast.amina.bearer)
    assert answer.status_code == 400
    told = answer.json()
    assert [(e["field"], e["code"]) for e in told.get("errors", [])] == [(field, code)] or (
        told["code"] == code
    )


def test_nobody_else_plans(cast: Cast, client: Client):
    assert put(client, "steps/plan", {}).status_code == 401
    assert put(client, "mood/plan", {}, **cast.amina.bearer).status_code == 404
    for who, status in (("other_clinician", 404), ("coordinator", 404), ("operator", 404)):
        client.force_login(getattr(cast, who).user)
        answer = put(client, f"steps/plan?patient={cast.amina.id}", {"every_s": 60})
        assert answer.status_code == status, who
    assert plans_of(chart(cast.amina, cast.amina)) == {}

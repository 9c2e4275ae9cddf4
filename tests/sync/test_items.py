"""One item, one final outcome: stored, duplicate, partial, refused; none blocks another."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import Device
from backend.core.models import new_id
from backend.ledger.queries import entries_of
from backend.streams.models import Upload
from backend.surveys.models import Response
from backend.sync.models import Receipt
from backend.visits.models import Visit
from tests.people import Cast
from tests.sync.phone import TODAY, Line, envelope, survey, upload, visit

ANSWERS = {f"q{n}": 0 for n in range(1, 8)}


def by_id(reply: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {result["id"]: result for result in reply["results"]}


def test_everything_good_is_stored(line: Line) -> None:
    items = upload(), visit(), survey()
    reply = line.sync(uploads=items[:1], events=items[1:])
    assert [(r["id"], r["outcome"], r["stored"]) for r in reply["results"]] == [
        (items[0]["id"], "stored", 3),
        (items[1]["id"], "stored", 1),
        (items[2]["id"], "stored", 1),
    ]
    assert all(r["problems"] == [] for r in reply["results"])
    assert (Upload.objects.count(), Visit.objects.count(), Response.objects.count()) == (1, 1, 1)
    assert [row["id"] for row in reply["changes"]["visits"]] == [items[1]["id"]]
    assert [row["score"] for row in reply["changes"]["surveys"]] == [7]


def test_a_poison_item_harms_no_other_in_whatever_place(line: Line) -> None:
    bad = [
        {"id": str(new_id())},
        {},
        {"id": 5},
        {"id": str(new_id()), "type": []},
        visit(at="2026-11-23T09:00:00"),
        survey(answers={"q1": {"q2": []}}),
        visit(starts_at="9999-12-31T23:59:59-23:59"),
    ]
    good = [visit(), survey(), visit()]
    mixed = [bad[0], good[0], *bad[1:4], good[1], *bad[4:], good[2]]
    reply = line.sync(uploads=[{"id": str(new_id())}, upload(), {"kind": []}], events=mixed)
    assert [r["outcome"] for r in reply["results"]].count("stored") == 4
    assert [r["outcome"] for r in reply["results"]].count("refused") == 9
    assert {g["id"] for g in good} <= {i for i, r in by_id(reply).items() if r["stored"] == 1}
    again = line.sync(cursor=reply["cursor"], uploads=[upload()])
    assert again["results"][0]["outcome"] == "stored"


@pytest.mark.parametrize(
    ("item", "field", "code"),
    [
        ({"type": "pulse"}, "type", "unknown_type"),
        ({"type": None}, "type", "unknown_type"),
        (visit(at="2026-11-23T09:00:00"), "at", "naive_time"),
        (visit(at=5), "at", "wrong_type"),
        (visit(at=(TODAY + timedelta(hours=25)).isoformat()), "at", "in_future"),
        (visit(starts_at=None), "starts_at", "required"),
        (visit(reason=5), "reason", "wrong_type"),
        (visit(reason="x" * 501), "reason", "too_long"),
        (visit(colour="red"), "colour", "unknown_field"),
        (survey(survey="phq-99"), "survey", "unknown_reference"),
        (survey(answers=ANSWERS | {"q1": True}), "answers.q1", "wrong_type"),
        (survey(answers=ANSWERS | {"q1": 1.0}), "answers.q1", "wrong_type"),
        (survey(answers={q: 0 for q in ANSWERS if q != "q7"}), "answers.q7", "required"),
        (survey(answers=[1, 2]), "answers", "wrong_type"),
    ],
)
def test_a_refused_event_names_its_field(
    line: Line, item: dict[str, Any], field: str, code: str
) -> None:
    item = item | {"id": str(new_id())}
    reply = line.sync(events=[item, visit()])
    refused, stored = reply["results"]
    assert (refused["id"], refused["outcome"], refused["stored"]) == (item["id"], "refused", 0)
    assert [(p["index"], p["field"], p["code"]) for p in refused["problems"]] == [
        (None, field, code)
    ]
    assert refused["problems"][0]["detail"]
    assert stored["outcome"] == "stored"
    again = line.sync(cursor=reply["cursor"], events=[item])["results"][0]
    assert again == refused | {"outcome": "duplicate"}


@pytest.mark.parametrize(
    ("id_", "told", "code"),
    [
        (None, "", "required"),
        (5, "", "wrong_type"),
        ("", "", "wrong_type"),
        ("abc", "abc", "wrong_type"),
        ("{0190aaaa-0000-7000-8000-000000000000}", None, "wrong_type"),
        ("0190aaaa-0000-4000-8000-000000000000", None, "wrong_type"),
        ("x" * 5000, "x" * 80, "wrong_type"),
    ],
)
def test_an_item_without_a_usable_id_is_answered_and_not_kept(
    line: Line, id_: Any, told: str | None, code: str
) -> None:
    told = id_ if told is None else told
    reply = line.sync(uploads=[upload() | {"id": id_}], events=[visit() | {"id": id_}])
    for result in reply["results"]:
        assert (result["id"], result["outcome"]) == (told, "refused")
        assert [(p["field"], p["code"]) for p in result["problems"]] == [("id", code)]
    assert (Upload.objects.count(), Receipt.objects.count(), Visit.objects.count()) == (0, 0, 0)


def test_a_partial_upload_keeps_the_good_and_names_the_bad(line: Line) -> None:
    item = upload(values=[61, True, 900, 60, None], offsets_ms=[0, 1, 2, 3, 4])
    (result,) = line.sync(uploads=[item])["results"]
    assert (result["outcome"], result["stored"]) == ("partial", 2)
    assert [(p["index"], p["code"]) for p in result["problems"]] == [
        (1, "boolean"),
        (2, "out_of_range"),
        (4, "not_a_number"),
    ]
    (again,) = line.sync(uploads=[item])["results"]
    assert again == result | {"outcome": "duplicate"}


def test_duplicates_get_the_first_answer_and_have_no_second_effect(line: Line) -> None:
    sent: dict[str, Any] = {
        "uploads": [upload(), upload(kind="charm")],
        "events": [visit(), survey(), survey(survey="none")],
    }
    first = line.sync(**sent)
    second = line.sync(cursor=first["cursor"], **sent)
    assert second["results"] == [r | {"outcome": "duplicate"} for r in first["results"]]
    assert second["cursor"] == first["cursor"]
    assert not any(second["changes"].values())
    assert (Visit.objects.count(), Response.objects.count()) == (1, 1)


def test_one_id_twice_in_one_request_counts_once(line: Line) -> None:
    event, batch = visit(), upload()
    reply = line.sync(uploads=[batch, batch | {"values": [1, 2, 3]}], events=[event, event])
    assert [r["outcome"] for r in reply["results"]] == ["stored", "duplicate"] * 2
    assert Visit.objects.count() == 1


def test_an_id_known_of_another_patient_neither_blocks_nor_tells(
    line: Line, cast: Cast, client: Client
) -> None:
    sent: dict[str, Any] = {"uploads": [upload()], "events": [visit(), survey()]}
    line.sync(**sent)
    reply = Line(cast.stranger, client).sync(**sent)
    assert [r["outcome"] for r in reply["results"]] == ["stored"] * 3
    assert [row["reason"] for row in reply["changes"]["visits"]] == ["My knee"]
    assert Visit.objects.filter(patient_id=cast.amina.id).count() == 1
    assert Visit.objects.filter(patient_id=cast.stranger.id).count() == 1


def test_the_phone_is_noted_and_the_ledger_has_one_entry_a_round(line: Line, cast: Cast) -> None:
    before = entries_of(cast.amina.id).count()
    armed = (TODAY + timedelta(days=2)).isoformat()
    line.sync(events=[visit(), survey()], uploads=[upload()], armed_until=armed)
    assert cast.amina.device is not None
    device = Device.objects.get(pk=cast.amina.device.pk)
    assert device.armed_until == TODAY + timedelta(days=2)
    assert device.last_seen_at is not None
    assert entries_of(cast.amina.id).count() == before + 1
    entry = entries_of(cast.amina.id)[0]
    assert (entry.deed, entry.subject, entry.device_id) == ("change", "POST SyncView", device.pk)


def test_a_round_with_one_upload_and_no_news_asks_the_database_little(line: Line) -> None:
    cursor = line.sync()["cursor"]
    body = json.dumps(envelope(cursor=cursor, uploads=[upload()])).encode()
    with CaptureQueriesContext(connection) as asked:
        assert line.post(body).status_code == 200
    # One prepared statement, which is not counted; Django adds a savepoint inside a transaction.
    assert [q["sql"].split()[0] for q in asked] == ["SAVEPOINT", "RELEASE"]
    with CaptureQueriesContext(connection) as asked:
        line.sync(cursor=cursor, events=[visit() for _ in range(20)])
    assert len(asked) <= 12 + 20 * 7

"""Messages over HTTP and by sync."""

import json
from datetime import UTC, datetime

from django.test import Client

from backend.core.models import new_id
from backend.messages.models import Message
from backend.patients.models import Grant
from tests.people import Cast, Person


def post(who: Person, address: str, body: dict, method: str = "post"):  # type: ignore[no-untyped-def,type-arg]
    client = Client()
    more = {"content_type": "application/json"}
    if who.token:
        return getattr(client, method)(address, body, **more, **who.bearer)
    client.force_login(who.user, "django.contrib.auth.backends.ModelBackend")
    return getattr(client, method)(address, body, **more)


def test_both_sides_write_and_the_same_id_writes_once(cast: Cast) -> None:
    asked = {"text": "Hello", "id": str(new_id())}
    first = post(cast.amina, "/api/v1/messages", asked)
    assert (first.status_code, first.json()["thread"]) == (201, asked["id"])
    assert post(cast.amina, "/api/v1/messages", asked).json() == first.json()
    team = f"/api/v1/messages?patient={cast.amina.id}"
    answer = post(cast.bo, team, {"text": "Good day", "thread": asked["id"]})
    assert (answer.status_code, answer.json()["side"]) == (201, "team")
    read = post(cast.amina, f"/api/v1/messages/{answer.json()['id']}/read", {}, "put")
    assert read.status_code == 204
    rows = Client().get("/api/v1/messages", **cast.amina.bearer).json()["results"]
    assert all(row["read_at"] for row in rows)
    assert len(rows) == 2


def test_bad_bodies_are_named(cast: Cast) -> None:
    for body, field in (
        ({}, "text"),
        ({"text": 3}, "text"),
        ({"text": "a", "thread": "x"}, "thread"),
        ({"text": "a", "to": "all"}, "to"),
    ):
        answer = post(cast.amina, "/api/v1/messages", body)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_what_stands_above_the_messages(cast: Cast, settings) -> None:
    settings.EVENKEEL_CARE_PHONE = "+49 30 1234"
    told = Client().get("/api/v1/messages/told", **cast.amina.bearer).json()
    assert told["team_reads"] is True
    assert "+49 30 1234" in told["emergency"]
    Grant.objects.filter(patient=cast.amina.patient).update(ends_at=datetime.now(UTC))
    told = Client().get("/api/v1/messages/told", **cast.amina.bearer).json()
    assert told["team_reads"] is False
    assert post(cast.amina, "/api/v1/messages/allow", {}, "put").status_code == 204
    told = Client().get("/api/v1/messages/told", **cast.amina.bearer).json()
    assert told["team_reads"] is True
    staff = post(cast.bo, f"/api/v1/messages/allow?patient={cast.amina.id}", {}, "put")
    assert staff.status_code == 404


def sync(cast: Cast, *events: dict, cursor: str | None = None) -> dict:  # type: ignore[type-arg]
    body = {"device_time": datetime.now(UTC).isoformat(), "cursor": cursor, "events": events}
    answer = Client().post(
        "/api/v1/sync", json.dumps(body), content_type="application/json", **cast.amina.bearer
    )
    assert answer.status_code == 200
    return answer.json()


def test_a_phone_writes_by_sync_once_and_is_told_what_is_refused(cast: Cast) -> None:
    at = datetime.now(UTC).isoformat()
    first = {"id": str(new_id()), "type": "message", "at": at, "text": "Hello"}
    reply = {"id": str(new_id()), "type": "message", "at": at, "text": "?", "thread": first["id"]}
    empty = {"id": str(new_id()), "type": "message", "at": at, "text": "  "}
    done = sync(cast, first, reply, empty)
    assert [one["outcome"] for one in done["results"]] == ["stored", "stored", "refused"]
    assert done["results"][2]["problems"][0]["code"] == "empty"
    assert [row["text"] for row in done["changes"]["messages"]] == ["Hello", "?"]
    again = sync(cast, first, cursor=done["cursor"])
    assert again["results"][0]["outcome"] == "duplicate"
    assert Message.objects.count() == 2

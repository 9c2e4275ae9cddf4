"""The patient's choice on nudges over HTTP: said, kept, refused, and nobody else's."""

import pytest

from backend.guidance import queries
from tests.people import chart


def put(client, who, body, path="/api/v1/nudges"):
    return client.put(path, body, content_type="application/json", **who.bearer)


def test_what_is_left_out_stays(cast, client):
    assert put(client, cast.amina, {"tone": "warm", "a_week": 3}).status_code == 200
    reply = put(client, cast.amina, {"off": True})
    assert (reply.json()["off"], reply.json()["tone"], reply.json()["a_week"]) == (True, "warm", 3)
    assert client.get("/api/v1/nudges", **cast.amina.bearer).json() == reply.json()
    assert not queries.wants_nudges(chart(cast.amina, cast.amina))


@pytest.mark.parametrize("body", [{"tone": "loud"}, {"a_week": 0}, {"a_week": "x"}, {"what": 1}])
def test_what_cannot_be_is_a_problem_that_names_the_field(cast, client, body):
    reply = put(client, cast.amina, body)
    assert reply.status_code in (400, 422)
    assert next(iter(body)) in reply.content.decode()


def test_a_spell_is_bounded(cast, client):
    far = {"busy_with": "driving", "busy_until": "2999-01-01T00:00:00Z"}
    assert put(client, cast.amina, far, "/api/v1/nudges/busy").status_code in (400, 422)
    none = put(client, cast.amina, {"busy_with": "driving"}, "/api/v1/nudges/busy")
    assert none.json()["busy_until"] is None


def test_a_caregiver_without_a_grant_finds_nothing(cast, client):
    client.force_login(cast.other_clinician.user)
    assert client.get(f"/api/v1/nudges?patient={cast.amina.id}").status_code == 404

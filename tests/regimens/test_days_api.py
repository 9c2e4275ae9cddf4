"""Meal times and stays in hospital over HTTP: said, kept, refused, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from backend.core.models import new_id
from tests.people import Cast, Person

MEALS = {"breakfast": "07:15", "lunch": "12:30", "supper": "19:00", "bedtime": "22:30"}
DAY = timedelta(days=1)


def ask(client: Client, who: Person, method: str, path: str, body: dict | None = None):
    call = getattr(client, method)
    more = {} if body is None else {"data": body, "content_type": "application/json"}
    return call(f"/api/v1/{path}", **more, **who.bearer)


def test_meal_times_are_the_usual_ones_until_she_tells_hers(cast: Cast, client: Client) -> None:
    assert ask(client, cast.amina, "get", "meals").json()["breakfast"] == "08:00"
    assert ask(client, cast.amina, "put", "meals", MEALS).json() == MEALS
    assert ask(client, cast.amina, "get", "meals").json() == MEALS
    assert ask(client, cast.stranger, "get", "meals").json()["breakfast"] == "08:00"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("breakfast", "7 o'clock"),
        ("supper", 19),
        ("lunch", "07:00"),
        ("bedtime", "19:00"),
        ("tea", "17:00"),
    ],
)
def test_meals_that_cannot_be_name_the_field(cast, client, field, value) -> None:
    reply = ask(client, cast.amina, "put", "meals", MEALS | {field: value})
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, field)
    assert ask(client, cast.amina, "get", "meals").json()["breakfast"] == "08:00"


def test_a_stay_is_noted_and_ends(cast: Cast, client: Client) -> None:
    now = datetime.now(UTC)
    asked = {"starts_at": (now - DAY).isoformat(), "reason": "Surgery"}
    noted = ask(client, cast.amina, "post", "stays", asked)
    assert noted.status_code == 201
    stay = noted.json()
    assert (stay["ends_at"], stay["reason"]) == (None, "Surgery")
    again = ask(client, cast.amina, "post", "stays", asked)
    assert again.status_code == 409
    back = ask(client, cast.amina, "post", f"stays/{stay['id']}/back", {"ends_at": now.isoformat()})
    assert back.status_code == 200
    assert ask(client, cast.amina, "get", "stays").json() == [back.json()]


def test_a_stay_that_cannot_be_is_refused(cast: Cast, client: Client) -> None:
    now = datetime.now(UTC)
    naive = ask(client, cast.amina, "post", "stays", {"starts_at": "2026-11-23T09:00:00"})
    assert naive.json()["errors"][0]["code"] == "naive_time"
    ends = {"starts_at": now.isoformat(), "ends_at": (now - DAY).isoformat()}
    assert ask(client, cast.amina, "post", "stays", ends).json()["errors"][0]["field"] == "ends_at"
    gone = ask(client, cast.amina, "post", f"stays/{new_id()}/back", {"ends_at": now.isoformat()})
    assert gone.status_code == 404
    assert ask(client, cast.amina, "get", "stays").json() == []


def test_nobody_elses(cast: Cast, client: Client) -> None:
    stay = ask(
        client, cast.amina, "post", "stays", {"starts_at": datetime.now(UTC).isoformat()}
    ).json()
    body = {"ends_at": (datetime.now(UTC) + DAY).isoformat()}
    assert ask(client, cast.stranger, "post", f"stays/{stay['id']}/back", body).status_code == 404
    client.force_login(cast.other_clinician.user)
    assert client.get(f"/api/v1/stays?patient={cast.amina.id}").status_code == 404

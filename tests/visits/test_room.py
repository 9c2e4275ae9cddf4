"""The room's WebSocket, through the real ASGI application: who gets in, what is relayed to whom."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from django.db import connections

from backend.core.models import new_id
from backend.visits import actions
from backend.visits.consumers import BURST, MOST_BYTES, PROTOCOL
from backend.visits.models import Visit
from tests.people import Cast, Person, chart, make_cast
from tests.sockets import Socket

ORIGIN = b"http://testserver"


@pytest.fixture
def people(transactional_db: None, settings: Any) -> Cast:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    return make_cast()


@pytest.fixture
def visit(people: Cast) -> Visit:
    now = datetime.now(UTC)
    return actions.book_visit(chart(people.bo, people.amina, change=True), starts_at=now, now=now)


def ticket(who: Person, people: Cast, visit: Visit) -> str:
    return actions.admit(chart(who, people.amina), visit.id, now=datetime.now(UTC)).token


class Rooms:
    """Opens sockets and closes all of them, and the connections of the thread that served them."""

    def __init__(self) -> None:
        self.sockets: list[Socket] = []

    def socket(self, room: UUID, *offered: str, origin: bytes = ORIGIN) -> Socket:
        self.sockets.append(Socket(f"/ws/visits/{room}", offered, [(b"origin", origin)]))
        return self.sockets[-1]

    async def enter(self, room: UUID, token: str) -> tuple[Socket, str]:
        socket = self.socket(room, PROTOCOL, token)
        assert await socket.connect() == PROTOCOL
        welcome = await socket.hear()
        assert welcome["type"] == "welcome"
        return socket, welcome["peer"]


@pytest_asyncio.fixture
async def rooms() -> AsyncIterator[Rooms]:
    opened = Rooms()
    yield opened
    for socket in opened.sockets:
        await socket.hang_up()
    await database_sync_to_async(connections.close_all)()


async def test_two_people_meet_and_speak_in_private(
    people: Cast, visit: Visit, rooms: Rooms
) -> None:
    tokens = [await database_sync_to_async(ticket)(p, people, visit) for p in trio(people)]
    amina, her_peer = await rooms.enter(visit.id, tokens[0])
    bo, his_peer = await rooms.enter(visit.id, tokens[1])
    assert await amina.hear() == {"type": "entered", "peer": his_peer, "name": "Dr Bo Lindqvist"}
    assert await bo.hear() == {"type": "here", "peer": her_peer, "name": "Amina Okafor"}
    third, _ = await rooms.enter(visit.id, tokens[2])
    for socket in (amina, bo):
        assert (await socket.hear())["type"] == "entered"
    assert {(await third.hear())["type"], (await third.hear())["type"]} == {"here"}
    await bo.say(json.dumps({"to": her_peer, "data": {"description": {"sdp": "v=0"}}}))
    assert await amina.hear() == {
        "type": "signal",
        "peer": his_peer,
        "data": {"description": {"sdp": "v=0"}},
    }
    assert await third.receive_nothing(timeout=0.2)
    await bo.hang_up()
    assert await amina.hear() == {"type": "left", "peer": his_peer}


def trio(people: Cast) -> tuple[Person, Person, Person]:
    return people.amina, people.bo, people.coordinator


async def test_two_rooms_do_not_hear_each_other(people: Cast, visit: Visit, rooms: Rooms) -> None:
    def another() -> tuple[Visit, str, str]:
        now = datetime.now(UTC)
        team = chart(people.bo, people.amina, change=True)
        other = actions.book_visit(team, starts_at=now, now=now)
        return other, ticket(people.amina, people, visit), ticket(people.bo, people, other)

    other, first, second = await database_sync_to_async(another)()
    amina, her_peer = await rooms.enter(visit.id, first)
    bo, _ = await rooms.enter(other.id, second)
    await bo.say(json.dumps({"to": her_peer, "data": {}}))
    assert await amina.receive_nothing(timeout=0.2)


async def test_the_same_person_on_another_screen_replaces_the_first(
    people: Cast, visit: Visit, rooms: Rooms
) -> None:
    tokens = [await database_sync_to_async(ticket)(people.bo, people, visit) for _ in range(2)]
    first, _ = await rooms.enter(visit.id, tokens[0])
    await rooms.enter(visit.id, tokens[1])
    assert await first.closing_code() == 4409


async def test_without_a_good_ticket_the_socket_never_opens(
    people: Cast, visit: Visit, rooms: Rooms
) -> None:
    good = await database_sync_to_async(ticket)(people.amina, people, visit)
    for offer in [(), (PROTOCOL,), (PROTOCOL, "forged"), ("other", good), (good, PROTOCOL)]:
        assert await rooms.socket(visit.id, *offer).connect() is None
    assert await rooms.socket(new_id(), PROTOCOL, good).connect() is None
    elsewhere = rooms.socket(visit.id, PROTOCOL, good, origin=b"http://evil.example")
    assert await elsewhere.connect() is None
    await rooms.enter(visit.id, good)  # none of the attempts used it up
    assert await rooms.socket(visit.id, PROTOCOL, good).connect() is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("not json", 4400),
        ("[]", 4400),
        ("5", 4400),
        ('{"to": "x"}', 4400),
        ('{"to": 5, "data": {}}', 4400),
        ('{"to": "x", "data": []}', 4400),
        ('{"to": "x", "data": {}, "name": "Dr Bo"}', 4400),
        ('{"to": "x", "to": "y", "data": {}}', 4400),
        ('{"to": "x", "data": {"a": NaN}}', 4400),
        ('{"to": "x", "data": {"a": "' + "x" * MOST_BYTES + '"}}', 4413),
    ],
)
async def test_what_is_not_a_signal_closes_the_socket(
    people: Cast, visit: Visit, rooms: Rooms, said: str, code: int
) -> None:
    token = await database_sync_to_async(ticket)(people.amina, people, visit)
    socket, _ = await rooms.enter(visit.id, token)
    await socket.say(said)
    assert await socket.closing_code() == code


async def test_a_flood_closes_the_socket(people: Cast, visit: Visit, rooms: Rooms) -> None:
    token = await database_sync_to_async(ticket)(people.amina, people, visit)
    socket, _ = await rooms.enter(visit.id, token)
    for _ in range(int(BURST) + 60):
        await socket.say('{"to": "nobody", "data": {}}')
    assert await socket.closing_code() == 4429

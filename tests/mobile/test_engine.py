import gzip
import json

import httpx
import pytest

from mobile.store import bodies, sending, shadow
from mobile.sync.engine import Engine, Outcome, request_body
from mobile.sync.http import HttpTransport
from mobile.sync.transport import Answer, NoConnection
from mobile.sync.worker import backoff_s, is_confirmed
from tests.mobile.model_server import ModelServer, Network
from tests.mobile.phone import START, Phone

MS = bodies.ms_of(START)


def test_what_the_patient_did_arrives_and_comes_back(phone: Phone) -> None:
    server = ModelServer()
    dose = phone.take()
    phone.measure((MS, 60), (MS + 1000, 61))
    assert not is_confirmed(phone.db)
    ended = phone.sync(Network(server))
    assert (ended.outcome, ended.sent) == (Outcome.SYNCED, 2)
    assert str(dose) in server.books.applied
    assert [row["word"] for row in shadow.rows(phone.db, "doses")] == ["taken"]
    assert is_confirmed(phone.db)
    phone.take(1)
    assert not is_confirmed(phone.db)


def test_a_held_event_waits_and_synced_is_not_claimed(phone: Phone) -> None:
    server = ModelServer()
    phone.take(hold_ms=5000)
    assert phone.sync(Network(server)).outcome == Outcome.SYNCED
    assert server.books.applied == []
    assert not is_confirmed(phone.db)
    phone.clock.move(seconds=6)
    phone.sync(Network(server))
    assert is_confirmed(phone.db)


def test_all_pages_are_fetched(phone: Phone) -> None:
    server = ModelServer(page=2)
    for number in range(7):
        server.write_row("visits", f"v{number}", "booked")
    phone.sync(Network(server))
    assert len(shadow.rows(phone.db, "visits")) == 7
    assert server.requests == 4


@pytest.mark.parametrize(
    ("fate", "outcome"),
    [
        ("lost_request", Outcome.OFFLINE),
        ("lost_reply", Outcome.OFFLINE),
        ("503", Outcome.BUSY),
        ("500", Outcome.BUSY),
        ("garbled", Outcome.NOT_UNDERSTOOD),
    ],
)
def test_trouble_ends_the_sync_and_loses_nothing(phone: Phone, fate: str, outcome: Outcome) -> None:
    server = ModelServer()
    phone.take()
    assert phone.sync(Network(server, [fate])).outcome == outcome
    assert sending.waiting(phone.db).items == 1
    assert not is_confirmed(phone.db)
    assert phone.sync(Network(server)).outcome == Outcome.SYNCED
    assert len(server.books.applied) == 1


def test_a_revoked_token_signs_out_and_keeps_everything(phone: Phone) -> None:
    server = ModelServer()
    server.token = "another"
    phone.take()
    assert phone.sync(Network(server)).outcome == Outcome.SIGNED_OUT
    assert sending.waiting(phone.db).items == 1


def test_too_many_items_are_halved(phone: Phone) -> None:
    server = ModelServer(max_items=3)
    for dose in range(8):
        phone.take(dose)
    assert phone.sync(Network(server)).outcome == Outcome.SYNCED
    assert len(server.books.applied) == 8
    assert sending.waiting(phone.db).items == 0


def test_an_upload_too_large_by_itself_is_split(phone: Phone) -> None:
    server = ModelServer(max_bytes=1500)
    phone.measure(*((MS + i * 1000 + i % 3, 60 + i) for i in range(400)))
    assert phone.sync(Network(server)).outcome == Outcome.SYNCED
    assert len(server.books.samples) == 400
    assert sending.waiting(phone.db).attention == 0


def test_an_event_too_large_is_set_aside_in_sight(phone: Phone) -> None:
    server = ModelServer(max_bytes=120)
    phone.take()
    assert phone.sync(Network(server)).outcome == Outcome.SYNCED
    (seen,) = sending.attention(phone.db)
    assert seen.problems[0]["code"] == "too_large"


def test_one_poisonous_item_is_found_and_set_aside_in_sight(phone: Phone) -> None:
    server = ModelServer()
    taken = [phone.take(dose) for dose in range(8)]
    server.poison = {str(taken[5])}
    assert phone.sync(Network(server)).outcome == Outcome.SYNCED
    assert phone.states()[str(taken[5])] == "refused"
    assert len(server.books.applied) == 7
    assert [a.problems[0]["code"] for a in sending.attention(phone.db)] == ["malformed"]


def test_when_the_server_takes_nothing_at_all_no_item_is_blamed(phone: Phone) -> None:
    class Grumpy(Network):
        def call(self, *args: object, **rest: object):
            answer = super().call(*args, **rest)  # type: ignore[arg-type]
            return type(answer)(400, {"code": "invalid"})

    phone.take()
    phone.take(1)
    assert phone.sync(Grumpy(ModelServer())).outcome == Outcome.NOT_UNDERSTOOD
    assert set(phone.states().values()) == {"waiting"}


def test_a_restored_server_gets_everything_back(phone: Phone) -> None:
    server = ModelServer()
    server.write_row("visits", "old", "booked")
    server.back_up()
    server.write_row("visits", "lost", "booked")
    first = phone.take()
    phone.sync(Network(server))
    assert len(shadow.rows(phone.db, "visits")) == 2
    server.restore()
    assert server.books.applied == []
    second = phone.take(1)
    assert phone.sync(Network(server)).outcome == Outcome.SYNCED
    assert sorted(server.books.applied) == sorted([str(first), str(second)])
    assert [row["id"] for row in shadow.rows(phone.db, "visits")] == ["old"]
    assert is_confirmed(phone.db)


def test_a_kill_between_answer_and_bookkeeping_repeats_nothing(phone: Phone) -> None:
    server = ModelServer()
    phone.take()
    phone.sync(Network(server, ["lost_reply"]))
    phone.killed()
    phone.sync(Network(server))
    assert len(server.books.applied) == 1
    assert is_confirmed(phone.db)


def test_the_request_says_what_the_contract_says(phone: Phone) -> None:
    phone.take()
    phone.measure((MS, 60), (MS + 1000, 61))
    batch = sending.claim(phone.db, max_items=9, max_bytes=9999, now=phone.clock())
    body = json.loads(request_body(batch, now=phone.clock(), armed_until_ms=MS))
    assert list(body) == ["cursor", "device_time", "armed_until", "uploads", "events"]
    assert body["cursor"] is None
    assert body["armed_until"] == "2026-11-23T09:00:00.000Z"
    assert body["uploads"][0] | {"id": ""} == {
        "id": "",
        "kind": "heart_rate",
        "source": "watch",
        "unit": "/min",
        "start": "2026-11-23T09:00:00.000Z",
        "step_ms": 1000,
        "values": [60, 61],
    }


def test_over_http_bodies_are_gzipped_and_tokens_are_bearers(phone: Phone) -> None:
    seen: list[httpx.Request] = []
    server = ModelServer()

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = server.answer(gzip.decompress(request.content), "good")
        return httpx.Response(answer.status, json=answer.body)

    transport = HttpTransport("http://server.test", beneath=httpx.MockTransport(serve))
    phone.take()
    assert phone.sync(transport).outcome == Outcome.SYNCED
    assert seen[0].headers["Content-Encoding"] == "gzip"
    assert seen[0].headers["Authorization"] == "Bearer good"
    assert seen[0].url.path == "/api/v1/sync"
    transport.close()


def test_an_http_failure_is_no_connection_and_names_no_address() -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("http://secret.test took too long")

    transport = HttpTransport("http://secret.test", beneath=httpx.MockTransport(serve))
    with pytest.raises(NoConnection) as caught:
        transport.call("GET", "/api/v1/me")
    assert "secret" not in str(caught.value)
    transport.close()


def test_the_server_says_how_long_it_wants_peace(phone: Phone) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers={"Retry-After": "17"}, json={"code": "throttled"})

    transport = HttpTransport("http://server.test", beneath=httpx.MockTransport(serve))
    ended = phone.sync(transport)
    assert (ended.outcome, ended.retry_after_s) == (Outcome.BUSY, 17)
    transport.close()


def test_a_stop_leaves_off_between_calls(phone: Phone) -> None:
    phone.take()
    network = Network(ModelServer())
    engine = Engine(phone.db, network, "good", clock=phone.clock, stopping=lambda: True)
    assert engine.sync().outcome == Outcome.STOPPED
    assert sending.waiting(phone.db).items == 1


def test_waits_grow_to_a_cap_and_are_spread() -> None:
    waits = [backoff_s(n, jitter=0.999) for n in range(12)]
    assert waits == sorted(waits)
    assert waits[-1] <= 300
    assert backoff_s(3, jitter=0) == pytest.approx(backoff_s(3, jitter=0.9999) / 2, rel=0.01)


class SlowLink:
    """Gets few items across before the phone gives up."""

    def __init__(self, beneath: Network, *, bears: int):
        self.beneath, self.bears = beneath, bears
        self.carried: list[int] = []

    def call(
        self, method: str, path: str, *, body: bytes | None = None, token: str | None = None
    ) -> Answer:
        items = len(json.loads(body or b"{}").get("events", []))
        if items > self.bears:
            raise NoConnection("timed out")
        self.carried.append(items)
        return self.beneath.call(method, path, body=body, token=token)


def test_a_slow_link_gets_less_at_a_time_until_it_bears_more(phone: Phone) -> None:
    for dose in range(8):
        for _ in range(25):
            phone.take(dose)
    link = SlowLink(Network(ModelServer()), bears=60)
    engine = Engine(phone.db, link, "good", clock=phone.clock)
    assert [engine.sync().outcome for _ in range(2)] == [Outcome.OFFLINE] * 2
    assert (engine.sync().outcome, link.carried) == (Outcome.OFFLINE, [50])
    link.bears = 120
    assert engine.sync().outcome == Outcome.SYNCED
    assert [items for items in link.carried if items] == [50, 50, 100]

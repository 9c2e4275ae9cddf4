"""Bodies that are not what the contract says: a problem with a 4xx, never a 500, nothing kept."""

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from backend.streams.models import Upload
from backend.sync.models import Receipt
from backend.wire.messages import SYNC_MAX_BYTES, SYNC_MAX_ITEMS
from tests.people import Cast
from tests.sync.phone import SYNC, TODAY, Line, envelope, upload, visit

TIME = f'"device_time":"{TODAY.isoformat()}"'

MALFORMED = {
    "nothing": b"",
    "not json": b"{",
    "two values": b"{} {}",
    "nan": b'{"device_time":NaN}',
    "infinity": b'{"a":[-Infinity]}',
    "a key twice": b'{"cursor":null,"cursor":null}',
    "a key twice, deep": b'{"events":[{"a":{"b":1,"b":1}}]}',
    "nul": b'{"cursor":"\\u0000"}',
    "nul in a key": b'{"\\u0000":1}',
    "half a character": b'{"cursor":"\\ud800"}',
    "half a character, deep": b'{"events":[{"reason":["\\udfff x"]}]}',
    "not utf-8": b'{"cursor":"\xff"}',
    "utf-16": '{"cursor":null}'.encode("utf-16"),
    "giant number": b'{"device_time":' + b"9" * 5000 + b"}",
    "deep lists": b'{"events":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
}

INVALID = {
    "a list": ("[]", ""),
    "null": ("null", ""),
    "a number": ("5", ""),
    "no time": ("{}", "device_time"),
    "unknown field": (f'{{{TIME},"colour":1}}', "colour"),
    "naive time": ('{"device_time":"2026-11-23T09:00:00"}', "device_time"),
    "a date": ('{"device_time":"2026-11-23"}', "device_time"),
    "a number for a time": ('{"device_time":1764000000}', "device_time"),
    "no such time": ('{"device_time":"2026-02-30T09:00:00Z"}', "device_time"),
    "before the first year": ('{"device_time":"0001-01-01T00:00:00+14:00"}', "device_time"),
    "after the last year": ('{"device_time":"9999-12-31T23:59:59-14:00"}', "device_time"),
    "cursor as a number": (f'{{{TIME},"cursor":5}}', "cursor"),
    "cursor as a boolean": (f'{{{TIME},"cursor":true}}', "cursor"),
    "uploads as an object": (f'{{{TIME},"uploads":{{}}}}', "uploads"),
    "uploads as null": (f'{{{TIME},"uploads":null}}', "uploads"),
    "an upload as a text": (f'{{{TIME},"uploads":["x"]}}', "uploads"),
    "an event as null": (f'{{{TIME},"events":[null]}}', "events"),
    "armed until noon": (f'{{{TIME},"armed_until":"noon"}}', "armed_until"),
    "armed, naive": (f'{{{TIME},"armed_until":"2026-11-23T09:00:00"}}', "armed_until"),
}


def check_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert {"type", "title", "detail"} <= set(problem)
    assert "Traceback" not in answer.content.decode()
    return problem


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_strict_json_is_malformed(line: Line, name: str) -> None:
    check_problem(line.post(MALFORMED[name]), 400, "malformed")
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("name", INVALID)
def test_an_envelope_that_is_wrong_names_the_field(line: Line, name: str) -> None:
    body, field = INVALID[name]
    problem = check_problem(line.post(body.encode()), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert all(error["code"] and error["detail"] for error in problem["errors"])


def test_a_body_that_is_wrong_takes_nothing_of_what_is_right(line: Line) -> None:
    right = envelope(uploads=[upload()], events=[visit()])
    check_problem(line.post(json.dumps(right | {"colour": 1}).encode()), 400, "invalid")
    assert not Upload.objects.exists()


def test_gzip_is_read_and_its_faults_are_named(line: Line) -> None:
    body = json.dumps(envelope(uploads=[upload()])).encode()
    zipped = gzip.compress(body)
    answer = line.post(zipped, HTTP_CONTENT_ENCODING="gzip")
    assert answer.json()["results"][0]["outcome"] == "stored"
    for bad in (body, zipped[:-12], zipped[:20], b"\x1f\x8b"):
        check_problem(line.post(bad, HTTP_CONTENT_ENCODING="gzip"), 400, "malformed")
    check_problem(line.post(zipped), 400, "malformed")


def test_a_bomb_and_a_giant_get_the_limit_in_bytes(line: Line) -> None:
    bomb = gzip.compress(b" " * (50 * SYNC_MAX_BYTES))
    assert len(bomb) < 1_000_000
    for answer in (
        line.post(bomb, HTTP_CONTENT_ENCODING="gzip"),
        line.post(b" " * (SYNC_MAX_BYTES + 1)),
    ):
        assert check_problem(answer, 413, "too_large")["limit"] == SYNC_MAX_BYTES


def test_too_many_items_get_the_limit_in_items(line: Line) -> None:
    half = SYNC_MAX_ITEMS // 2
    body = envelope(uploads=[{}] * half, events=[{}] * (half + 1))
    problem = check_problem(line.post(json.dumps(body).encode()), 413, "too_large")
    assert problem["limit"] == SYNC_MAX_ITEMS
    body["events"].pop()
    assert line.post(json.dumps(body).encode()).status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_is_served(line: Line, method: str) -> None:
    answer = getattr(line.client, method)(SYNC, **line.person.bearer)
    check_problem(answer, 405, "method_not_allowed")


def test_only_json_is_served(line: Line) -> None:
    answer = line.client.post(SYNC, {"a": "b"}, **line.person.bearer)  # a form
    check_problem(answer, 415, "unsupported_media_type")


def test_only_a_phone_syncs(cast: Cast, client: Client) -> None:
    body = json.dumps(envelope())
    check_problem(client.post(SYNC, body, content_type="application/json"), 401, "unauthenticated")
    forged = {"HTTP_AUTHORIZATION": "Bearer evk_forged"}
    check_problem(
        client.post(SYNC, body, content_type="application/json", **forged), 401, "unauthenticated"
    )
    client.force_login(cast.bo.user)
    check_problem(client.post(SYNC, body, content_type="application/json"), 401, "unauthenticated")


def test_large_answers_are_zipped_for_those_who_ask(line: Line) -> None:
    body = json.dumps(envelope(events=[visit() for _ in range(30)])).encode()
    plain = line.post(body)
    assert "Content-Encoding" not in plain
    zipped = line.post(body, HTTP_ACCEPT_ENCODING="gzip, deflate")
    assert zipped["Content-Encoding"] == "gzip"
    told = json.loads(gzip.decompress(zipped.content))
    assert [r["outcome"] for r in told["results"]] == ["duplicate"] * 30
    assert len(zipped.content) < len(plain.content) / 3

"""The phone's model of glucose: told once to a phone that asks, and never to one that has it."""

from backend.insights.in_use import in_use
from backend.wire.glucose_ahead import digest_of
from tests.people import NOW
from tests.sync.phone import Line


def test_a_phone_that_asks_gets_the_model_and_one_that_has_it_none(line: Line) -> None:
    first = line.sync(uploads=[], glucose_model="")
    model = in_use("glucose.ahead", now=NOW)
    assert model is not None
    assert first["glucose_model"] == model.artefact
    known = digest_of(first["glucose_model"])
    cursor = first["cursor"]
    assert line.sync(cursor=cursor, uploads=[], glucose_model=known)["glucose_model"] is None
    assert line.sync(cursor=cursor, uploads=[])["glucose_model"] is None
    assert line.sync(cursor=cursor, uploads=[], glucose_model="0")["glucose_model"] is not None


def test_a_digest_that_is_no_text_is_told_at_its_field(line: Line) -> None:
    answer = line.post(b'{"device_time": "2026-11-24T07:00:00Z", "glucose_model": 7}')
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "glucose_model"

"""A phone that called before is remembered, and believed only as far as the database agrees."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from backend.accounts.actions import revoke_device, set_active
from backend.accounts.models import Device
from backend.ledger.queries import entries_of
from backend.patients.actions import change_profile
from backend.streams.models import Upload
from backend.wire.messages import SYNC_MAX_ITEMS
from tests.people import NOW, Cast, chart, make_cast
from tests.sync.phone import Line, envelope, upload


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Committed for good, as phones find it."""
    return make_cast()


@pytest.fixture
def cursor(line: Line) -> str:
    """Of a phone that is up to date and has sent samples: it is remembered now."""
    cursor: str = line.sync()["cursor"]
    line.sync(cursor=cursor, uploads=[upload()])
    return cursor


def test_each_round_leaves_its_entry_and_its_samples(line: Line, cast: Cast, cursor: str) -> None:
    before = entries_of(cast.amina.id).count()
    sent = [upload() for _ in range(SYNC_MAX_ITEMS)]
    first, again = (line.sync(cursor=cursor, uploads=sent) for _ in range(2))
    assert {r["outcome"] for r in first["results"]} == {"stored"}
    assert {r["outcome"] for r in again["results"]} == {"duplicate"}
    assert [r["id"] for r in first["results"]] == [item["id"] for item in sent]
    assert entries_of(cast.amina.id).count() == before + 2
    assert Upload.objects.filter(patient_id=cast.amina.id).count() == 1 + SYNC_MAX_ITEMS


def revoke(cast: Cast) -> None:
    assert cast.amina.device is not None
    revoke_device(cast.amina.device.pk, now=NOW)


def shut_out(cast: Cast) -> None:
    set_active(cast.amina.user, is_active=False)


@pytest.mark.parametrize("end", [revoke, shut_out])
def test_a_phone_that_is_shut_out_stores_nothing_from_the_next_round_on(
    line: Line, cast: Cast, cursor: str, end: Callable[[Cast], None]
) -> None:
    end(cast)
    before = (Upload.objects.count(), entries_of(cast.amina.id).count())
    for _ in range(2):
        answer = line.post(_body(cursor))
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
    assert (Upload.objects.count(), entries_of(cast.amina.id).count()) == before


def test_news_are_told_in_the_round_that_finds_them(line: Line, cast: Cast, cursor: str) -> None:
    change_profile(chart(cast.bo, cast.amina, change=True), zone="Asia/Kathmandu")
    reply = line.sync(cursor=cursor, uploads=[upload()])
    assert [row["zone"] for row in reply["changes"]["profile"]] == ["Asia/Kathmandu"]
    assert [r["outcome"] for r in reply["results"]] == ["stored"]
    quiet = line.sync(cursor=reply["cursor"], uploads=[upload()])
    assert not any(quiet["changes"].values())


def test_a_cursor_of_another_history_is_gone_for_a_remembered_phone_too(
    line: Line, cursor: str
) -> None:
    answer = line.post(_body(cursor[:-3] + "abc"))
    assert answer.status_code == 410
    assert Upload.objects.count() == 1


def test_what_it_arms_is_noted(line: Line, cast: Cast, cursor: str) -> None:
    armed = "2026-12-24T10:00:00+00:00"
    line.sync(cursor=cursor, uploads=[], armed_until=armed)
    device = Device.objects.get(user=cast.amina.user)
    assert device.armed_until is not None
    assert device.armed_until.isoformat() == armed


def test_two_phones_of_a_memory_do_not_mix(line: Line, cast: Cast, cursor: str) -> None:
    other = Line(cast.stranger, Client())
    theirs = other.sync()["cursor"]
    other.sync(cursor=theirs, uploads=[upload()])
    assert other.post(_body(cursor)).status_code == 410
    line.sync(cursor=cursor, uploads=[upload()])
    assert Upload.objects.filter(patient_id=cast.amina.id).count() == 2
    assert Upload.objects.filter(patient_id=cast.stranger.id).count() == 1


def _body(cursor: str) -> bytes:
    return json.dumps(envelope(cursor=cursor, uploads=[upload()])).encode()

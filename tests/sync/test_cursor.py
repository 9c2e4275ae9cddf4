"""Cursor and pages: nothing skipped or repeated, and 410 for a cursor of another history."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from backend.accounts.models import Device
from backend.core.models import new_id
from backend.core.problems import CursorGone
from backend.patients.actions import change_profile
from backend.patients.models import Patient
from backend.streams.models import Upload
from backend.sync.actions import sync_phone
from backend.sync.cursors import current_epoch, read_cursor, write_cursor
from backend.visits.actions import request_visit
from backend.wire.messages import SyncReply, SyncRequest, VisitEvent
from tests.people import NOW, Cast, chart
from tests.sync.phone import Line, envelope, upload, visit


def rows_of(changes: dict[str, list[dict[str, Any]]]) -> list[tuple[int, str]]:
    """(revision, id) of every row, in order."""
    return sorted((row["revision"], row["id"]) for rows in changes.values() for row in rows)


def test_the_first_round_tells_all_and_the_next_nothing(line: Line, cast: Cast) -> None:
    first = line.sync()
    assert [row["name"] for row in first["changes"]["profile"]] == ["Amina Okafor"]
    assert [row["recipient"] for row in first["changes"]["grants"]] == ["care-team"]
    assert set(first["changes"]) == {
        "profile", "regimens", "doses", "notices", "advice", "findings", "visits", "surveys",
        "grants", "plans", "messages",
    }  # fmt: skip
    assert first["more"] is False
    second = line.sync(cursor=first["cursor"])
    assert rows_of(second["changes"]) == []
    assert read_cursor(second["cursor"], cast.amina.id, newest=10**9) == read_cursor(
        first["cursor"], cast.amina.id, newest=10**9
    )


def test_what_changes_comes_once(line: Line, cast: Cast) -> None:
    cursor = line.sync()["cursor"]
    change_profile(chart(cast.bo, cast.amina, change=True), zone="Asia/Kathmandu")
    reply = line.sync(cursor=cursor)
    assert [row["zone"] for row in reply["changes"]["profile"]] == ["Asia/Kathmandu"]
    assert len(rows_of(reply["changes"])) == 1
    assert rows_of(line.sync(cursor=reply["cursor"])["changes"]) == []


def ask(cast: Cast, cursor: str | None, *, page_rows: int) -> SyncReply:
    assert cast.amina.device is not None
    phone = Device.objects.select_related("user__patient").get(pk=cast.amina.device.pk)
    return sync_phone(phone, SyncRequest(NOW, cursor), page_rows=page_rows, now=NOW)


@pytest.mark.parametrize("page_rows", [1, 2, 3, 7, 100])
def test_pages_join_to_the_whole_in_order(cast: Cast, page_rows: int) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    for days in range(1, 11):
        request_visit(own, VisitEvent(new_id(), NOW, NOW + timedelta(days=days)), now=NOW)
    cursor, seen, pages = None, [], 0
    while True:
        reply = ask(cast, cursor, page_rows=page_rows)
        kinds = (getattr(reply.changes, kind) for kind in reply.changes.__slots__)
        page = sorted(row.revision for rows in kinds for row in rows)
        assert len(page) <= page_rows
        seen += page
        cursor, pages = reply.cursor, pages + 1
        if not reply.more:
            break
    newest = Patient.objects.get(pk=cast.amina.id).revision
    assert seen == list(range(newest - len(seen) + 1, newest + 1))  # in order, none twice, no gap
    assert len(seen) == 12  # profile, grant, ten visits
    assert pages == -(-12 // page_rows)


def test_a_row_that_changes_between_two_pages_comes_again_at_its_new_place(cast: Cast) -> None:
    first = ask(cast, None, page_rows=1)
    assert first.more
    change_profile(chart(cast.bo, cast.amina, change=True), names_on_lock_screen=True)
    second = ask(cast, first.cursor, page_rows=9)
    assert not second.more
    assert [row.names_on_lock_screen for row in second.changes.profile] == [True]


def gone(line: Line, cursor: str) -> None:
    answer = line.post(json.dumps(envelope(cursor=cursor, uploads=[upload()])).encode())
    assert answer.status_code == 410
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "cursor_gone"
    assert not Upload.objects.exists()  # judged before anything is taken


def test_a_cursor_of_another_history_patient_or_hand_is_gone(line: Line, cast: Cast) -> None:
    newest = Patient.objects.get(pk=cast.amina.id).revision
    good = write_cursor(cast.amina.id, newest)
    for cursor in (
        write_cursor(cast.amina.id, newest, epoch="0123456789ab"),  # the server was restored
        write_cursor(cast.amina.id, newest + 1),  # ahead: it was restored and nothing else tells
        write_cursor(cast.stranger.id, newest),
        good[:-1],
        good.replace(".", ".1", 1),
        f"{current_epoch()}.{newest}",
        "",
        "x" * 10_000,
        "é:ü",
        ":",
    ):
        gone(line, cursor)
    assert line.sync(cursor=good)["more"] is False


def test_a_patient_who_changes_her_language_gets_every_row_in_it(line: Line, cast: Cast) -> None:
    line.sync(events=[visit()])
    known = line.sync()["cursor"]
    change_profile(chart(cast.bo, cast.amina, change=True), language="sw")
    gone(line, known)
    again = line.sync()
    assert [row["language"] for row in again["changes"]["profile"]] == ["sw"]
    assert len(again["changes"]["visits"]) == 1
    assert line.sync(cursor=again["cursor"])["more"] is False


def test_a_patient_who_reads_another_unit_of_glucose_gets_every_row_in_it(
    line: Line, cast: Cast
) -> None:
    line.sync(events=[visit()])
    known = line.sync()["cursor"]
    change_profile(chart(cast.bo, cast.amina, change=True), units={"glucose": "mmol/L"})
    gone(line, known)
    again = line.sync()
    assert [row["units"] for row in again["changes"]["profile"]] == [{"glucose": "mmol/L"}]
    assert len(again["changes"]["visits"]) == 1
    assert line.sync(cursor=again["cursor"])["more"] is False
    change_profile(chart(cast.bo, cast.amina, change=True), units={"glucose": "mg/dL"})
    gone(line, again["cursor"])


def test_after_410_the_phone_starts_again_and_nothing_counts_twice(line: Line, cast: Cast) -> None:
    sent: dict[str, Any] = {"uploads": [upload()], "events": [visit()]}
    line.sync(**sent)
    gone_cursor = write_cursor(cast.amina.id, 1, epoch="000000000000")
    answer = line.post(json.dumps(envelope(cursor=gone_cursor, **sent)).encode())
    assert answer.status_code == 410
    again = line.sync(**sent)
    assert [r["outcome"] for r in again["results"]] == ["duplicate", "duplicate"]
    assert len(again["changes"]["visits"]) == 1


def test_the_epoch_is_the_databases_own_and_stays(cast: Cast, client: Client) -> None:
    here = current_epoch()
    assert len(here) == 12
    connection.close()  # the next connection asks PostgreSQL again
    connection.ensure_connection()
    assert current_epoch() == here


def test_the_newest_revision_itself_is_no_cursor_ahead(cast: Cast) -> None:
    token = write_cursor(cast.amina.id, 7)
    assert read_cursor(token, cast.amina.id, newest=7) == 7
    with pytest.raises(CursorGone):
        read_cursor(token, cast.amina.id, newest=6)

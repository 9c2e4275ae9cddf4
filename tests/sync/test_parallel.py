"""Real connections side by side: the same item at once, and commits that come late."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from backend.core.models import new_id
from backend.patients.access import Chart
from backend.streams.models import Upload
from backend.surveys import queries as surveys
from backend.sync.changes import changes_past
from backend.sync.models import Receipt
from backend.visits import queries as visits
from backend.visits.actions import request_visit
from backend.visits.models import Visit
from backend.wire.messages import SurveyRow, VisitEvent
from tests.people import NOW, Cast, chart, enrol_phone, make_cast
from tests.sync.phone import Line, envelope, survey, upload, visit

WAIT_S = 20


@pytest.fixture
def people(transactional_db: None) -> Cast:
    return make_cast()


class Beside(threading.Thread):
    """Runs on a connection of its own; `answer()` waits and passes on what went wrong."""

    def __init__(self, run: Callable[[], Any]):
        super().__init__(daemon=True)
        self._run, self._answer = run, None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._answer = self._run()
        except BaseException as error:  # handed to the test's thread
            self._error = error
        finally:
            connection.close()

    def answer(self) -> Any:
        self.join(WAIT_S)
        assert not self.is_alive()
        if self._error is not None:
            raise self._error
        return self._answer


def at_once(*runs: Callable[[], Any]) -> list[Any]:
    barrier = threading.Barrier(len(runs))

    def together(run: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        barrier.wait(WAIT_S)
        return run()

    threads = [Beside(partial(together, run)) for run in runs]
    return [thread.answer() for thread in threads]


def test_the_same_request_twice_at_once_counts_once(people: Cast) -> None:
    for _ in range(8):
        body = json.dumps(envelope(uploads=[upload()], events=[visit(), visit()])).encode()
        lines = [Line(people.amina, Client()) for _ in range(2)]
        answers = at_once(*[partial(line.post, body) for line in lines])
        assert [a.status_code for a in answers] == [200, 200]
        outcomes = [[r["outcome"] for r in a.json()["results"]] for a in answers]
        assert sorted(outcomes) == [["duplicate"] * 3, ["stored"] * 3]
    assert (Visit.objects.count(), Upload.objects.count()) == (16, 8)


def test_two_phones_with_one_memory_count_once(people: Cast) -> None:
    first = Line(replace(people.amina), Client())
    enrol_phone(people.amina)
    second = Line(people.amina, Client())
    assert first.person.token != second.person.token
    for round_ in range(8):
        sent = [visit(), visit()]
        body = json.dumps(envelope(events=sent)).encode()
        answers = at_once(partial(first.post, body), partial(second.post, body))
        assert {a.status_code for a in answers} <= {200, 503}
        again = first.sync(events=sent)
        assert [r["outcome"] for r in again["results"]] == ["duplicate"] * 2
        assert Visit.objects.count() == Receipt.objects.count() == 2 * (round_ + 1)


def change(people: Cast, *, until: threading.Event, begun: threading.Event) -> str:
    """Write a visit and hold the commit back."""
    with transaction.atomic():
        own = chart(people.amina, people.amina, change=True)
        event = VisitEvent(new_id(), NOW, NOW + timedelta(days=1))
        request_visit(own, event, now=NOW)
        begun.set()
        assert until.wait(WAIT_S)
    return str(event.id)


def test_a_late_commit_is_never_skipped(people: Cast) -> None:
    """The row was written first and commits last; a phone that synced in between still gets it."""
    line = Line(people.amina, Client())
    until, begun = threading.Event(), threading.Event()
    writer = Beside(lambda: change(people, until=until, begun=begun))
    assert begun.wait(WAIT_S)
    before = line.sync(uploads=[upload()])  # neither waits for the writer nor sees its row
    assert before["changes"]["visits"] == []
    until.set()
    late = writer.answer()
    after = line.sync(cursor=before["cursor"])
    assert [row["id"] for row in after["changes"]["visits"]] == [late]


def test_an_event_beside_a_late_commit_comes_after_it(people: Cast) -> None:
    """A second writer waits for the first, so the smaller revision is always seen first."""
    line = Line(people.amina, Client())
    cursor = line.sync()["cursor"]
    until, begun = threading.Event(), threading.Event()
    writer = Beside(lambda: change(people, until=until, begun=begun))
    assert begun.wait(WAIT_S)
    sent = visit()
    syncing = Beside(lambda: line.sync(cursor=cursor, events=[sent]))
    syncing.join(0.3)
    assert syncing.is_alive()  # it may not take a revision past one that is not yet committed
    until.set()
    late, reply = writer.answer(), syncing.answer()
    seen = [row["id"] for row in reply["changes"]["visits"]]
    rest = line.sync(cursor=reply["cursor"])["changes"]["visits"]
    assert seen + [row["id"] for row in rest] == [late, sent["id"]]


def test_what_commits_between_two_readers_waits_for_the_next_page(people: Cast) -> None:
    """Else the later reader's row would carry the cursor past one that the earlier did not see."""
    own = chart(people.amina, people.amina)
    sent = visit(), survey()

    def commit_then_read(chart: Chart, **cut: int) -> list[SurveyRow]:
        Beside(partial(Line(people.amina, Client()).sync, events=sent)).answer()
        return surveys.changed_since(chart, **cut)

    readers = {"visits": visits.changed_since, "surveys": commit_then_read}
    torn = changes_past(own, 0, readers=readers)
    assert (torn.changes.visits, torn.changes.surveys) == ([], [])
    assert torn.last == own.patient.revision
    own.patient.refresh_from_db()
    whole = changes_past(own, torn.last).changes
    assert [str(row.id) for row in whole.visits + whole.surveys] == [item["id"] for item in sent]


def test_while_many_write_a_reader_by_cursor_misses_nothing(people: Cast) -> None:
    stop = threading.Event()

    def write() -> list[str]:
        line, ids = Line(people.amina, Client()), []
        while not stop.is_set():
            sent = [visit() for _ in range(3)]
            line.sync(events=sent)
            ids += [event["id"] for event in sent]
        return ids

    def read() -> tuple[list[str], str]:
        line, cursor, seen = Line(people.amina, Client()), None, []
        for _ in range(25):
            reply = line.sync(cursor=cursor)
            cursor = reply["cursor"]
            seen += [row["id"] for row in reply["changes"]["visits"]]
        stop.set()
        return seen, cursor

    writers = [Beside(write) for _ in range(3)]
    seen, cursor = Beside(read).answer()
    written = [id_ for writer in writers for id_ in writer.answer()]
    rest = Line(people.amina, Client()).sync(cursor=cursor)
    seen += [row["id"] for row in rest["changes"]["visits"]]
    assert len(seen) == len(set(seen))
    assert sorted(seen) == sorted(written)
    assert len(written) > 20

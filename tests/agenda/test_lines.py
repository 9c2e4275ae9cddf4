"""Lines of the agenda: they coalesce, survive workers, and end in sight."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import connection

from backend.agenda import actions
from backend.agenda.models import Line
from backend.agenda.queries import backlog
from tests.people import NOW, Cast, make_cast

KIND = "test.work"


def expire(line_id: int) -> None:
    """The lease or the wait before a retry has run out."""
    Line.objects.filter(pk=line_id).update(claimed_until=datetime(2020, 1, 1, tzinfo=UTC))


def own_lines() -> list[actions.Claim]:
    return actions.claim(limit=100, kinds=[KIND])


def test_a_hundred_calls_are_one_piece_of_work(cast: Cast) -> None:
    ran: list[UUID] = []

    def handler(patient_id: UUID, *, now: datetime) -> None:
        ran.append(patient_id)

    for _ in range(100):
        actions.call_up(cast.amina.id, KIND)
    assert actions.work_off({KIND: handler}, now=NOW) == 1
    assert ran == [cast.amina.id]
    assert actions.work_off({KIND: handler}, now=NOW) == 0


def test_a_call_while_the_work_runs_is_not_lost(cast: Cast) -> None:
    actions.call_up(cast.amina.id, KIND)
    (claimed,) = own_lines()
    actions.call_up(cast.amina.id, KIND)
    assert own_lines() == []
    actions.finish(claimed, None)
    (again,) = own_lines()
    actions.finish(again, None)
    assert own_lines() == []


def test_a_dead_worker_loses_nothing(cast: Cast) -> None:
    actions.call_up(cast.amina.id, KIND)
    (claimed,) = own_lines()
    assert own_lines() == []
    expire(claimed.line_id)
    assert own_lines() == [claimed]


def test_what_is_due_later_waits_and_an_earlier_call_wins(cast: Cast) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    actions.call_up(cast.amina.id, KIND, due_at=later)
    assert own_lines() == []
    actions.call_up(cast.amina.id, KIND)
    assert len(own_lines()) == 1


def test_a_handler_says_when_it_is_next_due(cast: Cast) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    actions.call_up(cast.amina.id, KIND)
    actions.work_off({KIND: lambda patient_id, *, now: tomorrow}, now=NOW)
    assert Line.objects.get(kind=KIND).due_at == tomorrow


def test_a_failure_is_tried_again_then_buried_in_sight_and_new_data_revives_it(cast: Cast) -> None:
    def broken(patient_id: UUID, *, now: datetime) -> None:
        raise ValueError("122 mg/dL")

    actions.call_up(cast.amina.id, KIND)
    line = Line.objects.get(kind=KIND)
    for _ in range(actions.MOST_ATTEMPTS):
        assert actions.work_off({KIND: broken}, now=NOW) == 1
        expire(line.id)
    assert actions.work_off({KIND: broken}, now=NOW) == 0
    line.refresh_from_db()
    assert line.dead_at is not None
    assert line.last_error == "ValueError"  # the class; the text may hold what a patient sent
    assert backlog().dead == 1
    actions.call_up(cast.amina.id, KIND)
    assert actions.work_off({KIND: lambda patient_id, *, now: None}, now=NOW) == 1
    assert backlog().dead == 0


def test_an_operator_revives_dead_lines(cast: Cast) -> None:
    actions.call_up(cast.amina.id, KIND)
    Line.objects.update(dead_at=NOW)
    assert own_lines() == []
    assert actions.revive([Line.objects.get(kind=KIND).id]) == 1
    assert len(own_lines()) == 1


def test_one_bad_patient_does_not_stop_the_others(cast: Cast) -> None:
    def half_broken(patient_id: UUID, *, now: datetime) -> None:
        if patient_id == cast.amina.id:
            raise ZeroDivisionError

    for person in (cast.amina, cast.stranger):
        actions.call_up(person.id, KIND)
    actions.work_off({KIND: half_broken}, now=NOW)
    states = dict(Line.objects.filter(kind=KIND).values_list("patient_id", "last_error"))
    assert states == {cast.amina.id: "ZeroDivisionError", cast.stranger.id: ""}


def test_what_a_failed_handler_wrote_is_undone(cast: Cast) -> None:
    def writes_then_fails(patient_id: UUID, *, now: datetime) -> None:
        actions.call_up(patient_id, "test.other")
        raise ValueError

    actions.call_up(cast.amina.id, KIND)
    actions.work_off({KIND: writes_then_fails}, now=NOW)
    assert not Line.objects.filter(kind="test.other").exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_hold_the_same_line() -> None:
    cast = make_cast()
    for person in (cast.amina, cast.stranger):
        for n in range(20):
            actions.call_up(person.id, f"{KIND}.{n}")
    kinds = [f"{KIND}.{n}" for n in range(20)]
    taken = in_threads(4, lambda: actions.claim(limit=15, kinds=kinds))
    ids = [claimed.line_id for claims in taken for claimed in claims]
    assert len(ids) == len(set(ids)) == 40


def in_threads(count: int, work: Callable[[], list[actions.Claim]]) -> list[list[actions.Claim]]:
    """Run `work` at once on as many real connections."""
    barrier = Barrier(count)
    answers: list[list[actions.Claim]] = []

    def run() -> None:
        barrier.wait()
        answers.append(work())
        connection.close()

    threads = [Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers

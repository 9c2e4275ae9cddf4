"""Celery wakes, the database remembers: a lost broker loses nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from kombu.exceptions import OperationalError

from backend.agenda import actions as agenda
from backend.agenda.models import Line
from backend.agenda.queries import backlog
from backend.core import health
from tasks import entries
from tasks.app import app
from tasks.work import HANDLERS, NIGHTLY
from tests.people import Cast

ROOT = Path(__file__).resolve().parents[2]
REFRESH = "insights.refresh"


@pytest.fixture
def inline() -> Iterator[None]:
    """A worker in this process, that passes errors on."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


@pytest.fixture
def no_broker() -> Iterator[None]:
    was = app.conf.broker_url
    app.conf.update(broker_url="redis+socket:///nowhere.sock", task_publish_retry=False)
    yield
    app.conf.update(broker_url=was, task_publish_retry=True)


def test_a_tick_has_what_is_due_worked_off(cast: Cast, inline: None) -> None:
    agenda.call_up(cast.amina.id, REFRESH)
    entries.tick()
    line = Line.objects.get(patient=cast.amina.patient, kind=REFRESH)
    assert line.last_error == ""
    assert line.finished_at is not None
    assert line.claimed_until is None
    assert health.worker().up


def test_with_the_broker_away_nothing_is_lost(cast: Cast, no_broker: None) -> None:
    agenda.call_up(cast.amina.id, REFRESH)
    with pytest.raises(OperationalError):
        entries.tick()
    assert Line.objects.get(kind=REFRESH).finished_at is None
    _let_leases_run_out()
    (again,) = agenda.claim(limit=10, kinds=[REFRESH])
    assert again.patient_id == cast.amina.id


def test_a_message_that_comes_twice_does_no_harm(cast: Cast, inline: None) -> None:
    agenda.call_up(cast.amina.id, REFRESH)
    (claim,) = agenda.claim(limit=10, kinds=[REFRESH])
    entries.work([claim.line_id])
    entries.work([claim.line_id])
    assert Line.objects.get(kind=REFRESH).attempts == 0


def test_each_night_everyone_is_called_up_once(cast: Cast, inline: None) -> None:
    patients = {cast.amina.id, cast.stranger.id}
    Line.objects.all().delete()
    entries.nightly()
    entries.nightly()
    for kind in NIGHTLY:
        found = Line.objects.filter(kind=kind).values_list("patient_id", flat=True)
        assert sorted(found) == sorted(patients)
    assert backlog().oldest_s < 5


def test_every_kind_that_is_called_up_has_a_handler() -> None:
    assert set(NIGHTLY) <= set(HANDLERS)


def test_no_task_is_put_off_or_chained_in_the_broker() -> None:
    """An ETA past the visibility timeout ran every task three times; chords loop for ever."""
    forbidden = {"countdown", "eta", "chord", "chain", "group"}
    for path in (*ROOT.glob("tasks/*.py"), *ROOT.glob("backend/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword):
                assert node.arg not in {"countdown", "eta"}, path
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("celery"):
                assert not forbidden & {name.name for name in node.names}, path


def _let_leases_run_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agenda_line SET claimed_until = clock_timestamp() - interval '1 s'")

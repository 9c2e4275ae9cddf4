"""Up or down, by what shows in the database."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test import Client

from backend.core import broker, health
from backend.core.health import Reading


def test_healthz_answers_anyone_even_without_a_broker(
    client: Client, db: None, settings: object
) -> None:
    settings.REDIS_URL = "unix:///nowhere.sock"  # type: ignore[attr-defined]
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["ready"] is True
    assert response.json()["components"]["database"] == "up"
    assert response.json()["components"]["redis"] == "down"


def test_a_broker_that_answers_is_up(redis_url: str) -> None:
    assert broker.answers(redis_url)
    assert not broker.answers(redis_url + ".not")


def test_a_failing_probe_is_a_component_that_is_down(db: None) -> None:
    def broken() -> Reading:
        raise DatabaseError("password=hunter2")

    component = health.check("broken", broken)
    assert not component.up
    assert component.detail == "DatabaseError"


def test_a_heartbeat_counts_while_it_is_fresh(db: None) -> None:
    assert not health.worker().up
    health.beat("worker")
    health.beat("worker")
    assert health.worker().up
    assert not health.pump().up
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_heartbeat SET beaten_at = beaten_at - interval '31 s'")
    assert not health.worker().up


def test_check_health_prints_each_component_and_fails_if_one_is_down(
    db: None, settings: object, redis_url: str
) -> None:
    settings.REDIS_URL = redis_url  # type: ignore[attr-defined]
    health.beat("worker")
    out = StringIO()
    with pytest.raises(CommandError, match=r"^Down: pump\.$"):
        call_command("check_health", stdout=out)
    lines = {line.split()[0]: line.split()[1] for line in out.getvalue().splitlines()}
    assert lines == {
        "database": "up",
        "migrations": "up",
        "redis": "up",
        "worker": "up",
        "pump": "down",
        "agenda": "up",
    }
    health.beat("pump")
    out = StringIO()
    call_command("check_health", "--json", stdout=out)
    assert all(part["up"] and part["latency_ms"] >= 0 for part in json.loads(out.getvalue()))

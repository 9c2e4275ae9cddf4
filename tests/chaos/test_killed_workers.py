"""A real Celery worker, killed with SIGKILL in the middle of its work, again and again."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum

from backend.agenda.models import Line
from backend.insights.methods import METHODS
from backend.insights.models import Finding
from backend.patients.access import Category
from backend.streams.actions import store_upload
from backend.streams.models import Chunk, Upload
from backend.wire.ids import uuid7
from tests.people import Person, chart, make_cast, patient_of

PATIENTS = 10
UPLOADS = 4
SAMPLES = 500
KILLS = 3


@contextmanager
def worker(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """A worker with its children and its own beat, one process group."""
    command = [sys.executable, "-m", "celery", "-A", "tasks.app", "--quiet", "worker", "-c", "2"]
    command += ["--beat", "--schedule", str(folder / "beat")]
    running = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def measure(person: Person, now: datetime) -> None:
    for number in range(UPLOADS):
        raw = {
            "id": str(uuid7(now)),
            "kind": "heart_rate",
            "source": "watch",
            "unit": "/min",
            "start": (now - timedelta(days=number + 1)).isoformat(),
            "step_ms": 1000,
            "values": [60 + n % 30 for n in range(SAMPLES)],
        }
        own = chart(person, person, Category.STREAMS, change=True, now=now)
        assert store_upload(own, raw, now=now).outcome == "stored"


def leases_run_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agenda_line SET claimed_until = clock_timestamp() - interval '1 s'")


def due() -> int:
    now = datetime.now(UTC)
    return Line.objects.filter(due_at__lte=now, dead_at=None).count()


def work_until(done: int, *, seconds: float = 60) -> None:
    """Until at most `done` uploads wait (0: and nothing else is due)."""
    deadline = time.monotonic() + seconds
    while Upload.objects.filter(merged=False).count() > done or (done == 0 and due()):
        assert time.monotonic() < deadline, "the work was not done in time"
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_workers_lose_no_work_and_do_none_twice(
    service_environment: dict[str, str], tmp_path: Path
) -> None:
    cast, now = make_cast(), datetime.now(UTC)
    people = [cast.amina, *(patient_of(cast.bo, f"P{n}") for n in range(PATIENTS - 1))]
    with transaction.atomic():
        for person in people:
            measure(person, now)
    every = PATIENTS * UPLOADS
    for kill in range(KILLS):
        with worker(service_environment, tmp_path):
            work_until(every - (kill + 1) * every // (KILLS + 1))
        assert due(), "the worker was not in the middle of anything"
        leases_run_out()
    with worker(service_environment, tmp_path):
        work_until(0)
    kept = Chunk.objects.values_list("patient_id").annotate(Sum("count"))
    assert dict(kept) == {person.id: UPLOADS * SAMPLES for person in people}
    standing = Finding.objects.filter(superseded_at=None).values_list("patient_id", "method")
    wanted = {(person.id, method) for person in people for method in METHODS}
    assert Counter(standing) == Counter(wanted)
    assert not Line.objects.exclude(dead_at=None).exists()

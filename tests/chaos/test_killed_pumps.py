"""`manage.py pump` as it runs: killed mid-batch, cut off from the database, without Redis."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from backend.notices.channels import Message
from backend.notices.models import Delivery, Notice, Occurrence
from tests.notices.people import leave, moment
from tests.notices.receiver import Receiver, receiving
from tests.people import Cast, Person, make_cast, patient_of

NO_REDIS = "redis://127.0.0.1:1/0"  # nothing listens there
APPLICATION = "pump-under-test"
KILLS = 5
WRITERS = 3
EACH = 60


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Committed, so that the pumps see them."""
    return make_cast()


def environment(receiver: Receiver) -> dict[str, str]:
    here = settings.DATABASES["default"]
    url = make_conninfo(
        host=here["HOST"] or None,
        port=here["PORT"] or None,
        user=here["USER"] or None,
        password=here["PASSWORD"] or None,
        dbname=here["NAME"],
    )
    return {
        **os.environ,
        "DATABASE_URL": url,
        "PGAPPNAME": APPLICATION,
        "REDIS_URL": NO_REDIS,
        "EVENKEEL_APPRISE_URLS": receiver.url,
    }


class Pumps:
    """Two pumps; a killed one is replaced at once."""

    def __init__(self, receiver: Receiver):
        self._environment = environment(receiver)
        self.running = [self._start() for _ in range(2)]
        self.kills = 0

    def _start(self) -> subprocess.Popen[bytes]:
        flags = ["--lease", "2", "--sweep-every", "1"]
        return subprocess.Popen(
            [sys.executable, "manage.py", "pump", *flags],
            cwd=settings.BASE_DIR,
            env=self._environment,
            stderr=subprocess.PIPE,
        )

    def kill_one(self) -> None:
        index = self.kills % 2
        self.running[index].kill()
        self._reap(self.running[index])
        self.running[index] = self._start()
        self.kills += 1

    def stop(self) -> list[int]:
        """Ask them to end; their exit codes."""
        for pump in self.running:
            pump.send_signal(signal.SIGTERM)
        return [self._reap(pump) for pump in self.running]

    def kill_all(self) -> None:
        for pump in self.running:
            pump.kill()
            self._reap(pump)

    @staticmethod
    def _reap(pump: subprocess.Popen[bytes]) -> int:
        pump.communicate(timeout=15)
        return pump.returncode


@contextmanager
def pumps(receiver: Receiver) -> Iterator[Pumps]:
    running = Pumps(receiver)
    try:
        yield running
    finally:
        running.kill_all()


def wait_for(what: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


def write_occurrences(people: list[Person], writer: int, written: list[str]) -> None:
    """Due at once; each tenth commits late."""
    try:
        for number in range(EACH):
            key = f"w{writer}-{number}"
            with transaction.atomic():
                leave(people[number % len(people)], key, moment())
                time.sleep(0.6 if number % 10 == 9 else 0.03)
            written.append(key)
    finally:
        connection.close()


def cut_off() -> None:
    """Every pump loses its connection, as when the database restarts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name = %s",
            [APPLICATION],
        )


@pytest.mark.slow
def test_kills_lose_nothing_and_say_nothing_twice(cast: Cast) -> None:
    people = [cast.amina, cast.stranger, *(patient_of(cast.bo, f"P{n}") for n in range(4))]
    written: list[str] = []
    with receiving(delay_s=0.02) as receiver, pumps(receiver) as running:
        wait_for(lambda: _connected() == 2, seconds=60)
        writers = [
            threading.Thread(target=write_occurrences, args=(people, writer, written))
            for writer in range(WRITERS)
        ]
        for thread in writers:
            thread.start()
        for kill in range(KILLS):
            heard = receiver.asked
            wait_for(lambda heard=heard: receiver.asked > heard, seconds=60)  # type: ignore[misc]
            running.kill_one()  # it is in the middle of a batch: messages are going out
            if kill in (1, 3):
                cut_off()
        for thread in writers:
            thread.join()
        wait_for(
            lambda: Delivery.objects.filter(outcome="sent").count() == len(written), seconds=60
        )
        # The last to start may still be loading: it cannot end in good order before it listens.
        wait_for(lambda: _connected() == 2, seconds=60)
        assert running.stop() == [0, 0]
    assert len(written) == WRITERS * EACH == Occurrence.objects.count()
    cards = Counter(Notice.objects.values_list("key", flat=True))
    assert cards == Counter(written)
    ids = {Message(key, people[0].id, "").collapse_id for key in written}
    told = Counter(str(one["key"]) for one in receiver.taken)
    assert set(told) == ids  # nothing lost, nothing made up; the key makes repeats one
    again = sum(times - 1 for times in told.values())
    assert again <= KILLS * 8 + 4 * 8  # what was between sending and marking
    assert again, "no kill met a batch"


def _connected() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [APPLICATION]
        )
        (found,) = cursor.fetchone()
    return int(found)

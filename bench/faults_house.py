"""The house that faults befall: a durable PostgreSQL that is stopped without warning, a Valkey that
goes and comes, and whatever else runs, all of it ended with this process.

fsync is on: what is acknowledged must outlive `pg_ctl -m immediate`, or its loss would prove
nothing.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread
from typing import TypeVar

import django
import psycopg

from backend.core.embedded import postgres, valkey
from backend.core.embedded.service import Service, discard, launch, stop, wait_ready
from bench.house import ROOT, manage

T = TypeVar("T")
READY_S = 120
IMMEDIATE = signal.SIGQUIT  # what `pg_ctl stop -m immediate` sends; pg_ctl refuses to be root


@dataclass
class Serving:
    """One service that can be ended hard and started again; `outages` are its [from, to]."""

    service: Service
    outages: list[tuple[float, float]] = field(default_factory=list)
    process: "Popen[bytes] | None" = None

    def start(self) -> None:
        """Return once it answers."""
        self.process = launch(self.service)
        wait_ready(self.service, self.process, seconds=READY_S)

    def end(self, how: signal.Signals | None = None) -> None:
        """End it, by this signal."""
        if self.process is not None:
            stop(replace(self.service, stop_signal=how or self.service.stop_signal), self.process)
            self.process = None

    def tell(self, what: signal.Signals) -> None:
        """Send the running process a signal."""
        assert self.process is not None
        self.process.send_signal(what)

    def fail(self, how: signal.Signals) -> None:
        """End it without warning and start it again."""
        began = time.time()
        self.end(how)
        self.start()
        self.outages.append((began, time.time()))


@dataclass
class House:
    """Where things are."""

    folder: Path
    database: Serving
    broker: Serving

    @property
    def url(self) -> str:
        """The database's."""
        return self.database.service.url

    @contextmanager
    def running(self, service: Service) -> Iterator[Serving]:
        """One more service while the block lasts."""
        serving = Serving(service)
        try:
            serving.start()
            yield serving
        finally:
            serving.end()
            discard(service)

    def python(
        self, name: str, arguments: list[str], *, answers: Callable[[], bool], **environment: str
    ) -> Service:
        """A Python program of ours as a service."""
        command, log = [sys.executable, *arguments], self.folder / f"{name}.log"
        return Service(name, command, log, answers, environment=environment, folder=ROOT)


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Start it in `folder`; Django here uses the same database."""
    with ExitStack() as at_end:
        database = Serving(postgres.service(folder / "postgres", log=folder / "postgres.log"))
        broker = Serving(valkey.service(folder / "valkey", log=folder / "valkey.log"))
        for serving in (database, broker):
            at_end.callback(discard, serving.service)
            at_end.callback(serving.end)
            serving.start()
        os.environ |= {
            "DATABASE_URL": database.service.url,
            "REDIS_URL": broker.service.url,
            "DJANGO_SETTINGS_MODULE": "backend.settings",
        }
        django.setup()
        manage("prepare_database", folder)
        yield House(folder, database, broker)


@contextmanager
def beside(*works: Callable[[Event], None]) -> Iterator[None]:
    """Run these on threads of their own until the block ends; what one raises is raised here."""
    stopping, failures = Event(), list[BaseException]()

    def run(work: Callable[[Event], None]) -> None:
        try:
            work(stopping)
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def patiently(ask: Callable[[psycopg.Connection], T], url: str) -> T:
    """What this asks of the database, as soon as there is one."""
    while True:
        with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=5) as db:
            return ask(db)
        time.sleep(0.2)

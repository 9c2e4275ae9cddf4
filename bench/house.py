"""An Evenkeel for measuring: durable PostgreSQL and one web worker, with patients and phones."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen
from uuid import UUID

import django

from backend.core.embedded import postgres
from backend.core.embedded.service import Service, answers_ok, discard, launch, stop, wait_ready

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Running:
    """Where things are, and which processes' CPU counts."""

    web_url: str
    database_url: str
    web: int
    database: int
    bare_url: str
    bare: int


@dataclass(frozen=True, slots=True)
class PhoneOf:
    """A patient and her phone's token."""

    patient: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def house(folder: Path) -> Iterator[Running]:
    """Start it in `folder`; Django here uses the same database."""
    with ExitStack() as at_end:
        database = postgres.service(folder / "postgres", log=folder / "postgres.log")
        postmaster = started(database, at_end)
        os.environ |= {
            "DATABASE_URL": database.url,
            "REDIS_URL": "unix:///nowhere",
            "DJANGO_SETTINGS_MODULE": "backend.settings",
        }
        django.setup()
        manage("prepare_database", folder)
        web_url, web = web_server("web", "backend.wsgi", "/healthz", folder, at_end)
        bare_url, bare = web_server("bare", "bench.bare_wsgi", "/", folder, at_end)
        yield Running(web_url, database.url, web, postmaster.pid, bare_url, bare)


def web_server(
    name: str, module: str, answers: str, folder: Path, at_end: ExitStack
) -> tuple[str, int]:
    """The address and the process of a web server with one worker, as `manage.py demo` runs it."""
    port = _free_port()
    flags = ["--port", str(port), "--interface", "wsgi", "--no-ws", "--blocking-threads", "1"]
    service = Service(
        name,
        [sys.executable, "-m", "granian", *flags, f"{module}:application"],
        folder / f"{name}.log",
        answers=lambda: answers_ok("127.0.0.1", port, answers),
        folder=ROOT,
    )
    return f"http://127.0.0.1:{port}", started(service, at_end).pid


def started(service: Service, at_end: ExitStack) -> "Popen[bytes]":
    """Its process, ended and tidied up after with the stack."""
    process = launch(service)
    at_end.callback(discard, service)
    at_end.callback(stop, service, process)
    wait_ready(service, process, seconds=60)
    return process


def manage(command: str, folder: Path) -> None:
    """Run a command of manage.py; what it said is the error if it fails."""
    service = Service(
        command, [sys.executable, "manage.py", command, "-v", "0"], folder / "log", folder=ROOT
    )
    if launch(service).wait():
        raise RuntimeError((folder / "log").read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def now() -> datetime:
    return datetime.now(UTC)

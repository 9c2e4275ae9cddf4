"""The processes of a whole Evenkeel on one machine, and the folder that they live in."""

import errno
import fcntl
import json
import os
import secrets
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from backend.core.embedded import postgres, valkey
from backend.core.embedded.service import Service, answers_ok

HOST = "127.0.0.1"
FIRST_PORT = 8000
PORTS_TRIED = 50


@dataclass(frozen=True, slots=True)
class Stack:
    """One running Evenkeel: its data folder and its two ports."""

    data: Path
    port: int
    ws_port: int

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def data_services(self) -> list[Service]:
        """PostgreSQL and Valkey, unless the environment names others."""
        given = os.environ
        made: list[Service] = []
        if "DATABASE_URL" not in given:
            made.append(postgres.service(self.data / "postgres", log=self._log("postgres")))
        if "REDIS_URL" not in given:
            made.append(valkey.service(self.data / "valkey", log=self._log("valkey")))
        return made

    def describe(self, embedded: list[Service]) -> None:
        """Write service.json, where every command with this data folder finds the services."""
        urls = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
        words = {urls[service.name]: service.url for service in embedded}
        words |= {
            "EVENKEEL_SECRET_KEY": _kept_secret(self.data / "secret_key"),
            "EVENKEEL_WEB_URL": self.web_url,
            "EVENKEEL_WS_URL": f"ws://{HOST}:{self.ws_port}",
        }
        _write_private(self.data / "service.json", json.dumps(words, indent=1))

    def doors(self) -> list[Service]:
        """What people and phones connect to."""
        web = ["--interface", "wsgi", "--no-ws", "--workers", "2", "backend.wsgi:application"]
        live = ["--interface", "asginl", "backend.asgi:application"]
        return [
            self._python("web", *self._granian(self.port), *web, answers=self.is_ready),
            self._python(
                "websockets", *self._granian(self.ws_port), *live, answers=self._ws_listens
            ),
        ]

    def workers(self) -> list[Service]:
        """What works behind the doors."""
        celery = ("-m", "celery", "-A", "tasks.app", "--quiet")
        alone = ("--without-gossip", "--without-mingle")
        beat = ("--schedule", str(self.data / "beat"), "--pidfile=")
        return [
            self._python("worker", *celery, "worker", "-l", "WARNING", "-c", "2", *alone),
            self._python("beat", *celery, "beat", "-l", "WARNING", *beat),
            self._python("pump", str(settings.BASE_DIR / "manage.py"), "pump"),
        ]

    def command(self, *arguments: str) -> list[str]:
        """A manage.py command of this Evenkeel."""
        return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """What its processes need to find it."""
        # All the simulated phones enrol from this one address.
        rate = os.environ.get("EVENKEEL_ENROL_RATE", "600/min")
        return {
            "EVENKEEL_DATA": str(self.data),
            "EVENKEEL_ENROL_RATE": rate,
            "PYTHONUNBUFFERED": "1",
        }

    def is_ready(self) -> bool:
        """Whether /healthz answers 200."""
        return answers_ok(HOST, self.port, "/healthz")

    def _ws_listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.ws_port)) == 0

    def _granian(self, port: int) -> list[str]:
        # Granian's default of many blocking threads makes workers fight for Python's lock.
        return ["-m", "granian", "--host", HOST, "--port", str(port), "--blocking-threads", "1"]

    def _python(self, name: str, *arguments: str, **more: object) -> Service:
        return Service(
            name=name,
            command=[sys.executable, *arguments],
            log=self._log(name),
            environment=self.environment,
            folder=settings.BASE_DIR,
            **more,  # type: ignore[arg-type]
        )

    def _log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"


@dataclass(frozen=True, slots=True)
class Ports:
    """The web's and the WebSockets' port; `held` keeps other demos off the web's until we end."""

    web: int
    ws: int
    held: IO[str]


def choose_ports(wanted: int | None) -> Ports:
    """The wanted port for the web, else the first free from 8000, and any for WebSockets.

    Raises OSError if it is taken. A lock beside the look: servers bind seconds later, and with
    SO_REUSEPORT, so two demos begun at once would share a port and its visitors.
    """
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        try:
            held = _lock_port(port)
            return Ports(_bind(port), _bind(0), held)
        except OSError:
            continue
    raise OSError(errno.EADDRINUSE, "no free port")


def _lock_port(port: int) -> IO[str]:
    held = (Path(tempfile.gettempdir()) / f"evenkeel-port-{port}.lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise
    return held


def _bind(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return int(probe.getsockname()[1])


def _kept_secret(path: Path) -> str:
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(50))
    return path.read_text()


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and from its first moment for nobody else's eyes."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)

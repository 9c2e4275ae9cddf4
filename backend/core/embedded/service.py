"""One process that serves: how it is started, known to be ready, and stopped."""

import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from backend.core.embedded.unprivileged import (
    Account,
    EmbeddedError,
    drop_to,
    leash,
    popen_account,
)

POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Service:
    """What to run; `answers` says whether it serves, `url` where."""

    name: str
    command: list[str]
    log: Path
    answers: Callable[[], bool] = lambda: True
    url: str = ""
    account: Account | None = None
    reads: list[Path] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    folder: Path | None = None  # where it runs
    holds_data: bool = False  # stopped after those that use it
    temporary: Path | None = None  # a folder that goes when the service goes for good


def launch(service: Service) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that a terminal's Ctrl-C reaches only us."""
    if service.account:
        command = drop_to(service.account, service.command, reads=service.reads)
    else:
        command = leash(service.command, service.stop_signal.name.removeprefix("SIG"))
    with service.log.open("ab") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own command lines
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=service.folder,
            env=os.environ | service.environment,
            **popen_account(service.account),  # type: ignore[call-overload]
        )
    return process


def wait_ready(service: Service, process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Return once it answers; EmbeddedError when it ended or took too long."""
    deadline = time.monotonic() + seconds
    while not service.answers():
        if process.poll() is not None:
            raise EmbeddedError(f"{service.name} ended at its start: see {service.log}")
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{service.name} does not answer: see {service.log}")
        time.sleep(POLL_S)


def stop(service: Service, process: subprocess.Popen[bytes], *, patience: float = 10) -> None:
    """Ask it to end; after `patience` seconds, and for what it leaves behind, insist."""
    if process.poll() is None:
        process.send_signal(service.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def discard(service: Service) -> None:
    """Remove what a stopped service needs no more."""
    if service.temporary:
        shutil.rmtree(service.temporary, ignore_errors=True)


def answers_ok(host: str, port: int, path: str) -> bool:
    """Whether a GET answers 200. By the standard library: httpx makes a TLS context each time."""
    door = http.client.HTTPConnection(host, port, timeout=2)
    try:
        door.request("GET", path)
        return door.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        door.close()


@contextmanager
def running(service: Service, *, seconds: float = 30) -> Iterator[Service]:
    """The service while the block lasts."""
    process = launch(service)
    try:
        wait_ready(service, process, seconds=seconds)
        yield service
    finally:
        stop(service, process)
        discard(service)

"""`manage.py demo` as a visitor starts it: the real processes, in folders of their own."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import httpx
import pytest

from backend.core.embedded.unprivileged import leash
from backend.demo.leftovers import born

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, "-W", "ignore", str(ROOT / "manage.py")]
SERVICES = {"postgres", "valkey", "web", "websockets", "worker", "beat", "pump"}

pytestmark = pytest.mark.slow


def own_environment() -> dict[str, str]:
    """Ours without what would lead the demo to other services."""
    foreign = ("DATABASE_URL", "REDIS_URL")
    return {k: v for k, v in os.environ.items() if k not in foreign and "EVENKEEL" not in k}


class Demo:
    """A running demo and the lines that it printed."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            leash([*MANAGE, "demo", "--data", str(data), *arguments]),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=own_environment(),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> "Demo":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as out:
            for line in out:
                self.lines.append(line.rstrip("\n"))

    def wait_for(self, start: str, seconds: float = 120) -> str:
        """The first line that starts so, without its start."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in list(self.lines):
                if line.startswith(start):
                    return line.removeprefix(start)
            assert self.process.poll() is None, self.lines
            time.sleep(0.05)
        raise AssertionError(f"no line {start!r} in {self.lines}")

    def pids(self) -> dict[str, int]:
        """Its children by name."""
        return {row[0]: row[1] for row in json.loads((self.data / "processes.json").read_text())}

    def end(self, sign: signal.Signals) -> int:
        """Signal the supervisor and wait for its end."""
        self.process.send_signal(sign)
        code = self.process.wait(60)
        self._reader.join(10)
        return code

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that finds this demo by its folder."""
        command = [*MANAGE, *arguments, "--data", str(self.data)]
        return subprocess.run(command, capture_output=True, text=True, env=own_environment())


@pytest.fixture
def folder(service_folder: Path) -> Iterator[Path]:
    """A short path, so that sockets stand in the data folder as they do for most visitors."""
    path = service_folder / "demos"
    path.mkdir()
    path.chmod(0o711)
    return path


def all_ended(pids: list[int], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while any(born(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(born(pid) for pid in pids)


def test_the_life_of_a_demo(folder: Path) -> None:
    """One test, for a start costs ten seconds: side by side, death, Ctrl-C, a second start."""
    with (
        Demo(folder / "a", "--patients", "2", "--days", "2") as a,
        Demo(folder / "b", "--patients", "0") as b,
    ):
        a.wait_for("ready")
        b.wait_for("ready")
        address = a.wait_for("web: ")
        assert b.wait_for("web: ") != address
        assert httpx.get(f"{address}/healthz").status_code == 200
        patient = a.wait_for("patient: ")
        sign_in = a.wait_for("admin: ")
        code = a.wait_for("enrolment code: ")
        assert set(a.pids()) == SERVICES

        again = a.manage("demo")
        assert again.returncode == 1
        assert "A demo already runs on" in again.stderr

        for name in ("worker", "postgres"):
            os.kill(a.pids()[name], signal.SIGKILL)
            a.wait_for(f"{name} restarted")
        assert any(line.startswith("worker died (signal SIGKILL)") for line in a.lines)
        wait_until_healthy(a)

        pids = list(a.pids().values())
        assert a.end(signal.SIGINT) == 0
        assert all_ended(pids)
        assert a.lines[-1] == "stopped"

        pids = list(b.pids().values())
        b.process.kill()
        b.process.wait()

    with Demo(folder / "b", "--patients", "0") as b, Demo(folder / "a") as second:
        second.wait_for("ready")
        assert second.wait_for("patient: ") == patient
        assert second.wait_for("admin: ") == sign_in
        assert second.wait_for("enrolment code: ") != code
        assert not any(line.startswith("demo:") for line in second.lines)
        b.wait_for("ready")
        assert all_ended(pids)


def wait_until_healthy(demo: Demo) -> None:
    """Heartbeats come with the first tick and the pump's first round."""
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline:
        seen = demo.manage("check_health", "--json")
        if seen.returncode == 0:
            assert {part["name"] for part in json.loads(seen.stdout)} >= {"database", "pump"}
            return
        time.sleep(0.5)
    raise AssertionError(seen.stdout + seen.stderr)

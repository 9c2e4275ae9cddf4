"""The whole house as a visitor starts it: `manage.py demo` as a process of its own."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 240  # seconds on a quiet machine are minutes on a busy one
PATIENTS, DAYS = 4, 21


class NotReady(AssertionError):
    """The demo ended or took too long; carries what it said."""


@dataclass
class RunningDemo:
    """A demo that has said `ready`."""

    process: "subprocess.Popen[str]"
    data: Path
    said: list[str] = field(default_factory=list)

    def told(self, name: str) -> list[str]:
        """What stands after `name: ` in each line that says so."""
        start = f"{name}: "
        return [line.removeprefix(start) for line in self.said if line.startswith(start)]

    @property
    def web(self) -> str:
        return self.told("web")[0]

    @property
    def patient(self) -> str:
        return self.told("patient")[0]

    @property
    def code(self) -> str:
        return self.told("enrolment code")[0]

    def sign_in(self, starting: str) -> tuple[str, str]:
        """User and password of the first demo sign-in whose name starts so."""
        pairs = [tuple(line.split(" ", 1)) for line in self.told("admin")]
        return next((user, word) for user, word in pairs if user.startswith(starting))

    def manage(self, *arguments: str) -> str:
        """What a command of this Evenkeel prints."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self) -> dict[str, str]:
        """As a person's shell who has the data folder in EVENKEEL_DATA."""
        return {**clean_environment(), "EVENKEEL_DATA": str(self.data)}


def clean_environment() -> dict[str, str]:
    """The embedded services are to be used, whatever this machine has."""
    given = dict(os.environ)
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "EVENKEEL_DATA"):
        given.pop(name, None)
    return given


def start_demo(data: Path) -> RunningDemo:
    """Start it and wait for `ready`."""
    process = subprocess.Popen(
        [
            sys.executable, str(ROOT / "manage.py"), "demo", "--data", str(data),
            "--patients", str(PATIENTS), "--days", str(DAYS),
        ],
        env=clean_environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )  # fmt: skip
    demo = RunningDemo(process, data)
    try:
        _wait_ready(demo)
    except BaseException:
        stop_demo(demo)
        raise
    return demo


def _wait_ready(demo: RunningDemo) -> None:
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_read, args=(demo, lines), daemon=True)
    reader.start()
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=0.5)
        except queue.Empty:
            if not reader.is_alive():
                break
            continue
        if line == "ready":
            return
    raise NotReady("\n".join(demo.said[-40:]))


def _read(demo: RunningDemo, lines: "queue.Queue[str]") -> None:
    """Reads to the end, so that the demo never waits for a full pipe."""
    assert demo.process.stdout is not None
    for line in demo.process.stdout:
        demo.said.append(line.rstrip("\n"))
        lines.put(line.rstrip("\n"))


def stop_demo(demo: RunningDemo) -> int:
    """As Ctrl-C does; returns the exit code."""
    if demo.process.poll() is None:
        demo.process.send_signal(signal.SIGINT)
    try:
        return demo.process.wait(30)
    finally:
        if demo.process.poll() is None:
            demo.process.kill()
            demo.process.wait()
        assert demo.process.stdout is not None
        demo.process.stdout.close()

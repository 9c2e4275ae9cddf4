"""Keeps services running: one that dies is started again, with a line that says so."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen, TimeoutExpired

from backend.core.embedded.service import Service, discard, launch, stop, wait_ready
from backend.core.embedded.unprivileged import leash
from backend.demo.leftovers import Noted, note

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0  # having run for so long, a service starts again without a long pause
POLL_S = 0.2
PATIENCE_S = 10.0


@dataclass(slots=True)
class Child:
    """A service and its present process."""

    service: Service
    process: Popen[bytes]
    since: float
    pause: float = FIRST_PAUSE_S
    due: float | None = None  # when to start it again


@dataclass(slots=True)
class Supervisor:
    """Starts services in order, watches them, stops them in reverse."""

    say: Callable[[str], None]
    register: Path  # where it notes what it started, for whoever finds its leftovers
    children: list[Child] = field(default_factory=list)

    def begin(self, *services: Service) -> list[Child]:
        """Start them side by side."""
        begun = [Child(service, launch(service), time.monotonic()) for service in services]
        self.children += begun
        self._note()
        return begun

    def start(self, *services: Service, seconds: float = 60) -> None:
        """Start them and wait until each answers; EmbeddedError if one does not."""
        self.wait(self.begin(*services), seconds=seconds)

    def wait(self, begun: Iterable[Child], *, seconds: float = 60) -> None:
        """Until each answers; EmbeddedError if one does not."""
        for child in begun:
            wait_ready(child.service, child.process, seconds=seconds)

    def watch(self, until: Callable[[], bool]) -> None:
        """Look after the children until told otherwise."""
        while not until():
            now = time.monotonic()
            for child in self.children:
                self._look_after(child, now)
            time.sleep(POLL_S)

    def run(self, command: list[str], environment: dict[str, str]) -> int:
        """Run a command to its end, its output shown, while the children are looked after."""
        process = Popen(  # noqa: S603 - our own command lines only
            leash(command), env=os.environ | environment, start_new_session=True
        )
        try:
            self.watch(until=lambda: process.poll() is not None)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return process.returncode

    def _look_after(self, child: Child, now: float) -> None:
        if child.due is None and child.process.poll() is not None:
            if now - child.since > STEADY_S:
                child.pause = FIRST_PAUSE_S
            # What it forked would hold its port or its socket.
            stop(child.service, child.process, patience=0)
            child.due = now + child.pause
            self.say(
                f"{child.service.name} died ({_how(child.process.returncode)}); "
                f"restarting in {child.pause:g} s"
            )
            child.pause = min(child.pause * 2, LONGEST_PAUSE_S)
        if child.due is not None and now >= child.due:
            child.process, child.since, child.due = launch(child.service), now, None
            self._note()
            self.say(f"{child.service.name} restarted (pid {child.process.pid})")

    def stop_all(self) -> None:
        """Ask all but the data services at once, then end each in reverse order of its start."""
        for child in reversed(self.children):
            if not child.service.holds_data and child.process.poll() is None:
                child.process.send_signal(child.service.stop_signal)
        deadline = time.monotonic() + PATIENCE_S
        for child in reversed(self.children):
            if not child.service.holds_data:
                with suppress(TimeoutExpired):
                    child.process.wait(max(0.0, deadline - time.monotonic()))
            stop(
                child.service, child.process, patience=PATIENCE_S if child.service.holds_data else 0
            )
            discard(child.service)
        self.register.unlink(missing_ok=True)

    def _note(self) -> None:
        note(
            self.register,
            [
                Noted(c.service.name, c.process.pid, c.service.stop_signal)
                for c in self.children
                if c.due is None
            ],
        )


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"

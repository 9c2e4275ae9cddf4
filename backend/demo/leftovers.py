"""What an earlier supervisor, killed too hard to clean up, may have left running."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Noted:
    """A process that was started, and how it is asked to end."""

    name: str
    pid: int
    stop_signal: int


def note(register: Path, started: Iterable[Noted]) -> None:
    """Write down the processes; with their birth, since a pid alone may pass to a stranger."""
    rows = [[n.name, n.pid, int(n.stop_signal), born(n.pid)] for n in started]
    draft = register.with_suffix(".draft")
    draft.write_text(json.dumps(rows))
    draft.replace(register)


def end_leftovers(register: Path) -> list[str]:
    """Stop what the register names and is still the same process; returns the names."""
    try:
        rows = json.loads(register.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return []
    found = [(name, pid, sign, birth) for name, pid, sign, birth in rows if birth]
    living = [row for row in found if born(row[1]) == row[3]]
    for _, pid, sign, _ in living:
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
    deadline = time.monotonic() + PATIENCE_S
    for _, pid, _, birth in living:
        while born(pid) == birth and time.monotonic() < deadline:
            time.sleep(0.05)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    register.unlink(missing_ok=True)
    return [row[0] for row in living]


def born(pid: int) -> str:
    """A word for the moment a living process began; empty if there is none (a zombie is none)."""
    try:
        # The name in brackets may hold blanks; the state and the rest stand after it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() else _born_by_ps(pid)


def _born_by_ps(pid: int) -> str:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    seen = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    state, _, birth = seen.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else birth.strip()

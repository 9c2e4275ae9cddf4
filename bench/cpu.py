"""CPU seconds that processes used, their children and the children that ended included."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Used:
    """Filled in when the block ends."""

    cpu_s: float = field(default=0.0)
    wall_s: float = field(default=0.0)


@contextmanager
def used_by(*pids: int, ours: bool = False) -> Iterator[Used]:
    """CPU of these process trees (and of this process, if it does the work) over the block."""
    used = Used()
    began, own, wall = tree_seconds(*pids), time.process_time(), time.perf_counter()
    yield used
    used.wall_s = time.perf_counter() - wall
    used.cpu_s = tree_seconds(*pids) - began + (time.process_time() - own if ours else 0)


def tree_seconds(*pids: int) -> float:
    """So far, of the processes and all below them."""
    parents, seconds = _snapshot()
    family = set(pids)
    grown = True
    while grown:
        below = {pid for pid, parent in parents.items() if parent in family}
        grown = not below <= family
        family |= below
    return sum(seconds.get(pid, 0.0) for pid in family)


def _snapshot() -> tuple[dict[int, int], dict[int, float]]:
    """Each process's parent and its own and its ended children's seconds."""
    if not Path("/proc/self/stat").exists():
        return _snapshot_by_ps()
    parents, seconds = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(entry.parent.name)
        parents[pid] = int(fields[1])
        seconds[pid] = sum(int(ticks) for ticks in fields[11:15]) / TICKS
    return parents, seconds


def _snapshot_by_ps() -> tuple[dict[int, int], dict[int, float]]:
    """macOS: without the ended children's share."""
    seen = subprocess.check_output(["ps", "-axo", "pid=,ppid=,time="], text=True)
    parents, seconds = {}, {}
    for line in seen.splitlines():
        pid, parent, used = line.split()
        parents[int(pid)] = int(parent)
        seconds[int(pid)] = sum(
            float(part) * 60**power for power, part in enumerate(reversed(used.split(":")))
        )
    return parents, seconds

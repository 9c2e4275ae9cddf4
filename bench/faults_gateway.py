"""A vendor's gateway for the chaos run: an append-only file that knows nothing of the pumps.

A line says when what arrived, for whom, over which channel and from which pump. One write is one
line, whole, and the kernel's from then on: a pump killed a moment later has handed it over.
"""

import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from backend.notices.channels import Message

FILE = "FAULTS_GATEWAY"  # environment: the file's path
ANSWERS_AFTER_S = 0.005

Told = tuple[str, UUID, str]  # channel, recipient, collapse id: what an announcement is


class Gateway:
    """`gateway://NAME` as a channel of the house; it answers a moment after it took a message."""

    names_recipient = True
    needs_number = False

    def __init__(self, url: str, kind: str = "push"):
        self.name, self.kind = url.split("://")[1], kind
        self._file = os.open(os.environ[FILE], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def send(self, message: Message) -> None:
        """Append the line."""
        line = f"{time.time():.4f} {os.getpid()} {self.name} {message.recipient.hex}"
        os.write(self._file, f"{line} {message.collapse_id}\n".encode())
        time.sleep(ANSWERS_AFTER_S)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Seconds since 1970, and the process that sent it."""

    at: float
    sender: int


@dataclass(frozen=True, slots=True)
class Faults:
    """When each killed pump was seen dead; from when until when the database was away."""

    kills: Mapping[int, float]
    outages: Sequence[tuple[float, float]]

    def excuse(self, earlier: Arrival, later: Arrival) -> bool:
        """Whether the earlier's sender may have had no chance to mark it: it was killed, or the
        database went, before the later arrived.
        """
        killed = self.kills.get(earlier.sender)
        if killed is not None and earlier.at <= killed <= later.at:
            return True
        return any(earlier.at <= back and gone <= later.at for gone, back in self.outages)


def deaths(log: Path) -> tuple[dict[int, float], int]:
    """When each killed pump was dead, and how many died by themselves."""
    lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    killed = {int(pid): float(at) for at, what, pid in lines if what == "killed"}
    return killed, len(lines) - len(killed)


def read(path: Path) -> dict[Told, list[Arrival]]:
    """Everything that arrived, each in its order."""
    found: dict[Told, list[Arrival]] = defaultdict(list)
    if path.exists():
        with path.open() as lines:
            for line in lines:
                at, sender, name, recipient, collapse_id = line.split()
                found[name, UUID(recipient), collapse_id].append(Arrival(float(at), int(sender)))
    for arrivals in found.values():
        arrivals.sort(key=lambda arrival: arrival.at)
    return found


def repeats(arrived: Mapping[Told, Sequence[Arrival]], faults: Faults) -> tuple[int, int]:
    """How many arrived again though nothing kept the sender from noting the first (announced
    twice), and how many were handed over again for a fault, under the same collapse id.
    """
    twice = resent = 0
    for arrivals in arrived.values():
        for earlier, later in zip(arrivals, arrivals[1:], strict=False):
            if faults.excuse(earlier, later):
                resent += 1
            else:
                twice += 1
    return twice, resent

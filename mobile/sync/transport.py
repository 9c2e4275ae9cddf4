"""The seam to the network: one call, one answer. Fakes in tests stand behind the same shape."""

from dataclasses import dataclass, field
from typing import IO, Any, Protocol


class NoConnection(Exception):
    """No whole answer came: no network, a time-out, or a server that hung up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON body (empty if it was not JSON; a list under `results`), and how long to
    wait.
    """

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after_s: float | None = None


class Transport(Protocol):
    """What the engine needs of a network."""

    def call(
        self, method: str, path: str, *, body: bytes | None = None, token: str | None = None
    ) -> Answer:
        """One request with a JSON body; raises NoConnection."""
        ...

    def save(self, path: str, out: IO[bytes], *, token: str) -> int:
        """What stands at `path` into a file, piece by piece; its status. Raises NoConnection."""
        ...

    def close(self) -> None:
        """Give back sockets."""
        ...

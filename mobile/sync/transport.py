"""The seam to the network: one call, one answer. Fakes in tests stand behind the same shape."""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

TIMEOUT_S = 30.0


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

    def close(self) -> None:
        """Give back sockets."""
        ...


class HttpTransport:
    """HTTP by httpx; bodies go gzipped. One object per thread."""

    def __init__(self, server: str, *, beneath: httpx.BaseTransport | None = None):
        """`beneath` replaces the sockets, for tests."""
        self._client = httpx.Client(
            base_url=server, timeout=TIMEOUT_S, transport=beneath, follow_redirects=False
        )

    def call(
        self, method: str, path: str, *, body: bytes | None = None, token: str | None = None
    ) -> Answer:
        """One request; the body is compressed here, where zlib lets the screen's thread run."""
        headers = {"Accept": "application/json"}
        content = None
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            content = gzip.compress(body, 5)
            headers |= {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        try:
            reply = self._client.request(method, path, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            # The class alone: an error's text may repeat the address or what was sent.
            raise NoConnection(type(error).__name__) from None
        return Answer(reply.status_code, _json_of(reply), _retry_after(reply))

    def close(self) -> None:
        """Close the sockets."""
        self._client.close()


def _json_of(reply: httpx.Response) -> dict[str, Any]:
    try:
        found = json.loads(reply.content)
    except ValueError:
        return {}
    if isinstance(found, list):
        return {"results": found}
    return found if isinstance(found, dict) else {}


def _retry_after(reply: httpx.Response) -> float | None:
    text = reply.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None

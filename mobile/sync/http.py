"""HTTP beneath the seam of transport.py, by httpx.

Apart from it because httpx takes long to import: main.py loads this module on the sync thread, and
the window opens without waiting for it.
"""

import gzip
import json
from typing import IO, Any

import httpx

from mobile.sync.transport import Answer, NoConnection

TIMEOUT_S = 30.0


class HttpTransport:
    """HTTP by httpx; bodies go gzipped. One object per thread."""

    def __init__(
        self,
        server: str,
        *,
        timeout_s: float = TIMEOUT_S,
        beneath: httpx.BaseTransport | None = None,
    ):
        """`beneath` replaces the sockets, for tests."""
        self._client = httpx.Client(
            base_url=server, timeout=timeout_s, transport=beneath, follow_redirects=False
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

    def save(self, path: str, out: IO[bytes], *, token: str) -> int:
        """See `Transport`."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            with self._client.stream("GET", path, headers=headers) as reply:
                for piece in reply.iter_bytes():
                    out.write(piece)
                return reply.status_code
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise NoConnection(type(error).__name__) from None

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

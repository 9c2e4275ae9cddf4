"""The far side of a push: a local HTTP server that remembers what it was sent."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any


@dataclass
class Receiver:
    """`status` is what it answers; `taken` what it said 200 to, in order."""

    port: int = 0
    status: int = 200
    asked: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        """For apprise, with the placeholders of AppriseChannel."""
        return f"json://127.0.0.1:{self.port}/push?:key={{key}}&:patient={{patient}}"

    @property
    def texts(self) -> list[str]:
        return [str(one["message"]) for one in self.taken]


@contextmanager
def receiving(*, delay_s: float = 0) -> Iterator[Receiver]:
    """A receiver while the block lasts, which takes `delay_s` to answer."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(delay_s)
            with receiver.lock:
                receiver.asked += 1
                if receiver.status == 200:
                    receiver.taken.append(body)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

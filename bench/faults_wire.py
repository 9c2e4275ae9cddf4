"""A bad network between phones and server, over real sockets: each request meets its fate here.

Half of them go well. Others are never heard of, are carried out though their answer is lost or cut
short, are kept until the phone has given up, or meet a gateway's 503. Told to be `good`, it harms
nobody.
"""

import http.client
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

WEIGHTS = {
    "ok": 50,
    "lost request": 10,
    "lost reply": 12,
    "cut reply": 8,
    "too slow": 5,
    "slow request": 5,
    "503": 10,
}
FATES = (list(WEIGHTS), list(WEIGHTS.values()))
FORWARDED = ("Authorization", "Content-Type", "Content-Encoding", "Accept", "Accept-Encoding")
GIVES_UP_S = 1.0  # the phones' patience in this run


class Wire:
    """Between a port of its own and the server's."""

    def __init__(self, server_port: int, seed: int = 1):
        self.server_port, self.good = server_port, False
        self.met: Counter[str] = Counter()
        self._dice = random.Random(seed)
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                wire.carry(self, body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A phone that is killed hangs up; that is what we are here for."""

        self.http = Server(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """What the phones take for the server."""
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def carry(self, asked: BaseHTTPRequestHandler, body: bytes) -> None:
        """One request to its end."""
        (fate,) = ["ok"] if self.good else self._dice.choices(*FATES)
        self.met[fate] += 1
        if fate == "lost request":
            return
        if fate == "503":
            _answer(asked, 503, b"")
            return
        if fate == "slow request":
            time.sleep(2 * GIVES_UP_S)  # it arrives when the phone has sent it again
        status, reply = self._ask(asked, body)
        if fate == "too slow":
            time.sleep(2 * GIVES_UP_S)
        if fate != "lost reply":
            _answer(asked, status, reply, cut=fate == "cut reply")

    def _ask(self, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        door = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=30)
        headers = {name: asked.headers[name] for name in FORWARDED if name in asked.headers}
        headers.pop("Accept-Encoding", None)
        try:
            door.request("POST", asked.path, body, headers)
            answer = door.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 502, b""  # the server is being killed or is not up again
        finally:
            door.close()


def _answer(asked: BaseHTTPRequestHandler, status: int, body: bytes, *, cut: bool = False) -> None:
    asked.send_response(status)
    asked.send_header("Content-Type", "application/json")
    asked.send_header("Content-Length", str(len(body)))
    asked.end_headers()
    asked.wfile.write(body[: len(body) // 2] if cut else body)


@contextmanager
def wire(server_port: int) -> Iterator[Wire]:
    """Up while the block lasts."""
    made = Wire(server_port)
    thread = Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.http.shutdown()
        made.http.server_close()
        thread.join()

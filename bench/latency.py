"""How long phones wait when many call, and how far one worker's merging falls behind meanwhile.

Waits are measured open loop at half the rate that the server can just keep up: requests are due by
the clock, and a wait counts from when its request was due, so a server that falls behind cannot
hide it. The backlog's age is that of the oldest upload which no chunk holds, while phones send as
fast as they are answered.
"""

import http.client
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg

from backend.agenda.actions import work_off
from backend.streams.merging import merge_patient
from bench.house import ROOT, PhoneOf, Running, now
from bench.people import phones, up_to_date
from bench.results import Result, median, percentile
from bench.samples import batches, even_heart_rates, request_of

CALLERS = 8
SATURATED_S = 15.0
MEASURED_S = 10.0
SIZE = 60
OLDEST = """
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - received_at)), 0)
FROM streams_upload WHERE NOT merged
"""


def measure(running: Running) -> list[Result]:
    """`sync_p99_ms` and `backlog_age_s`."""
    # What other parts left would count as backlog.
    work_off({"streams.merge": merge_patient}, now=now())
    people = phones(CALLERS)
    cursors = {owner.token: up_to_date(running.web_url, owner) for owner in people}
    pieces = list(batches(even_heart_rates(SIZE * 64), SIZE))

    def body(owner: PhoneOf, number: int) -> bytes:
        piece = pieces[number % len(pieces)]
        return request_of("heart_rate", "/min", piece, cursors[owner.token])

    with _merging(running.database_url) as ages:
        rate = _most(running, people, body)
    waits = _at(running, people, body, rate / 2)
    return [
        Result(
            "sync_p99_ms",
            round(percentile(waits, 0.99), 2),
            "ms",
            runs=len(waits),
            detail={
                "samples": SIZE,
                "requests_per_s": round(rate / 2),
                "most_per_s": round(rate),
                "p50_ms": round(median(waits), 2),
                "worst_ms": round(max(waits), 1),
            },
        ),
        Result(
            "backlog_age_s",
            round(max(ages), 2),
            "s",
            runs=len(ages),
            detail={"samples_per_s": round(rate * SIZE), "workers": 1, "seconds": SATURATED_S},
        ),
    ]


@contextmanager
def _merging(database_url: str) -> Iterator[list[float]]:
    """A worker beside; the age of the oldest upload that waits, looked at each half second."""
    ages: list[float] = []
    over = threading.Event()

    def look() -> None:
        with psycopg.connect(database_url, autocommit=True) as db:
            while not over.wait(0.5):
                row = db.execute(OLDEST).fetchone()
                ages.append(float(row[0]) if row else 0.0)

    watcher = threading.Thread(target=look)
    worker = subprocess.Popen([sys.executable, "-m", "bench.worker"], cwd=ROOT)
    watcher.start()
    try:
        yield ages
    finally:
        over.set()
        watcher.join()
        worker.terminate()
        worker.wait()


Body = Callable[[PhoneOf, int], bytes]


class _Caller(threading.Thread):
    """One phone's connection, kept open."""

    def __init__(self, running: Running, owner: PhoneOf):
        super().__init__(daemon=True)
        self.owner = owner
        self.line = http.client.HTTPConnection(urlsplit(running.web_url).netloc, timeout=30)
        self.headers = owner.headers | {"Content-Type": "application/json"}

    def send(self, body: bytes) -> None:
        self.line.request("POST", "/api/v1/sync", body, self.headers)
        reply = self.line.getresponse()
        told = reply.read()
        if reply.status != http.client.OK or b'"stored"' not in told:
            raise AssertionError(told)


def _most(running: Running, people: list[PhoneOf], body: Body) -> float:
    """Requests a second when every caller asks again as soon as it is answered."""
    counts: list[int] = []

    class Busy(_Caller):
        def run(self) -> None:
            end, done = time.perf_counter() + SATURATED_S, 0
            while time.perf_counter() < end:
                self.send(body(self.owner, done))
                done += 1
            counts.append(done)

    _run([Busy(running, owner) for owner in people])
    return sum(counts) / SATURATED_S


def _at(running: Running, people: list[PhoneOf], body: Body, rate: float) -> list[float]:
    """Waits in ms, each from the moment when its request was due."""
    due: queue.SimpleQueue[tuple[int, float] | None] = queue.SimpleQueue()
    waits: list[float] = []
    start = time.perf_counter() + 0.2
    for number in range(int(rate * MEASURED_S)):
        due.put((number, start + number / rate))
    for _ in people:
        due.put(None)

    class Punctual(_Caller):
        def run(self) -> None:
            while (item := due.get()) is not None:
                number, moment = item
                payload = body(self.owner, number)
                time.sleep(max(0.0, moment - time.perf_counter()))
                self.send(payload)
                waits.append((time.perf_counter() - moment) * 1000)

    _run([Punctual(running, owner) for owner in people])
    return waits


def _run(callers: list[_Caller]) -> None:
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

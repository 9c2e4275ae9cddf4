"""Samples per CPU-second through /api/v1/sync, beside binary COPY of the same samples.

Both arms take turns within the run, over the same durable PostgreSQL, one commit a batch. CPU is
that of the server and PostgreSQL; for COPY, of its client and PostgreSQL. The workers' merging
comes later for us and never for COPY, so it stands beside as `compact`.
"""

import struct
import uuid

import httpx
import psycopg

from bench.cpu import used_by
from bench.house import PhoneOf, Running
from bench.people import phones
from bench.results import Result, median, percentile, ratio_of
from bench.samples import Sample, batches, even_heart_rates, request_of

RUNS = 3
PHONES = 5
REQUESTS = {1_000: 100, 60: 300}
UNIX_TO_PG_US = 946_684_800_000_000
ROW = struct.Struct("!hi16sihihiqid")
HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TAIL = struct.pack("!h", -1)
TABLE = """
CREATE TABLE IF NOT EXISTS bench_sample (
    patient uuid, kind smallint, source smallint, instant timestamptz, value float8,
    PRIMARY KEY (patient, kind, source, instant))
"""


def measure(running: Running) -> list[Result]:
    """`ingest_1000`, `ingest_60` and `sync_round_ms`."""
    owners = phones(PHONES)
    with httpx.Client(base_url=running.web_url, timeout=60) as http:
        _send_one(http, owners[0], request_of("heart_rate", "/min", even_heart_rates(60), None))
        found = [_compare(running, http, owners, size) for size in REQUESTS]
        return [*found, _round(http, owners[0])]


def _compare(running: Running, http: httpx.Client, owners: list[PhoneOf], size: int) -> Result:
    ours, theirs, waits = [], [], []
    count = REQUESTS[size] * size
    for run in range(RUNS):
        samples = even_heart_rates(count)
        # Up to date, or the answers would carry the whole record each time.
        cursors = [_cursor(http, owner) for owner in owners]
        bodies = [
            request_of("heart_rate", "/min", batch, cursors[i % PHONES])
            for i, batch in enumerate(batches(samples, size))
        ]
        with used_by(running.web, running.database) as used:
            for i, body in enumerate(bodies):
                waits.append(_send_one(http, owners[i % PHONES], body))
        ours.append(count / used.cpu_s)
        theirs.append(count / _copy(running, samples, size, run))
    return Result(
        f"ingest_{size}",
        round(median(ours)),
        "samples/CPU-s",
        f"binary COPY of {size:,} a commit, primary key: {median(theirs):,.0f} samples/CPU-s",
        ratio_of(ours, theirs),
        RUNS,
        {"p50_ms": round(median(waits), 2), "p95_ms": round(percentile(waits, 0.95), 2)},
    )


def _cursor(http: httpx.Client, owner: PhoneOf) -> str:
    """The newest: read on until there is no more."""
    cursor: str | None = None
    more = True
    while more:
        body: dict[str, object] = {
            "cursor": cursor,
            "device_time": "2026-11-23T09:00:00Z",
            "uploads": [],
            "events": [],
        }
        reply = http.post("/api/v1/sync", json=body, headers=owner.headers).json()
        cursor, more = reply["cursor"], reply["more"]
    return str(cursor)


def _send_one(http: httpx.Client, owner: PhoneOf, body: bytes) -> float:
    """Milliseconds; every sample must have been stored."""
    headers = owner.headers | {"Content-Type": "application/json"}
    reply = http.post("/api/v1/sync", content=body, headers=headers)
    (result,) = reply.json()["results"]
    if result["outcome"] != "stored":
        raise AssertionError(result)
    return reply.elapsed.total_seconds() * 1000


def _copy(running: Running, samples: list[Sample], size: int, run: int) -> float:
    """CPU seconds of the best that a database without questions can do."""
    with psycopg.connect(running.database_url) as db:
        db.execute(TABLE)
        db.commit()
        people = [uuid.UUID(int=run * PHONES + n).bytes for n in range(PHONES)]
        with used_by(running.database, ours=True) as used:
            for i, batch in enumerate(batches(samples, size)):
                with (
                    db.cursor() as cursor,
                    cursor.copy("COPY bench_sample FROM STDIN (FORMAT binary)") as to,
                ):
                    to.write(_encoded(people[i % PHONES], batch))
                db.commit()
    return used.cpu_s


def _encoded(patient: bytes, batch: list[Sample]) -> bytes:
    rows = [
        ROW.pack(5, 16, patient, 2, 1, 2, 1, 8, ms * 1000 - UNIX_TO_PG_US, 8, value)
        for ms, value in batch
    ]
    return HEAD + b"".join(rows) + TAIL


def _round(http: httpx.Client, owner: PhoneOf) -> Result:
    """A phone that is up to date sends an hour and learns what is new."""
    cursor = _cursor(http, owner)
    waits = [
        _send_one(http, owner, request_of("heart_rate", "/min", batch, cursor))
        for batch in batches(even_heart_rates(60 * 100), 60)
    ]
    return Result(
        "sync_round_ms",
        round(median(waits), 2),
        "ms",
        runs=len(waits),
        detail={"samples": 60, "p95_ms": round(percentile(waits, 0.95), 2)},
    )

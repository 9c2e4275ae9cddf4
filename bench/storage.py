"""Bytes a sample on disk and on the wire, merging, and reads over HTTP."""

import gzip
from datetime import timedelta

import httpx
import psycopg

from backend.agenda.actions import work_off
from backend.streams.merging import merge_patient
from bench.cpu import used_by
from bench.house import PhoneOf, Running, now
from bench.people import phones
from bench.results import Result, median, percentile
from bench.samples import Sample, batches, glucose, heart_rates, request_of

BATCH = 1_000
YEAR = 365
READS = 40
GLUCOSE_COPIES = 4  # of the five people, or a table's 8 KiB pages would blur the figure
TABLES = ("streams_upload", "streams_chunk", "streams_dayrollup")


def measure(running: Running) -> list[Result]:
    """A year of heart rate of one patient, glucose of twenty."""
    (owner,) = phones(1)
    rates = heart_rates(YEAR)
    with httpx.Client(base_url=running.web_url, timeout=60) as http:
        stored = _stored(running, http, "heart_rate", "/min", [(owner, rates)])
        people = glucose() * GLUCOSE_COPIES
        with_sensors = list(zip(phones(len(people)), people, strict=True))
        sugar = _stored(running, http, "glucose", "mg/dL", with_sensors)
        return [
            _bytes("stored_bytes_hr", stored, "simulated, each minute, with gaps"),
            _bytes("stored_bytes_glucose", sugar, "real, iglu's five people"),
            _wire(rates),
            _compact(stored, "heart_rate"),
            _read(http, owner, "read_24h_ms", timedelta(days=1), "raw"),
            _read(http, owner, "read_365d_ms", timedelta(days=YEAR), "day"),
        ]


class _Stored:
    """What loading and merging took."""

    def __init__(self, samples: int, sizes: dict[str, int], cpu_s: float):
        self.samples, self.sizes, self.cpu_s = samples, sizes, cpu_s


def _stored(
    running: Running,
    http: httpx.Client,
    kind: str,
    unit: str,
    people: list[tuple[PhoneOf, list[Sample]]],
) -> _Stored:
    before = _sizes(running)
    for owner, samples in people:
        for batch in batches(samples, BATCH):
            _send(http, owner, request_of(kind, unit, batch, None))
    with used_by(running.database, ours=True) as used:
        work_off({"streams.merge": merge_patient}, now=now())
    after = _sizes(running)
    total = sum(len(samples) for _, samples in people)
    return _Stored(total, {name: after[name] - before[name] for name in TABLES}, used.cpu_s)


def _send(http: httpx.Client, owner: PhoneOf, body: bytes) -> None:
    headers = owner.headers | {"Content-Type": "application/json"}
    reply = http.post("/api/v1/sync", content=body, headers=headers)
    reply.raise_for_status()
    (result,) = reply.json()["results"]
    if result["outcome"] not in ("stored", "partial"):
        raise AssertionError(result)


def _sizes(running: Running) -> dict[str, int]:
    """On disk, with indexes and TOAST, after what a vacuum gives back."""
    with psycopg.connect(running.database_url, autocommit=True) as db:
        for name in TABLES:
            db.execute(f"VACUUM {name}")
        query = "SELECT pg_total_relation_size(%s::regclass)"
        return {name: db.execute(query, [name]).fetchone()[0] for name in TABLES}  # type: ignore[index]


def _bytes(name: str, stored: _Stored, what: str) -> Result:
    each = {
        t.removeprefix("streams_"): round(n / stored.samples, 3) for t, n in stored.sizes.items()
    }
    total = sum(stored.sizes.values()) / stored.samples
    detail = {"samples": stored.samples, "batch": BATCH, **each, "data": what}
    return Result(name, round(total, 3), "bytes/sample", detail=detail)


def _wire(rates: list[Sample]) -> Result:
    """A gzipped sync request, as the phone sends it."""
    sent = [
        len(gzip.compress(request_of("heart_rate", "/min", b, None), 5))
        for b in batches(rates, BATCH)
    ]
    return Result(
        "wire_bytes_hr",
        round(sum(sent) / len(rates), 3),
        "bytes/sample",
        detail={"batch": BATCH, "data": "simulated, each minute, with gaps"},
    )


def _compact(stored: _Stored, kind: str) -> Result:
    return Result(
        "compact",
        round(stored.samples / stored.cpu_s),
        "samples/CPU-s",
        detail={"kind": kind, "samples": stored.samples, "batch": BATCH},
    )


def _read(
    http: httpx.Client, owner: PhoneOf, name: str, span: timedelta, resolution: str
) -> Result:
    end = now().replace(microsecond=0) - timedelta(days=1)
    asked = {
        "start": (end - span).isoformat(),
        "end": end.isoformat(),
        "resolution": resolution,
    }
    waits = []
    for _ in range(READS):
        reply = http.get("/api/v1/streams/heart_rate", params=asked, headers=owner.headers)
        reply.raise_for_status()
        waits.append(reply.elapsed.total_seconds() * 1000)
    found = reply.json()
    items = len(found["values"]) if resolution == "raw" else len(found["results"])
    return Result(
        name,
        round(median(waits), 2),
        "ms",
        runs=READS,
        detail={
            "p95_ms": round(percentile(waits, 0.95), 2),
            "resolution": resolution,
            "items": items,
        },
    )

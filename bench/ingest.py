"""Samples per CPU-second through /api/v1/sync, beside twins that store the same samples.

The arms take turns within the run, over the same durable PostgreSQL, one commit a batch. CPU is
that of the server and PostgreSQL; where a twin has no server, of its client and PostgreSQL. The
workers' merging comes later for us and never for the twins, so it stands beside as `compact`.
"""

import json
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import psycopg
from django.core.signing import Signer

from bench.bare import TABLES, RowSample, observation
from bench.cpu import used_by
from bench.house import PhoneOf, Running
from bench.people import phones, up_to_date
from bench.results import Result, median, percentile, ratio_of
from bench.samples import Sample, batches, even_heart_rates, request_of

RUNS = 3
PHONES = 5
REQUESTS = {1_000: 100, 60: 300}
SLOW_SHARE = 20  # the twins that take hundreds of times longer get a part of the samples
UNIX_TO_PG_US = 946_684_800_000_000
ROW = struct.Struct("!hi16sihihiqid")
HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TAIL = struct.pack("!h", -1)
COPIED = """
CREATE TABLE IF NOT EXISTS bench_copied (
    patient uuid, kind smallint, source smallint, instant timestamptz, value float8,
    PRIMARY KEY (patient, kind, source, instant))
"""


def measure(running: Running) -> list[Result]:
    """`ingest_1000`, `ingest_60`, each beside its twins, and `sync_round_ms`."""
    owners = phones(PHONES)
    with httpx.Client(timeout=60) as http, psycopg.connect(running.database_url) as db:
        db.execute(COPIED + ";" + TABLES)
        db.commit()
        bench = _Bench(running, http, db, owners)
        bench.send_one(owners[0], request_of("heart_rate", "/min", even_heart_rates(60), None))
        return [
            *bench.compare(1_000, "copy", "bulk_create", "fhir"),
            *bench.compare(60, "rows", "copy", "fhir"),
            bench.round(),
        ]


Arm = Callable[[list[Sample], int], float]
WORDS = {
    "copy": "binary COPY, primary key",
    "rows": "a bare endpoint that inserts rows by unnest",
    "bulk_create": "Django's bulk_create(ignore_conflicts=True)",
    "fhir": "an endpoint with one FHIR Observation a sample",
}


@dataclass
class _Bench:
    running: Running
    http: httpx.Client
    db: "psycopg.Connection[tuple[object, ...]]"
    owners: list[PhoneOf]

    def compare(self, size: int, *twins: str) -> list[Result]:
        """Our samples per CPU-second against each twin's; the first twin gives the ratio."""
        ours: list[float] = []
        theirs: dict[str, list[float]] = {twin: [] for twin in twins}
        waits: list[float] = []
        samples = even_heart_rates(REQUESTS[size] * size)
        arms: dict[str, Arm] = {
            "copy": self.copy,
            "rows": self.rows,
            "bulk_create": self.bulk_create,
            "fhir": self.fhir,
        }
        for _ in range(RUNS):
            ours.append(self.sync(samples, size, waits))
            for twin in twins:
                theirs[twin].append(arms[twin](samples, size))
        ratios = {f"times_{twin}": ratio_of(ours, found) for twin, found in theirs.items()}
        first = twins[0]
        detail = ratios | {f"{twin}_per_s": round(median(found)) for twin, found in theirs.items()}
        detail |= {"p50_ms": round(median(waits), 2), "p99_ms": round(percentile(waits, 0.99), 2)}
        against = f"{WORDS[first]}, {size:,} a commit: {median(theirs[first]):,.0f} samples/CPU-s"
        value = round(median(ours))
        return [
            Result(
                f"ingest_{size}",
                value,
                "samples/CPU-s",
                against,
                ratios[f"times_{first}"],
                RUNS,
                detail,
            )
        ]

    def sync(self, samples: list[Sample], size: int, waits: list[float]) -> float:
        """Through our door."""
        # Up to date, or the answers would carry the whole record each time.
        cursors = [up_to_date(self.running.web_url, owner) for owner in self.owners]
        bodies = [
            request_of("heart_rate", "/min", batch, cursors[i % PHONES])
            for i, batch in enumerate(batches(samples, size))
        ]
        with used_by(self.running.web, self.running.database) as used:
            for i, body in enumerate(bodies):
                waits.append(self.send_one(self.owners[i % PHONES], body))
        return len(samples) / used.cpu_s

    def copy(self, samples: list[Sample], size: int) -> float:
        """The best that a database without questions can do."""
        patient = uuid.uuid4().bytes
        with used_by(self.running.database, ours=True) as used:
            for batch in batches(samples, size):
                with (
                    self.db.cursor() as cursor,
                    cursor.copy("COPY bench_copied FROM STDIN (FORMAT binary)") as to,
                ):
                    to.write(_encoded(patient, batch))
                self.db.commit()
        return len(samples) / used.cpu_s

    def rows(self, samples: list[Sample], size: int) -> float:
        """The barest endpoint."""
        return self._post("/rows", samples, size, _columns)

    def fhir(self, samples: list[Sample], size: int) -> float:
        """A resource for each sample."""
        part = samples[: max(size, len(samples) // SLOW_SHARE)]
        return self._post("/fhir", part, size, _bundle)

    def bulk_create(self, samples: list[Sample], size: int) -> float:
        """Rows as Django writes them."""
        patient = uuid.uuid4()
        part = samples[: max(size, len(samples) // SLOW_SHARE)]
        with used_by(self.running.database, ours=True) as used:
            for batch in batches(part, size):
                RowSample.objects.bulk_create(
                    [
                        RowSample(
                            patient=patient,
                            kind=1,
                            source=1,
                            instant=datetime.fromtimestamp(ms / 1000, UTC),
                            value=value,
                        )
                        for ms, value in batch
                    ],
                    ignore_conflicts=True,
                )
        return len(part) / used.cpu_s

    def _post(
        self,
        path: str,
        samples: list[Sample],
        size: int,
        write: Callable[[list[Sample]], dict[str, object]],
    ) -> float:
        headers = {
            "Authorization": f"Bearer {Signer().sign(str(uuid.uuid4()))}",
            "Content-Type": "application/json",
        }
        bodies = [json.dumps(write(batch)).encode() for batch in batches(samples, size)]
        with used_by(self.running.bare, self.running.database) as used:
            for body in bodies:
                reply = self.http.post(self.running.bare_url + path, content=body, headers=headers)
                reply.raise_for_status()
        return len(samples) / used.cpu_s

    def send_one(self, owner: PhoneOf, body: bytes) -> float:
        """Milliseconds; every sample must have been stored."""
        headers = owner.headers | {"Content-Type": "application/json"}
        url = f"{self.running.web_url}/api/v1/sync"
        reply = self.http.post(url, content=body, headers=headers)
        (result,) = reply.json()["results"]
        if result["outcome"] != "stored":
            raise AssertionError(result)
        return reply.elapsed.total_seconds() * 1000

    def round(self) -> Result:
        """A phone that is up to date sends an hour and learns what is new."""
        owner = self.owners[0]
        cursor = up_to_date(self.running.web_url, owner)
        waits = [
            self.send_one(owner, request_of("heart_rate", "/min", batch, cursor))
            for batch in batches(even_heart_rates(60 * 100), 60)
        ]
        return Result(
            "sync_round_ms",
            round(median(waits), 2),
            "ms",
            runs=len(waits),
            detail={"samples": 60, "p95_ms": round(percentile(waits, 0.95), 2)},
        )


def _encoded(patient: bytes, batch: list[Sample]) -> bytes:
    rows = [
        ROW.pack(5, 16, patient, 2, 1, 2, 1, 8, ms * 1000 - UNIX_TO_PG_US, 8, value)
        for ms, value in batch
    ]
    return HEAD + b"".join(rows) + TAIL


def _columns(batch: list[Sample]) -> dict[str, object]:
    start = batch[0][0]
    return {
        "start": datetime.fromtimestamp(start / 1000, UTC).isoformat(),
        "offsets_ms": [ms - start for ms, _ in batch],
        "values": [value for _, value in batch],
    }


def _bundle(batch: list[Sample]) -> dict[str, object]:
    entries = [
        {"resource": observation(datetime.fromtimestamp(ms / 1000, UTC), value)}
        for ms, value in batch
    ]
    return {"resourceType": "Bundle", "type": "batch", "entry": entries}

"""Bytes a sample on disk and on the wire, merging, and reads in the database and over HTTP."""

import gzip
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

import httpx
import numpy as np
import psycopg
from django.db import transaction

from backend.accounts.actors import job
from backend.core import statements
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.streams import layers, log, queries, summaries
from backend.streams.actions import store_uploads
from backend.streams.columns import columns, encode
from backend.streams.days import DAY_MS, ONE_DAY, utc_day
from backend.streams.merging import merge_patient, restate_days
from backend.streams.models import Chunk
from backend.wire.ids import uuid7
from bench.cpu import used_by
from bench.house import PhoneOf, Running, now
from bench.people import phones
from bench.results import Result, median, percentile
from bench.samples import (
    Sample,
    batches,
    glucose,
    heart_rates,
    recorded_rates,
    request_of,
    second_rates,
)
from mobile.store.bodies import upload_body

DAY = 86_400
YEAR = 365
READS = 40
HOUR = 3_600
PARTS = 4
AT_ONCE = 40  # uploads in one transaction while loading
GLUCOSE_PEOPLE = 12  # or the pages that every table begins with would blur the figure
TABLES = ("streams_upload", "streams_volume", "streams_chunk", "streams_dayrollup")


def measure(running: Running) -> list[Result]:
    """Heart rate each second in batches of 1,000 and of 60, glucose of twenty; then the reads."""
    thousand = _stored(running, "heart_rate", "/min", [second_rates(12 * DAY)], 1_000)
    # The log's rows of the first backlog leave room that the next ones use, as in a running house.
    _stored(running, "heart_rate", "/min", [second_rates(2 * DAY)], 60)
    sixty = _stored(running, "heart_rate", "/min", [second_rates(8 * DAY)], 60)
    people = [_one_after_another(glucose())] * GLUCOSE_PEOPLE
    sugar = _stored(running, "glucose", "mg/dL", people, 1_000, parts=1)
    return [
        _rate_bytes(running, thousand, sixty),
        _sugar_bytes(running, sugar, people),
        _wire(),
        _compact(thousand, sixty, sugar),
        *_reads(running),
    ]


def _one_after_another(people: list[list[Sample]]) -> list[Sample]:
    """The readings of several people as if one had worn the sensors, each from a midnight on."""
    joined: list[Sample] = []
    for person in people:
        shift = 0
        if joined:
            shift = (joined[-1][0] // DAY_MS + 1) * DAY_MS - person[0][0] // DAY_MS * DAY_MS
        joined += [(at + shift, value) for at, value in person]
    return joined


class _Stored:
    """What loading and merging took."""

    def __init__(self, samples: int, sizes: dict[str, int], cpu_s: float, wall_s: float):
        self.samples, self.sizes, self.cpu_s, self.wall_s = samples, sizes, cpu_s, wall_s

    @property
    def each(self) -> float:
        """Bytes a sample."""
        return round(sum(self.sizes.values()) / self.samples, 3)

    @property
    def rate(self) -> int:
        """Samples merged by a second of CPU."""
        return round(self.samples / self.cpu_s)


def _stored(
    running: Running,
    kind: str,
    unit: str,
    people: list[list[Sample]],
    size: int,
    parts: int = PARTS,
) -> _Stored:
    """Through the room's own door a part at a time, merged and, as minutes later, bound.

    In parts, with a vacuum after each, because the log's rows are a waiting room: what leaves it
    makes room for the next. The first part finds it as large as such a part needs.
    """
    owners = phones(len(people))
    before = _sizes(running)
    cpu_s = wall_s = 0.0
    for part in range(parts):
        for owner, samples in zip(owners, people, strict=True):
            cut = [round(len(samples) * share / parts) for share in (part, part + 1)]
            _load(owner, kind, unit, samples[slice(*cut)], size)
        with used_by(running.database, ours=True) as used:
            for owner in owners:
                _merge(owner, now())
                _merge(owner, now() + timedelta(minutes=3))
        cpu_s, wall_s = cpu_s + used.cpu_s, wall_s + used.wall_s
        _sizes(running)
    after = _sizes(running)
    total = sum(map(len, people))
    sizes = {name: after[name] - before[name] for name in TABLES}
    return _Stored(total, sizes, cpu_s, wall_s)


def _load(owner: PhoneOf, kind: str, unit: str, samples: list[Sample], size: int) -> None:
    raws = [upload_body(uuid7(now()), kind, "watch", unit, b) for b in batches(samples, size)]
    for start in range(0, len(raws), AT_ONCE):
        with transaction.atomic():
            store_uploads(_chart(owner), raws[start : start + AT_ONCE], now=now())


def _chart(owner: PhoneOf) -> Chart:
    return open_chart(
        job("bench"), owner.patient, Category.STREAMS, deed=Deed.CHANGE, subject="bench", now=now()
    )


def _merge(owner: PhoneOf, moment: datetime) -> None:
    """As a worker does, until nothing is due; a moment that has not come yet is left."""
    due: datetime | None = moment
    while due is not None and due <= moment:
        with transaction.atomic():
            due = merge_patient(owner.patient, now=moment)


def _sizes(running: Running) -> dict[str, int]:
    """On disk, with indexes and TOAST, after what a vacuum gives back."""
    with psycopg.connect(running.database_url, autocommit=True) as db:
        for name in TABLES:
            db.execute(f"VACUUM {name}")
        query = "SELECT pg_total_relation_size(%s::regclass)"
        return {name: db.execute(query, [name]).fetchone()[0] for name in TABLES}  # type: ignore[index]


def _rate_bytes(running: Running, thousand: _Stored, sixty: _Stored) -> Result:
    detail: dict[str, object] = {
        "samples": thousand.samples,
        "batch": 1_000,
        "each_60": sixty.each,
        "data": "simulated, each second",
    } | _parts(thousand)
    recorded = recorded_rates(8 * DAY)
    if recorded is not None:
        for size in (1_000, 60):
            found = _stored(running, "heart_rate", "/min", [recorded], size)
            detail[f"recorded_{size}"] = found.each
    return Result("stored_bytes_hr", thousand.each, "bytes/sample", detail=detail)


def _sugar_bytes(running: Running, sugar: _Stored, people: list[list[Sample]]) -> Result:
    sixty = _stored(running, "glucose", "mg/dL", people, 60, parts=1)
    detail = {
        "samples": sugar.samples,
        "batch": 1_000,
        "each_60": sixty.each,
        "data": "real, iglu's five people one after the other",
    }
    return Result("stored_bytes_glucose", sugar.each, "bytes/sample", detail=detail | _parts(sugar))


def _parts(stored: _Stored) -> dict[str, float]:
    return {
        name.removeprefix("streams_"): round(size / stored.samples, 3)
        for name, size in stored.sizes.items()
    }


def _wire() -> Result:
    """A gzipped sync request, as the phone sends it, with one hour of samples in it."""

    def each(samples: list[Sample]) -> float:
        sent = [
            len(gzip.compress(request_of("heart_rate", "/min", b, None), 6))
            for b in batches(samples, HOUR)
        ]
        return round(sum(sent) / len(samples), 3)

    detail: dict[str, object] = {"batch": HOUR, "data": "simulated, each second"}
    recorded = recorded_rates(DAY)
    if recorded is not None:
        detail["recorded"] = each(recorded)
    detail["each_minute_1000"] = round(
        sum(
            len(gzip.compress(request_of("heart_rate", "/min", b, None), 6))
            for b in batches(heart_rates(30), 1_000)
        )
        / len(heart_rates(30)),
        3,
    )
    return Result("wire_bytes_hr", each(second_rates(DAY)), "bytes/sample", detail=detail)


def _compact(thousand: _Stored, sixty: _Stored, sugar: _Stored) -> Result:
    """Merging and binding by one worker: its CPU and PostgreSQL's."""
    detail = {
        "kind": "heart_rate",
        "samples": thousand.samples,
        "batch": 1_000,
        "rate_60": sixty.rate,
        "glucose": sugar.rate,
        "a_second": round(thousand.samples / thousand.wall_s),
    }
    return Result("compact", thousand.rate, "samples/CPU-s", detail=detail)


def _reads(running: Running) -> list[Result]:
    """Of a patient with a year of readings each second."""
    (owner,) = phones(1)
    end = now().replace(microsecond=0) - timedelta(days=1)
    _fill_year(owner, end)
    with httpx.Client(base_url=running.web_url, timeout=120) as http:
        return [
            _read(http, owner, "read_24h_ms", end, timedelta(days=1), "raw"),
            _read(http, owner, "read_365d_ms", end, timedelta(days=YEAR), "day"),
            _streamed(http, owner, end),
        ]


def _fill_year(owner: PhoneOf, end: datetime) -> None:
    """The chunks as merging would leave them, then the days by the room's own restating."""
    rates = np.array([value for _, value in second_rates(DAY)])
    chart = _chart(owner)
    last = int(end.timestamp()) * 1000 // DAY_MS * DAY_MS
    rows = []
    for day in range(YEAR + 1):
        start = last - day * DAY_MS
        shifted = columns(np.arange(start, start + DAY_MS, 1000), np.roll(rates, 977 * day))
        rows.append(
            Chunk(
                patient=chart.patient,
                bucket=chart.patient.bucket,
                kind="heart_rate",
                source="watch",
                day=utc_day(start),
                count=len(shifted),
                newest=uuid7(now()),
                payload=encode(shifted),
            )
        )
    Chunk.objects.bulk_create(rows)
    with transaction.atomic():
        restate_days(chart.patient, "heart_rate", {row.day for row in rows})


def _read(
    http: httpx.Client, owner: PhoneOf, name: str, end: datetime, span: timedelta, resolution: str
) -> Result:
    asked = {
        "start": (end - span).isoformat(),
        "end": end.isoformat(),
        "resolution": resolution,
    }
    found, waits = _asked(http, owner, asked, "identity")
    _, zipped = _asked(http, owner, asked, "gzip")
    items = len(found["values"]) if resolution == "raw" else len(found["results"])
    read = _raw_statements if resolution == "raw" else _day_statements
    detail = {
        "p95_ms": round(percentile(waits, 0.95), 2),
        "db_ms": _database_ms(lambda: read(owner, end - span, end)),
        "gzipped_ms": round(median(zipped), 2),
        "items": items,
    }
    return Result(name, round(median(waits), 2), "ms", runs=READS, detail=detail)


def _asked(
    http: httpx.Client, owner: PhoneOf, asked: dict[str, str], encoding: str
) -> tuple[dict[str, list[object]], list[float]]:
    """The answer, and how long each took to its last byte, unzipped by us."""
    waits = []
    headers = owner.headers | {"Accept-Encoding": encoding}
    for _ in range(READS):
        began = perf_counter()
        reply = http.get("/api/v1/streams/heart_rate", params=asked, headers=headers)
        waits.append((perf_counter() - began) * 1000)
        reply.raise_for_status()
    return reply.json(), waits


def _database_ms(read: Callable[[], object]) -> float:
    """The statements of one read, their rows fetched and not yet unpacked; the best of many."""
    waits = []
    for _ in range(READS):
        began = perf_counter()
        list(read())  # type: ignore[call-overload]
        waits.append((perf_counter() - began) * 1000)
    return round(median(waits), 2)


def _raw_statements(owner: PhoneOf, start: datetime, end: datetime) -> list[object]:
    first, last = start.date() - ONE_DAY, end.date()
    waiting = log.waiting(owner.patient, kind="heart_rate", start=start, end=end)
    return [*waiting, *layers.chunks_between(owner.patient, "heart_rate", first, last)]


def _day_statements(owner: PhoneOf, start: datetime, end: datetime) -> list[object]:
    waiting = log.waiting(owner.patient, kind="heart_rate", start=start, end=end)
    asked = [owner.patient, "heart_rate", start.date(), end.date()]
    return [*waiting, *statements.run(summaries.DAYS.format(""), asked)]


def _streamed(http: httpx.Client, owner: PhoneOf, end: datetime) -> Result:
    """A year in lines of days."""
    asked = {
        "start": (end - timedelta(days=YEAR)).isoformat(),
        "end": end.isoformat(),
        "stream": "1",
    }
    began, size = perf_counter(), 0
    with http.stream(
        "GET", "/api/v1/streams/heart_rate", params=asked, headers=owner.headers
    ) as reply:
        reply.raise_for_status()
        for part in reply.iter_bytes():
            size += len(part)
    took = perf_counter() - began
    began = perf_counter()
    found = queries.raw_days(_chart(owner), "heart_rate", start=end - timedelta(days=YEAR), end=end)
    read = sum(map(len, found))
    detail = {
        "samples": read,
        "megabytes": round(size / 1e6),
        "unpacked_a_second": round(read / (perf_counter() - began)),
    }
    return Result("stream_year", round(read / took), "samples/s", detail=detail)

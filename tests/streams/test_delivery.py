"""Thirty days through the phone's own door, as badly as phones deliver: it ends as in order."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import connections
from django.test import Client

from backend.agenda.actions import call_up, work_off
from backend.streams.log import raw
from backend.streams.merging import merge_patient
from backend.streams.models import Chunk, DayRollup, Upload, Volume
from backend.wire.codec import ms_of, upload_item
from backend.wire.ids import uuid7_from_ms
from tests.people import Cast, make_cast

BEGIN = datetime(2026, 10, 20, tzinfo=UTC)  # the end of summer time in Berlin lies within
DAYS, LATE, REVISED = 30, 0.2, 0.05
STEP = timedelta(minutes=5)


def batches(rng: random.Random) -> list[list[dict[str, Any]]]:
    """By day of delivery: six hours a batch, some a week late, some said again otherwise."""
    delivered: list[list[dict[str, Any]]] = [[] for _ in range(DAYS + 8)]
    number = 0
    for quarter in range(4 * DAYS):
        start = BEGIN + quarter * timedelta(hours=6)
        instants = [ms_of(start + n * STEP) for n in range(72)]
        for again in range(2 if rng.random() < REVISED else 1):
            values = [round(rng.uniform(60, 200), 1) for _ in instants]
            number += 1
            id_ = uuid7_from_ms(ms_of(start) + number, number)
            item = upload_item(id_, "glucose", "g7", "mg/dL", (instants, values))
            day = quarter // 4 + again
            delivered[day + (7 if rng.random() < LATE else 0)].append(item)
    return delivered


def stored(cast: Cast) -> list[tuple]:
    chunks = Chunk.objects.filter(patient_id=cast.amina.id).order_by("day")
    days = DayRollup.objects.filter(patient_id=cast.amina.id).order_by("day")
    rows: list[tuple] = [(c.source, c.day, c.count, c.newest, bytes(c.payload)) for c in chunks]
    return rows + [
        (d.day, d.count, d.mean, d.low, d.high, d.total, d.coverage, bytes(d.hours)) for d in days
    ]


def post(cast: Cast, uploads: list[dict[str, Any]]) -> list[str]:
    try:
        body = {"cursor": None, "device_time": "2026-11-23T09:00:00Z", "events": []}
        answer = Client().post(
            "/api/v1/sync",
            json.dumps(body | {"uploads": uploads}),
            content_type="application/json",
            **cast.amina.bearer,
        )
        assert answer.status_code == 200, answer.content
        return [result["outcome"] for result in answer.json()["results"]]
    finally:
        connections.close_all()


def settle(cast: Cast) -> None:
    """Merged, and bound as an hour later: the server's own clock dates what comes in over HTTP."""
    call_up(cast.amina.id, "streams.merge")
    later = datetime.now(UTC) + timedelta(hours=1)
    work_off({"streams.merge": partial(merge_patient, bind_from=1)}, now=later)
    assert not Upload.objects.exists()


def test_shuffled_late_revised_and_threefold_ends_as_in_order(transactional_db: None) -> None:
    rng = random.Random(7)
    delivered = [day for day in batches(rng) if day]
    whole = sorted((item for day in delivered for item in day), key=lambda item: item["id"])

    orderly = make_cast()
    assert set(post(orderly, whole)) == {"stored"}
    settle(orderly)
    expected = stored(orderly)
    spoken = raw(orderly.amina.id, "glucose", start_ms=0, end_ms=2**42)["g7"]
    for model in (Volume, Chunk, DayRollup):
        model.objects.all().delete()

    rng.shuffle(delivered)
    outcomes: list[str] = []
    with ThreadPoolExecutor(3) as phones:
        for number, day in enumerate(delivered):
            rng.shuffle(day)
            for found in phones.map(lambda uploads: post(orderly, uploads), [day] * 3):
                outcomes += found
            if number % 5 == 4:
                settle(orderly)
    settle(orderly)
    assert outcomes.count("stored") == len(whole)
    assert outcomes.count("duplicate") == 2 * len(whole)
    assert set(post(orderly, whole)) == {"duplicate"}
    assert stored(orderly) == expected
    again = raw(orderly.amina.id, "glucose", start_ms=0, end_ms=2**42)["g7"]
    assert again.instants.tolist() == spoken.instants.tolist()
    assert again.values.tolist() == spoken.values.tolist()
    assert len(expected) >= 2 * DAYS

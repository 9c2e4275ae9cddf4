"""A year in one screen: from the phone's own samples to a chart that is ready to be drawn."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.wire.decimation import decimate
from bench.house import Running
from bench.results import Result, median
from mobile.presenters import trends
from mobile.presenters.charts import COLUMNS, draw
from mobile.store.database import open_store
from mobile.store.outbox import Samples, record_samples
from mobile.words import load

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LAST = date(2026, 11, 23)
YEAR_MS = 365 * 86_400_000
KINDS = (("glucose", "mg/dL", 300_000), ("heart_rate", "/min", 60_000))
RUNS = 3
KEY = bytes(32)


def measure(_running: Running) -> list[Result]:
    """Of both kinds: thinning alone, thinning and building the chart, reading the store."""
    results = []
    for kind, unit, step_ms in KINDS:
        with tempfile.TemporaryDirectory(prefix="ekb-") as folder:
            results += _measure(Path(folder) / "store.sqlite3", kind, unit, step_ms)
    return results


def _measure(store: Path, kind: str, unit: str, step_ms: int) -> list[Result]:
    end = int(NOW.timestamp() * 1000)
    at = range(end - YEAR_MS, end, step_ms)
    values = [float(80 + n * 7919 % 101) for n in range(len(at))]
    db = open_store(store, KEY)
    record_samples(db, Samples(kind, "bench", unit, at, values), now=NOW)
    asked = trends.Asked(kind, "year", LAST)
    facts = trends.read(db, asked, {}, now=NOW)
    series, looks = facts.stream.series, facts.stream.looks
    words, zone = load("en"), ZoneInfo("UTC")
    thin = _ms(lambda: decimate(series.instants, series.values, COLUMNS))
    chart = _ms(lambda: draw(series, looks, span="year", last=LAST, zone=zone, words=words))
    read = _ms(lambda: trends.read(db, asked, {}, now=NOW))
    db.close()
    detail = {"kind": kind, "samples": len(at), "decimate_ms": thin, "read_store_ms": read}
    return [Result("chart_year_ms", round(chart, 2), "ms", runs=RUNS, detail=detail)]


def _ms(work: Callable[[], object]) -> float:
    """Processor time, which a busy machine leaves alone."""
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        times.append(1000 * (time.process_time() - began))
    return median(times)

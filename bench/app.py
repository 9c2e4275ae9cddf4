"""The app in its own window, drawn by the processor: how soon it is there, how it keeps moving.

The goals: first frame in 3 s of processor time and 160 MB; Today in 300 ms with five years in the
store; a year of one stream in 300 ms; no frame over 50 ms while 100,000 samples sync.
"""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.house import Running
from bench.results import Result, median
from mobile.store import sending, shadow
from mobile.store.database import open_store
from mobile.store.outbox import Samples, record_samples

# The tests' own window, server and phone; they are not typed as strictly as this.
house: Any = import_module("tests.mobile.house")
Driven: Any = import_module("tests.mobile.driving").Driven
KEY: bytes = import_module("tests.mobile.phone").KEY

YEARS = 5
RUNS = 5
SAMPLES = 100_000
METHODS = 20  # findings a day


def measure(_running: Running) -> list[Result]:
    """One patient, three starts."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="ekb-") as made, house.House() as server:
        folder = Path(made)
        house.furnish(server, now=now)
        with Driven(folder, server=server.url, code=house.CODE) as app:
            app.tap("enrol")
            app.wait("Synced", timeout=60)
        _fill(_store(folder), now)
        results = _starts(folder)
        with Driven(folder) as app:
            app.wait("Synced", timeout=60)
            results += _pages(app)
            results.append(_frames(app, folder, now))
    return results


def _store(folder: Path) -> Path:
    return folder / "data" / "stores" / f"{house.PATIENT}.sqlite3"


def _starts(folder: Path) -> list[Result]:
    told = []
    for _ in range(3):
        with Driven(folder) as app:
            told.append(app.started | app.do("memory"))
    first = median([one["first_frame_s"] for one in told])
    detail = {"cpu_s": round(median([one["cpu_s"] for one in told]), 2)}
    return [
        Result("app_first_frame_s", round(first, 2), "s", runs=3, detail=detail),
        Result("app_memory_mb", max(one["mb"] for one in told), "MB", runs=3),
    ]


def _pages(app: Any) -> list[Result]:
    """From the tap to the frame that shows it."""
    today = [app.do("timed_today") for _ in range(RUNS)]
    app.do("go", place="trends")
    app.tap("kind:heart_rate", timeout=30)
    year = [app.do("timed_span", span="year") for _ in range(RUNS)]
    return [_timed("app_today_ms", today), _timed("app_year_ms", year)]


def _timed(name: str, runs: list[dict[str, float]]) -> Result:
    """With the processor's time, which says the same on a busy machine."""
    detail = {"cpu_ms": round(median([run["cpu_ms"] for run in runs]), 1)}
    shown = round(median([run["ms"] for run in runs]), 1)
    return Result(name, shown, "ms", runs=len(runs), detail=detail)


def _frames(app: Any, folder: Path, now: datetime) -> Result:
    """The longest frame while samples go out, beside that of a window at rest."""
    app.tap("sync_line")
    db = open_store(_store(folder), KEY)
    begin = int(now.timestamp() * 1000) - SAMPLES * 1000
    at = range(begin, begin + SAMPLES * 1000, 1000)
    calm = app.do("frames", seconds=5)
    record_samples(
        db, Samples("heart_rate", "w", "/min", at, [60.0 + n % 40 for n in range(SAMPLES)]), now=now
    )
    db.close()
    app.tap("sync_now")
    busy = app.do("frames", seconds=8)
    app.wait("Synced", timeout=120)
    detail = {"at_rest_ms": round(calm["worst_ms"], 1), "mean_ms": round(busy["mean_ms"], 1)}
    return Result("app_worst_frame_ms", round(busy["worst_ms"], 1), "ms", detail=detail)


def _fill(path: Path, now: datetime) -> None:
    """Five years of doses, findings, surveys and visits; a year of a heart rate a minute."""
    db = open_store(path, KEY)
    for rows in _history(now):
        batch = sending.empty_batch(db)
        number = int((batch.cursor or "0.0").split(".")[1]) + 1
        told = {kind: [row | {"revision": number} for row in some] for kind, some in rows.items()}
        shadow.apply_changes(db, batch, told, batch.cursor or "0.0", more=False)
    end = int(now.timestamp() * 1000)
    at = range(end - 365 * 86_400_000, end, 60_000)
    values = [float(60 + n * 7919 % 60) for n in range(len(at))]
    record_samples(db, Samples("heart_rate", "watch", "/min", at, values), now=now)
    db.execute("UPDATE item SET state = 'acknowledged'")
    db.close()


def _history(now: datetime) -> Iterator[dict[str, list[dict[str, Any]]]]:
    plan = house.schedule("Metformin", "08:00", "12:00", "20:00")
    for year in range(YEARS, 0, -1):
        start = now - timedelta(days=365 * year)
        rows = house.doses(
            "Metformin", plan, start=start, end=start + timedelta(days=365), zone="Europe/Berlin"
        )
        yield {"doses": [row | {"status": "taken", "status_at": row["due_at"]} for row in rows]}
        days = [start + timedelta(days=n) for n in range(365)]
        yield {"findings": [_finding(day, n) for day in days for n in range(METHODS)]}
        yield {
            "surveys": [_answered(day) for day in days[::14]],
            "visits": [house.visit(f"{day}", day, state="ended") for day in days[::30]],
        }


def _finding(day: datetime, number: int) -> dict[str, Any]:
    return {
        "id": house.id_of(f"finding {day} {number}"), "method": f"glucose.method{number}",
        "computed_at": house.iso(day), "valid_until": house.iso(day + timedelta(days=2)),
        "label": "Glucose", "value": 1.0, "abstained": False,
        "detail": {"says": "Your sugar was in range."},
    }  # fmt: skip


def _answered(day: datetime) -> dict[str, Any]:
    return {
        "id": house.id_of(f"answered {day}"), "survey": "phq-9", "score": 4, "meaning": "Few.",
        "answered_at": house.iso(day),
    }  # fmt: skip

"""Reminders as others do them: a Celery ETA task, or a PeriodicTask row, for each.

So many reminders fall due at one moment, as at eight in the morning; how many are told in a second,
and how late the last ones are. A real worker of two processes and a real broker; tasks that do less
than ours do (peer_tasks). Each arm is stopped some time after the moment: what is not told by then
counts as this late at least. django-celery-beat needs a library under the LGPL, so it runs in an
environment of its own, made by `make peers`; without it that arm is left out, and says so.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from backend.core.embedded import valkey
from backend.notices.models import Delivery
from backend.notices.pump import Pump
from bench.house import ROOT, Running
from bench.peer_tasks import app, tell
from bench.people import patients
from bench.pump import OCCURRENCES, PATIENTS
from bench.results import Result, percentile

REMINDERS = 2_000
TRIAL = 100  # tasks sent to a queue that nobody reads, to see how long it takes to send all
CAP_S = 30.0
READY_S = 12.0  # for worker and beat to start, before the minute that beat waits for
BEAT_PYTHON = ROOT / "build" / "peers" / "bin" / "python"
WORKER = ["worker", "-c", "2", "--loglevel", "error"]
SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
BEAT = ["beat", "-S", SCHEDULER, "--schedule", os.devnull, "--pidfile", "", "--loglevel", "error"]
LATE = """
SELECT extract(epoch FROM d.sent_at - o.due_at)::float8
FROM notices_delivery d JOIN notices_occurrence o USING (key)
WHERE d.key LIKE 'herd:%' AND d.outcome = 'sent'
"""


@dataclass(frozen=True, slots=True)
class Herd:
    """How late each told reminder was, of REMINDERS."""

    late_s: list[float]

    @property
    def is_finished(self) -> bool:
        return len(self.late_s) == REMINDERS

    @property
    def per_s(self) -> float:
        """From the moment to the last one told, or to the cap."""
        return len(self.late_s) / (max(self.late_s) if self.is_finished else CAP_S)

    @property
    def p99_s(self) -> float:
        """What was not told is late by the cap at least."""
        return percentile([*self.late_s, *[CAP_S] * (REMINDERS - len(self.late_s))], 0.99)


def measure(running: Running) -> list[Result]:
    """`pump_vs_celery_eta` and, where its environment is there, `pump_vs_periodic_task`."""
    patients(PATIENTS)
    with psycopg.connect(running.database_url, autocommit=True) as db:
        db.execute("CREATE TABLE bench_told (number int, at timestamptz)")
        ours = _pump(db)
        results = [_result("pump_vs_celery_eta", "Celery ETA tasks", ours, _eta(db, running))]
        if BEAT_PYTHON.exists():
            beat = _beat(db, running)
            results.append(_result("pump_vs_periodic_task", "PeriodicTask rows", ours, beat))
        else:
            print("pump_vs_periodic_task: left out, for want of `make peers`", file=sys.stderr)
    return results


def _result(name: str, whose: str, ours: Herd, theirs: Herd) -> Result:
    ended = "finished" if theirs.is_finished else f"stopped {CAP_S:.0f} s after the moment"
    detail = {
        "due_at_once": REMINDERS,
        "p99_late_s": round(ours.p99_s, 2),
        "their_p99_late_s": round(theirs.p99_s, 2),
        "they_told": len(theirs.late_s),
        "they": ended,
        "load": round(os.getloadavg()[0], 1),
    }
    against = f"{whose}: {theirs.per_s:,.0f}/s"
    ratio = round(ours.per_s / theirs.per_s, 2) if theirs.late_s else None
    return Result(name, round(ours.per_s), "reminders/s", against, ratio, detail=detail)


def _pump(db: psycopg.Connection) -> Herd:
    """Whole reminders, with card and ledger entry, by one pump as it runs."""
    due = {"name": "herd:", "from": timedelta(seconds=4), "each": timedelta(0)}
    db.execute(OCCURRENCES, due | {"count": REMINDERS})
    until = time.monotonic() + 4 + CAP_S
    sent = Delivery.objects.filter(key__startswith="herd:", outcome="sent")
    Pump([], stopping=lambda: time.monotonic() > until or sent.count() == REMINDERS).run()
    return Herd([late for (late,) in db.execute(LATE)])


def _eta(db: psycopg.Connection, running: Running) -> Herd:
    with _broker(running) as environment, _celery(sys.executable, WORKER, environment):
        app.conf.update(broker_url=environment["PEERS_BROKER"])
        began = time.perf_counter()
        for number in range(TRIAL):
            tell.apply_async((number,), queue="unread")
        each_s = (time.perf_counter() - began) / TRIAL
        due = datetime.now(UTC) + timedelta(seconds=5 + 1.5 * each_s * REMINDERS)
        for number in range(REMINDERS):
            tell.apply_async((number,), eta=due)
        if datetime.now(UTC) > due:
            print("pump_vs_celery_eta: not all were sent before they were due", file=sys.stderr)
        return _told(db, due)


def _beat(db: psycopg.Connection, running: Running) -> Herd:
    db.execute("TRUNCATE bench_told")
    with _broker(running) as environment:
        due = (datetime.now(UTC) + timedelta(seconds=READY_S)).replace(second=0, microsecond=0)
        due += timedelta(minutes=1)
        moment = [str(due.hour), str(due.minute), str(REMINDERS)]
        rows = [str(BEAT_PYTHON), "-m", "bench.peer_rows", *moment]
        with_django = environment | {"DJANGO_SETTINGS_MODULE": "bench.peer_settings"}
        subprocess.run(rows, cwd=ROOT, env=with_django, check=True)
        worker = _celery(sys.executable, WORKER, environment)
        with worker, _celery(str(BEAT_PYTHON), BEAT, with_django):
            return _told(db, due)


@contextmanager
def _broker(running: Running) -> Iterator[dict[str, str]]:
    """The environment of a worker, without the house's Django and with its broker."""
    plain = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    with tempfile.TemporaryDirectory(prefix="ekp-") as folder, valkey.throwaway(Path(folder)) as up:
        yield plain | {
            "DATABASE_URL": running.database_url,
            "PYTHONWARNINGS": "ignore",
            "PEERS_BROKER": up.url.replace("unix://", "redis+socket://", 1),
        }


@contextmanager
def _celery(python: str, arguments: list[str], environment: Mapping[str, str]) -> Iterator[None]:
    command = [python, "-m", "celery", "-A", "bench.peer_tasks", "--quiet", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _told(db: psycopg.Connection, due: datetime) -> Herd:
    """Wait until all are told, or the time is up."""
    cap = due + timedelta(seconds=CAP_S)
    while datetime.now(UTC) < cap:
        time.sleep(0.25)
        (count,) = db.execute("SELECT count(*) FROM bench_told").fetchone()  # type: ignore[misc]
        if count == REMINDERS:
            break
    found = db.execute(
        "SELECT extract(epoch FROM at - %s)::float8 FROM bench_told WHERE at < %s", [due, cap]
    )
    return Herd([late for (late,) in found])

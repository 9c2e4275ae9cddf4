"""The nightly refresh of all findings: a thousand of them, of people with 90 days behind them.

The demo's people live for 140 days; each is then refreshed for fifty nights in turn, so that every
refresh meets windows which the night before it did not. Two workers share the nights by person.
"""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import django
from django.db import connection, transaction

from backend.agenda.actions import work_off
from backend.demo.cohort import load
from backend.insights.actions import refresh_patient
from backend.insights.models import Finding
from backend.streams.merging import merge_patient
from bench.cpu import used_by
from bench.house import Running, now
from bench.results import Result

PEOPLE = 20
NIGHTS = 50
BEHIND = 90
WORKERS = 2


def measure(running: Running) -> list[Result]:
    """`refresh_1000_s`."""
    end = now()
    loaded = load(
        running.web_url, patients=PEOPLE, days=BEHIND + NIGHTS, now=end, say=lambda _: None
    )
    work_off({"streams.merge": merge_patient}, now=end)
    found = Finding.objects.all()
    found._raw_delete(found.db)  # what supersedes another is protected from delete()
    connection.close()  # a worker's connection is its own
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=spawned, initializer=django.setup) as workers:
        list(workers.map(time.sleep, [0.5] * WORKERS))
        with used_by(running.database) as used:
            began = time.perf_counter()
            spent = sum(workers.map(_nights, loaded.patients, [end] * PEOPLE))
            took = time.perf_counter() - began
    detail = {
        "people": PEOPLE,
        "nights": NIGHTS,
        "workers": WORKERS,
        "samples": loaded.samples,
        "findings": Finding.objects.count(),
        "worker_cpu_s": round(spent, 1),
        "database_cpu_s": round(used.cpu_s, 1),
    }
    value = took * 1000 / (PEOPLE * NIGHTS)
    return [Result("refresh_1000_s", value, "s", "60 wanted", value / 60, 1, detail)]


def _nights(patient: UUID, end: datetime) -> float:
    """One person's nights, the oldest first; returns seconds of CPU."""
    began = time.process_time()
    for back in range(NIGHTS - 1, -1, -1):
        with transaction.atomic():
            refresh_patient(patient, now=end - timedelta(days=back))
    return time.process_time() - began

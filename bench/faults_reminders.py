"""Reminders under fire: eight pumps, one killed each half second, the database stopped without
warning, Redis off half the time, commits that come when the pumps have passed.

Lost is what stands in the occurrences (or was acknowledged to a writer) and never came: no card in
the app, or nothing at a gateway for one of its recipients. Announced twice is a second card under
one key, or a second arrival for one recipient at one gateway that no fault excuses: where a pump
is killed, or its database goes, between handing a message over and noting it, the message is
handed over again under the same collapse id, which replaces the first; those are `resent`.
"""

import os
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from bench.faults_doses import ZONES, changes, check, courses
from bench.faults_house import House
from bench.faults_people import LateWriter, admit, laid_out, lay
from bench.faults_trial import Trial, empty_tables, say
from bench.results import Result

WRITERS = 6
LAID_A_SECOND = 15_000
LATEST_S = 30  # on a machine of one's own; others who want its cores make it longer


@dataclass(frozen=True, slots=True)
class Size:
    """How much in how long. With no `parts`, only the days around every change of a clock."""

    times: int
    parts: int
    window_s: float
    stops: int
    reached_every: int
    patience_s: float = 60
    kill_every_s: float = 0.5


FULL = Size(times=23, parts=4, window_s=900, stops=10, reached_every=32)
SMALL = Size(times=10, parts=0, window_s=24, stops=2, reached_every=4)
# Fewer kills: pumps that keep up pass late commits by, and sweep side by side.
CONTROL = Size(2, 0, window_s=18, stops=1, reached_every=2, patience_s=18, kill_every_s=2)


def measure(house: House, *, small: bool = False) -> list[Result]:
    """The run and, before it, the two that must fail: one without the sweeper, one without the
    deliveries' unique key.
    """
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    control_lost = run(house, CONTROL, without="sweeper")["lost"]
    control_twice = run(house, CONTROL, without="unique key")["twice"]
    say("control", f"lost {control_lost} without the sweeper")
    say("control", f"twice {control_twice} without the unique key")
    verdict = run(house, SMALL if small else FULL)
    verdict |= {"control_lost": control_lost, "control_twice": control_twice}
    verdict |= {"load_before": round(load, 2), "allowed_late_s": round(LATEST_S * (1 + load))}
    name = "faults_reminders_small" if small else "faults_reminders"
    value = verdict["lost"] + verdict["twice"]
    return [Result(name, value, "lost or twice", detail=verdict)]


def holds(verdict: dict[str, Any]) -> bool:
    """Whether the promise was kept, and both controls broke it."""
    kept = verdict["lost"] == verdict["twice"] == verdict["extra"] == 0
    in_time = verdict["p99_late_s"] <= verdict["allowed_late_s"]
    return bool(kept and in_time and verdict["control_lost"] and verdict["control_twice"])


def run(house: House, size: Size, *, without: str = "") -> dict[str, Any]:
    """One trial on empty tables; its verdict."""
    title = f"without {without}" if without else "reminders"
    connection.close()  # the database may have been stopped since
    made = courses(times=size.times, parts=size.parts)
    expanded = [(course, course.slots()) for course in made]
    right = check(expanded)
    say(title, f"{right:,} doses, all at the moments that the twin finds")
    people = admit([course.zone for course in made], reached_every=size.reached_every)
    house.database.outages.clear()
    folder = house.folder / title.replace(" ", "-")
    folder.mkdir()
    trial = Trial(
        house, title, folder, size.window_s, size.stops, size.kill_every_s, size.patience_s
    )
    with psycopg.connect(house.url, autocommit=True) as db:
        empty_tables(db, unique_key=without != "unique key")
    # Turns are thrift, not safety: without the key, pumps that sweep side by side tell twice.
    missing = "turns" if without == "unique key" else without
    with trial.pumps(without=missing) as keeper:
        start = time.time() + 2 + right / LAID_A_SECOND
        dues = laid_out(expanded, people, start=start, window_s=size.window_s)
        with psycopg.connect(house.url, autocommit=True) as db:
            lay(db, dues)
            db.execute("ANALYZE")
            db.execute("CHECKPOINT")
        writers = [LateWriter(house.url, f"{n}", people) for n in range(WRITERS)]
        verdict = trial.run(keeper, start=start, dues=dues, writers=writers)
    verdict["clock_changes"] = sum(len(changes(zone)) for zone in ZONES)
    say(title, ", ".join(f"{name} {found}" for name, found in verdict.items()))
    return verdict

"""Sync under fire: real phones, the real server, a bad network, kills on both sides, a restore.

Each patient's journal says what she did (faults_phone.py). In the end the server must hold exactly
that, and each phone exactly the server's rows: `lost` is what was done and is not there, or a
measurement that an older one displaced; `extra` is what nobody did, or took back in time;
`diverged` rows that a phone and the server tell apart. In the middle the database is backed up, at
nearly the end it is restored from there: an hour by the phones' clocks.
"""

import json
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.db import OperationalError, connection, transaction
from psycopg.conninfo import make_conninfo

from backend.accounts.actors import job
from backend.core.embedded.service import Service, answers_ok
from backend.core.rendering import to_json
from backend.patients.access import EVERYDAY, Chart, Deed, open_chart
from backend.regimens.actions import Timing, prescribe
from backend.regimens.models import DoseEventRow
from backend.streams.merging import merge_patient
from backend.streams.queries import raw_columns
from backend.surveys.models import Response
from backend.sync.changes import READERS
from backend.visits.actions import book_visit
from backend.visits.models import Visit
from bench.faults_house import IMMEDIATE, House, Serving
from bench.faults_journal import Done, read_done
from bench.faults_phone import KEY, QUIET, SPAN
from bench.faults_trial import say
from bench.faults_wire import Wire, wire
from bench.people import phones
from bench.results import Result
from mobile.store import bodies, shadow
from mobile.store.database import open_store, setting

PROCESSES = 4
KILL_PHONE_EVERY_S, KILL_SERVER_EVERY_S = 2.0, 9.0
BACK_UP_AT, STOP_DATABASE_AT, RESTORE_AT = 0.3, (0.15, 0.55), 0.85  # shares of all that is written
AHEAD = 0.05  # of the next step the phones may be
BACKUP = "faults_backup"
ENDS_WITHIN_S = 300


def measure(house: House, *, small: bool = False) -> list[Result]:
    """`faults_sync`."""
    people, writes = (8, 60) if small else (20, 500)
    run = _Run(house, people=people, writes=writes)
    verdict = run.all()
    name = "faults_sync_small" if small else "faults_sync"
    value = verdict["lost"] + verdict["extra"] + verdict["diverged"]
    return [Result(name, value, "lost, extra or diverged", detail=verdict)]


def holds(verdict: dict[str, Any]) -> bool:
    """Whether the promise was kept, and whether it was put to the test."""
    kept = verdict["lost"] == verdict["extra"] == verdict["diverged"] == 0
    return bool(kept and verdict["edited_in_flight"] and verdict["restores"])


@dataclass(frozen=True, slots=True)
class Owner:
    """A patient and the folder of her phone."""

    id: UUID
    folder: Path


class _Run:
    def __init__(self, house: House, *, people: int, writes: int):
        self.house, self.writes = house, writes
        self.begin = datetime.now(UTC).replace(microsecond=0) - SPAN - timedelta(minutes=5)
        with transaction.atomic():
            made = phones(people)
            for phone in made:
                timing = Timing(rule="FREQ=DAILY", times=("08:00", "12:00", "20:00"))
                prescribe(
                    _chart(phone.patient), medicine="M", dose="1", timing=timing, now=self.begin
                )
        self.owners = [self._furnish(phone.patient, phone.token) for phone in made]
        self.gate = house.folder / "gate"
        self.kills = {"phones": 0, "server": 0}
        self.restores = 0

    def _furnish(self, patient: UUID, token: str) -> Owner:
        folder = self.house.folder / f"phone-{patient}"
        folder.mkdir()
        told = {"token": token, "begin": self.begin.isoformat()}
        (folder / "identity").write_text(json.dumps(told))
        return Owner(patient, folder)

    def all(self) -> dict[str, Any]:
        """Everything, to the verdict."""
        port = _free_port()
        with wire(port) as between, self.house.running(_web(self.house, port)) as server:
            with ExitStack() as at_end:
                processes = [
                    at_end.enter_context(self.house.running(service))
                    for service in self._phones(between)
                ]
                self._fire(processes, server)
                between.good = True
                self._open(QUIET)
                self._await(processes)
            verdict = self._judge()
        met = ", ".join(f"{fate} {count}" for fate, count in sorted(between.met.items()))
        say("sync", f"requests: {met}")
        say("sync", ", ".join(f"{name} {found}" for name, found in verdict.items()))
        return verdict

    def _phones(self, between: Wire) -> Iterator[Service]:
        self._open(0)
        flags = ["--server", between.url, "--writes", str(self.writes), "--gate", str(self.gate)]
        for n in range(PROCESSES):
            folders = [str(owner.folder) for owner in self.owners[n::PROCESSES]]
            arguments = ["-m", "bench.faults_phone", *folders, *flags]
            yield self.house.python(f"phones{n}", arguments, answers=lambda: True)

    def _open(self, share: float) -> None:
        """Let the phones write up to this share; they may be reading, so it is moved into place."""
        half = self.gate.with_suffix(".half")
        half.write_text(str(share))
        half.rename(self.gate)

    def _written(self) -> float:
        """The share of all that they will do."""
        done = 0
        for owner in self.owners:
            with suppress(FileNotFoundError):
                done += (owner.folder / "journal").read_text().count('"done"')
        return done / (len(self.owners) * self.writes)

    def _fire(self, processes: Sequence[Serving], server: Serving) -> None:
        """Kills, crashes, a backup and the way back to it, until everything is written."""
        steps: list[tuple[float, Callable[[], None]]] = [
            *((share, lambda: self.house.database.fail(IMMEDIATE)) for share in STOP_DATABASE_AT),
            (BACK_UP_AT, lambda: self._back_up(server)),
            (RESTORE_AT, lambda: self._restore(server)),
        ]
        steps.sort(key=lambda step: step[0])
        clocks = {"phone": time.monotonic() + 3, "server": time.monotonic() + 5, "tell": 0.0}
        while (written := self._written()) < 1 or steps:
            now = time.monotonic()
            if steps and written >= steps[0][0]:
                steps.pop(0)[1]()
            self._open(steps[0][0] + AHEAD if steps else 1)
            if now >= clocks["phone"]:
                clocks["phone"] = now + KILL_PHONE_EVERY_S
                random.choice(processes).fail(signal.SIGKILL)
                self.kills["phones"] += 1
                self._care()
            if now >= clocks["server"]:
                server.fail(signal.SIGKILL)
                self.kills["server"] += 1
                clocks["server"] = time.monotonic() + KILL_SERVER_EVERY_S
            if now >= clocks["tell"]:
                clocks["tell"] = now + 10
                say("sync", f"{written:.0%} written, kills {self.kills}")
            time.sleep(0.1)
        server.fail(signal.SIGKILL)

    def _care(self) -> None:
        """The care team writes, and a worker merges, if there is a database."""
        owner, now = random.choice(self.owners), datetime.now(UTC)
        with suppress(OperationalError):
            connection.close()
            with transaction.atomic():
                book_visit(_chart(owner.id), starts_at=now + timedelta(days=1), now=now)
                merge_patient(random.choice(self.owners).id, now=now)

    def _back_up(self, server: Serving) -> None:
        with _alone(self.house, server) as db:
            db.execute(f"CREATE DATABASE {BACKUP} TEMPLATE evenkeel")
        say("sync", "backed up")

    def _restore(self, server: Serving) -> None:
        with _alone(self.house, server) as db:
            db.execute("DROP DATABASE evenkeel")
            db.execute(f"ALTER DATABASE {BACKUP} RENAME TO evenkeel")
        self.restores += 1
        say("sync", "restored from the backup")

    def _await(self, processes: Sequence[Serving]) -> None:
        deadline = time.monotonic() + ENDS_WITHIN_S
        while any(one.process is not None and one.process.poll() is None for one in processes):
            if time.monotonic() > deadline:
                break  # what has not arrived by now is lost
            time.sleep(0.2)

    def _judge(self) -> dict[str, Any]:
        connection.close()
        found = _Found()
        for owner in self.owners:
            self._compare(owner, read_done(owner.folder / "journal"), found)
        return {
            "operations": found.operations,
            "lost": found.lost,
            "extra": found.extra,
            "diverged": found.diverged,
            "edited_in_flight": found.edited,
            "undone": found.undone,
            "phone_kills": self.kills["phones"],
            "server_kills": self.kills["server"],
            "db_stops": len(self.house.database.outages),
            "restores": self.restores,
            "began_anew": found.began_anew,
        }

    def _compare(self, owner: Owner, done: Done, found: "_Found") -> None:
        mine = {"patient_id": owner.id}
        there = {
            *Visit.objects.filter(**mine, reason="My knee").values_list("id", flat=True),
            *Response.objects.filter(**mine).values_list("id", flat=True),
            *DoseEventRow.objects.filter(**mine).values_list("event_id", flat=True),
        }
        ids = {str(id_) for id_ in there}
        found.operations += done.writes
        found.edited, found.undone = found.edited + done.edited, found.undone + len(done.undone)
        found.lost += len(done.must - ids)
        found.extra += len(ids - done.may)
        with transaction.atomic():
            merge_patient(owner.id, now=datetime.now(UTC))
        samples = self._samples(owner.id)
        found.lost += sum(samples.get(at) not in values for at, values in done.values.items())
        found.extra += len(samples.keys() - done.values.keys())
        found.diverged += self._differences(owner, found)

    def _samples(self, patient: UUID) -> dict[int, float]:
        with transaction.atomic():
            columns = raw_columns(
                _chart(patient), "heart_rate", start=self.begin, end=self.begin + SPAN
            )
        first = bodies.ms_of(columns.start or self.begin)
        pairs = zip(columns.offsets_ms, columns.values, strict=True)
        return {first + offset: round(value, 2) for offset, value in pairs}

    @staticmethod
    def _differences(owner: Owner, found: "_Found") -> int:
        db, different = open_store(owner.folder / "store.sqlite3", KEY), 0
        with transaction.atomic():
            chart = _chart(owner.id)
            for kind, read in READERS.items():
                there: dict[str, Any] = {
                    str(row.id): to_json(row) for row in read(chart, after=0, limit=10**6)
                }
                here = {row["id"]: row for row in shadow.rows(db, kind)}
                different += sum(
                    here.get(id_) != there.get(id_) for id_ in here.keys() | there.keys()
                )
        found.began_anew += setting(db, "generation", 0)
        db.close()
        return different


@dataclass
class _Found:
    operations: int = 0
    lost: int = 0
    extra: int = 0
    diverged: int = 0
    edited: int = 0
    undone: int = 0
    began_anew: int = field(default=0)


def _chart(patient: UUID) -> Chart:
    now = datetime.now(UTC)
    return open_chart(
        job("faults"), patient, *EVERYDAY, deed=Deed.CHANGE, subject="faults", now=now
    )


def _web(house: House, port: int) -> Service:
    flags = ["--host", "127.0.0.1", "--port", str(port), "--interface", "wsgi", "--no-ws"]
    flags += ["--workers", "2", "--blocking-threads", "1", "backend.wsgi:application"]
    return house.python(
        "web",
        ["-m", "granian", *flags],
        answers=lambda: answers_ok("127.0.0.1", port, "/healthz"),
    )


@contextmanager
def _alone(house: House, server: Serving) -> Iterator[psycopg.Connection]:
    """Nobody but us is connected, and the server is down, while the block lasts."""
    server.end(signal.SIGKILL)
    connection.close()
    with psycopg.connect(make_conninfo(house.url, dbname="postgres"), autocommit=True) as db:
        db.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = 'evenkeel'"
        )
        yield db
    server.start()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Some patients' phones in one process that may be killed at any moment and started again:
`python -m bench.faults_phone FOLDER...`, started by the sync run.

Each phone is a real store and a real engine. What its patient does stands in a journal beside the
store: a line before it is done, a line after. Of what was killed in between nobody can say whether
it was done; everything else must be with the server in the end. The phone's clock goes two hours
over the run, by what has been done, so that a backup of the middle is an hour old at the end.
"""

import argparse
import json
import random
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Literal
from uuid import UUID

from backend.wire.messages import DoseEvent, Event, SurveyEvent, VisitEvent
from bench.faults_journal import facts_of
from bench.faults_wire import GIVES_UP_S
from mobile.store import bodies, outbox, shadow
from mobile.store.database import open_store
from mobile.store.outbox import Samples
from mobile.sync.engine import Engine, Outcome
from mobile.sync.http import HttpTransport
from mobile.sync.transport import Answer
from mobile.sync.worker import is_confirmed

SPAN = timedelta(hours=2)
SYNC_EVERY = 8  # writes
HOLD_MS = 8_000
STATUSES: tuple[Literal["taken", "skipped"], ...] = ("taken", "skipped")
KEY = bytes(32)  # of every phone
QUIET = 2.0  # at the gate: no fault any more, come to an end


class Journal:
    """One line a fact, on the disk before the next thing happens."""

    def __init__(self, path: Path):
        facts = facts_of(path)
        self.length, self.writes = len(facts), sum("done" in fact for fact in facts)
        whole = path.with_suffix(".whole")  # without a last line that a kill cut short
        whole.write_text("".join(f"{json.dumps(fact)}\n" for fact in facts))
        whole.rename(path)
        self._file = path.open("a")

    def note(self, **fact: Any) -> None:
        """Add a line."""
        self._file.write(json.dumps(fact) + "\n")
        self._file.flush()
        self.writes += "done" in fact


class Phone:
    """One patient and her phone; `wants` is how much she does in all."""

    def __init__(self, folder: Path, server: str, wants: int):
        told = json.loads((folder / "identity").read_text())
        self.db: sqlite3.Connection = open_store(folder / "store.sqlite3", KEY)
        self.journal = Journal(folder / "journal")
        self.wants, self._begin = wants, datetime.fromisoformat(told["begin"])
        self._dice = random.Random()
        self._number = self.journal.length  # never one that was given before
        self._transport = _Busy(HttpTransport(server, timeout_s=GIVES_UP_S), self._meanwhile)
        self._engine = Engine(self.db, self._transport, told["token"], clock=self.now)

    @property
    def share(self) -> float:
        """How much of what she wants to do she has done."""
        return self.journal.writes / self.wants

    def now(self) -> datetime:
        """By what has been done; a minute later once all is, so that nothing is held any more."""
        return self._begin + SPAN * self.share + timedelta(minutes=self.share >= 1)

    def write(self) -> None:
        """She does one thing."""
        self._dice.choice([self._ask, self._survey, self._dose, self._measure, self._measure])()

    def sync(self) -> bool:
        """One sync; whether everything is with the server and everything has come."""
        ended = self._engine.sync()
        return ended.outcome == Outcome.SYNCED and is_confirmed(self.db)

    def _id(self) -> UUID:
        return outbox.fresh_id(self.db, now=self.now())

    def _ask(self) -> None:
        now = self.now()
        self._keep("visit", VisitEvent(self._id(), now, now + timedelta(days=3), "My knee"))

    def _survey(self) -> None:
        answers: dict[str, bool | int | float | str] = {
            f"q{n}": self._dice.randrange(4) for n in range(1, 8)
        }
        self._keep("survey", SurveyEvent(self._id(), self.now(), "gad-7", answers))

    def _dose(self) -> None:
        doses = shadow.rows(self.db, "doses")
        if not doses:
            self._measure()
            return
        dose, status = UUID(self._dice.choice(doses)["id"]), self._dice.choice(STATUSES)
        event = DoseEvent(self._id(), self.now(), dose, status)
        self._keep("dose", event, hold_ms=HOLD_MS)
        if self._dice.random() < 0.3:
            self._undo(event.id)

    def _keep(self, kind: str, event: Event, *, hold_ms: int = 0) -> None:
        self.journal.note(will=str(event.id), kind=kind)
        outbox.add_event(self.db, event, hold_ms=hold_ms, now=self.now())
        self.journal.note(done=str(event.id), kind=kind)

    def _undo(self, id_: UUID) -> None:
        self.journal.note(will_undo=str(id_))
        if outbox.undo_event(self.db, id_):
            self.journal.note(undone=str(id_))
        else:
            self.journal.note(stays=str(id_))

    def _measure(self) -> None:
        """A few seconds of heart rate, each value told apart; often of seconds measured before."""
        self._number += 1
        seconds = [self._dice.randrange(200) for _ in range(3)]
        base = bodies.ms_of(self._begin)
        at = [base + second * 1000 for second in sorted(set(seconds))]
        values = [round(40 + self._number / 100, 2)] * len(at)
        self.journal.note(will=self._number, kind="samples", at=at, value=values[0])
        outbox.record_samples(
            self.db, Samples("heart_rate", "watch", "/min", at, values), now=self.now()
        )
        self.journal.note(done=self._number, kind="samples")

    def _meanwhile(self) -> None:
        """While a request is on its way, she changes what is in it."""
        if self.share >= 1 or self._dice.random() < 0.5:
            return
        self._measure()
        self.journal.note(edited_in_flight=self._number)


class _Busy:
    """A transport during whose calls something happens."""

    def __init__(self, beneath: HttpTransport, meanwhile: Callable[[], None]):
        self._beneath, self._meanwhile = beneath, meanwhile

    def call(
        self, method: str, path: str, *, body: bytes | None = None, token: str | None = None
    ) -> Answer:
        """Something happens, then the request goes; the body was made before."""
        self._meanwhile()
        return self._beneath.call(method, path, body=body, token=token)

    def save(self, path: str, out: IO[bytes], *, token: str) -> int:
        """As beneath."""
        return self._beneath.save(path, out, token=token)

    def close(self) -> None:
        """Close the sockets."""
        self._beneath.close()


def main() -> None:
    """What the gate lets through, then, when it is quiet, whatever has not arrived yet."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults_phone", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--server", required=True)
    parser.add_argument("--writes", type=int, required=True, help="of each phone, in all")
    parser.add_argument(
        "--gate", type=Path, required=True, help="a file: which share of the writes may be done"
    )
    options = parser.parse_args()
    phones = [Phone(folder, options.server, options.writes) for folder in options.folders]
    while (gate := float(options.gate.read_text())) != QUIET:
        writing = [phone for phone in phones if phone.share < min(gate, 1)]
        phone = random.choice(writing or phones)
        if writing:
            phone.write()
        if random.random() < 1 / SYNC_EVERY and not phone.sync():
            time.sleep(random.random() / 2)  # a real one waits longer, and all of them at once
        if not writing:
            time.sleep(0.05)
    for phone in phones:
        while not phone.sync():
            time.sleep(0.2)


if __name__ == "__main__":
    main()

"""A phone for tests: a real store in a folder, a clock that stands until it is moved."""

import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from backend.wire.messages import DoseEvent
from mobile.store import outbox
from mobile.store.database import open_store
from mobile.store.outbox import Samples
from mobile.sync.engine import Ended, Engine
from mobile.sync.transport import Transport

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = bytes(range(32))
DOSES = [UUID(int=number) for number in range(1, 9)]


@dataclass
class Clock:
    """Stands still until moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **step: float) -> None:
        self.now += timedelta(**step)


@dataclass
class Phone:
    """The store of one phone and what a patient does with it."""

    path: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.db: sqlite3.Connection = self.connect()

    def connect(self) -> sqlite3.Connection:
        """A connection of the calling thread's own."""
        return open_store(self.path, KEY)

    def take(self, dose: int = 0, status: str = "taken", *, hold_ms: int = 0) -> UUID:
        now = self.clock()
        event = DoseEvent(outbox.fresh_id(self.db, now=now), now, DOSES[dose], status)  # type: ignore[arg-type]
        outbox.add_event(self.db, event, hold_ms=hold_ms, now=now)
        return event.id

    def measure(self, *pairs: tuple[int, float], kind: str = "heart_rate") -> None:
        samples = Samples(kind, "watch", "/min", [p[0] for p in pairs], [p[1] for p in pairs])
        outbox.record_samples(self.db, samples, now=self.clock())

    def sync(self, network: Transport) -> Ended:
        return Engine(self.db, network, "good", clock=self.clock).sync()

    def killed(self) -> None:
        """The process is gone: what was not committed is lost, a new one opens the file."""
        self.db.close()
        self.db = self.connect()

    def states(self) -> dict[str, str]:
        return dict(self.db.execute("SELECT id, state FROM item").fetchall())

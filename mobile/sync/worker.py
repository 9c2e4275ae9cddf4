"""The thread that talks with the server, so that the screen never waits for it."""

import logging
import random
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mobile.device.alarms import Alarms
from mobile.device.identity import Identity, drop_token
from mobile.device.reliability import Reliability
from mobile.sources.source import Source
from mobile.store import bodies, sending
from mobile.store.database import keep_setting, open_store, setting, writing
from mobile.sync import reminders, wishes
from mobile.sync.engine import Ended, Engine, Outcome
from mobile.sync.pulling import pull_if_due
from mobile.sync.transport import NoConnection, Transport

logger = logging.getLogger("evenkeel.sync")

EVERY_S = 60.0
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Status:
    """What the thread is doing: running now or not, and how the last sync ended (None: none
    yet).
    """

    running: bool = False
    last: Outcome | None = None


def backoff_s(failures: int, *, jitter: float) -> float:
    """Seconds before try number `failures` + 1: doubling, capped, spread by a jitter in [0, 1)."""
    full = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures, 20))
    return full * (0.5 + 0.5 * jitter)


class Worker:
    """Syncs one phone's store until stopped. `status` may be read from any thread."""

    def __init__(
        self,
        folder: Path,
        path: Path,
        identity: Identity,
        *,
        transport: Callable[[], Transport],
        alarms: Alarms,
        reliability: Reliability,
        clock: Callable[[], datetime],
        source: Source | None = None,
    ):
        """`transport` is called on the worker's own thread; `source` is the phone's health store,
        if it has one.
        """
        self.status = Status()
        self._folder, self._path, self._identity = folder, path, identity
        self._transport, self._alarms, self._clock = transport, alarms, clock
        self._source, self._reliability = source, reliability
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begin; the first sync starts at once."""
        self._thread.start()

    def wake(self) -> None:
        """Sync now."""
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End after the call in flight; True if the thread is gone. Nothing is lost if it is
        not.
        """
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        db = open_store(self._path)
        transport = self._transport()
        token = self._identity.token or ""
        engine = Engine(db, transport, token, clock=self._clock, stopping=self._stop.is_set)
        failures = 0
        ended = Ended(Outcome.STOPPED)
        try:
            reminders.arm(db, self._alarms, self._reliability, now=self._clock())
            while not self._stop.is_set():
                self._wake.clear()
                # Signed out, it asks no more, but a snoozed dose must still ring.
                if ended.outcome != Outcome.SIGNED_OUT:
                    self._pull(db)
                    wishes.note_driving(db, self._reliability.look().driving, now=self._clock())
                    ended = self._sync_once(engine)
                    ended = self._send_wishes(db, transport, ended)
                self._after(db, ended)
                failures = 0 if ended.outcome == Outcome.SYNCED else failures + 1
                self._wake.wait(self._pause_s(db, ended, failures))
        finally:
            transport.close()
            db.close()

    def _pull(self, db: sqlite3.Connection) -> None:
        if self._source is None:
            return
        try:
            pull_if_due(db, self._source, now=self._clock(), stopping=self._stop.is_set)
        except Exception as error:  # a fault of the platform must not keep the rest from being sent
            logger.error("reading the health store failed: %s", type(error).__name__)

    def _sync_once(self, engine: Engine) -> Ended:
        self.status = Status(running=True, last=self.status.last)
        try:
            ended = engine.sync()
        except Exception as error:
            # A fault of ours must not end reminders and sync for good; its class is all that is
            # logged.
            logger.error("sync failed: %s", type(error).__name__)
            ended = Ended(Outcome.BUSY)
        self.status = Status(running=False, last=ended.outcome)
        return ended

    def _send_wishes(self, db: sqlite3.Connection, transport: Transport, ended: Ended) -> Ended:
        """What the patient has chosen, once the sync went well."""
        if ended.outcome != Outcome.SYNCED:
            return ended
        try:
            if wishes.carry_out(db, transport, self._identity.token or "", now=self._clock()):
                self._wake.set()
        except NoConnection:
            ended = Ended(Outcome.OFFLINE)
            self.status = Status(last=ended.outcome)
        return ended

    def _after(self, db: sqlite3.Connection, ended: Ended) -> None:
        now = self._clock()
        with writing(db):
            keep_setting(db, "signed_out", ended.outcome == Outcome.SIGNED_OUT)
        if ended.outcome == Outcome.SIGNED_OUT:
            drop_token(self._folder)
        elif ended.outcome == Outcome.SYNCED:
            sending.forget_acknowledged(db, now=now)
        reminders.arm(db, self._alarms, self._reliability, now=now)

    def _pause_s(self, db: sqlite3.Connection, ended: Ended, failures: int) -> float:
        if ended.outcome == Outcome.SIGNED_OUT:
            return EVERY_S
        if ended.outcome != Outcome.SYNCED:
            wanted = backoff_s(failures - 1, jitter=random.random())  # noqa: S311
            return max(wanted, ended.retry_after_s or 0.0)
        release = sending.next_release_ms(db)
        if release is None:
            return EVERY_S
        return min(EVERY_S, max(0.2, (release - bodies.ms_of(self._clock())) / 1000))


def is_confirmed(db: sqlite3.Connection) -> bool:
    """True only if nothing waits and the server has answered since the last local change."""
    return (
        sending.waiting(db).items == 0
        and wishes.waiting(db) == 0
        and setting(db, "confirmed_writes", -1) == setting(db, "writes", 0)
        and setting(db, "confirmed_ms") is not None
    )

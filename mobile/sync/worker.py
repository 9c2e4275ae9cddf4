"""The thread that talks with the server, so that the screen never waits for it."""

import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mobile.device.alarms import Alarms
from mobile.device.disk import is_nearly_full
from mobile.device.identity import Identity, drop_token, is_enrolled
from mobile.device.reliability import Reliability
from mobile.sources.source import Source
from mobile.store import bodies, sending, thinning
from mobile.store.database import keep_setting, setting, writing
from mobile.store.forgetting import forget_all_but_unsent
from mobile.sync import foretelling, reminders, wishes
from mobile.sync.engine import Ended, Engine, Outcome
from mobile.sync.pulling import pull_if_due
from mobile.sync.transport import NoConnection, Transport

logger = logging.getLogger("evenkeel.sync")

EVERY_S = 60.0
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
FORETELL_S = 30.0  # how often new readings are looked at while the server can not be reached
LOOK_S = 2.0  # how soon entries made by another process are seen
GONE = (Outcome.SIGNED_OUT, Outcome.REVOKED)


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
        connect: Callable[[], sqlite3.Connection],
        identity: Identity,
        *,
        transport: Callable[[], Transport],
        alarms: Alarms,
        reliability: Reliability,
        clock: Callable[[], datetime],
        source: Source | None = None,
        every_s: float = EVERY_S,
        may_sync: Callable[[], bool] = lambda: True,
        nearly_full: Callable[[Path], bool] = is_nearly_full,
    ):
        """`transport` is called on the worker's own thread; `source` is the phone's health store,
        if it has one; `may_sync` says whether the network may be used now.
        """
        self.status = Status()
        self._folder, self._connect, self._identity = folder, connect, identity
        self._every_s, self._may_sync, self._nearly_full = every_s, may_sync, nearly_full
        self._anyway = False
        self._transport, self._alarms, self._clock = transport, alarms, clock
        self._source, self._reliability = source, reliability
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begin; the first sync starts at once."""
        self._thread.start()

    def wake(self, *, anyway: bool = False) -> None:
        """Sync now; `anyway`: though it may cost something."""
        self._anyway = self._anyway or anyway
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
        db = self._connect()
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
                if ended.outcome not in GONE:
                    self._pull(db)
                    wishes.note_driving(db, self._reliability.look().driving, now=self._clock())
                    ended = self._sync_once(engine)
                    ended = self._send_wishes(db, transport, ended)
                self._after(db, ended)
                failures = 0 if ended.outcome == Outcome.SYNCED else failures + 1
                self._rest(db, self._pause_s(db, ended, failures), ended)
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

    def _rest(self, db: sqlite3.Connection, seconds: float, ended: Ended) -> None:
        """Until it is time, until it is woken, or until the ringer has left something to send."""
        ends, looked = time.monotonic() + seconds, time.monotonic()
        while (left := ends - time.monotonic()) > 0 and not self._wake.wait(min(LOOK_S, left)):
            release = sending.next_release_ms(db)
            due = release is not None and release <= bodies.ms_of(self._clock())
            if due and ended.outcome == Outcome.SYNCED:
                return
            if time.monotonic() - looked >= FORETELL_S:
                looked, now = time.monotonic(), self._clock()
                if self._foretell(db, ended, now):
                    reminders.arm(db, self._alarms, self._reliability, now=now)

    def _sync_once(self, engine: Engine) -> Ended:
        if not self._anyway and not self._may_sync():
            self.status = Status(last=Outcome.COSTLY)
            return Ended(Outcome.COSTLY)
        self._anyway = False
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
        if ended.outcome == Outcome.REVOKED and is_enrolled(self._folder):
            forget_all_but_unsent(db)
        with writing(db):
            keep_setting(db, "signed_out", ended.outcome in GONE)
        if ended.outcome in GONE:
            drop_token(self._folder)
        elif ended.outcome == Outcome.SYNCED:
            sending.forget_acknowledged(db, now=now)
        self._make_room(db, now)
        self._foretell(db, ended, now)
        reminders.arm(db, self._alarms, self._reliability, now=now)

    def _foretell(self, db: sqlite3.Connection, ended: Ended, now: datetime) -> bool:
        """Whether a low or high is to come that the server can not warn of: it does not hear."""
        if ended.outcome in (Outcome.SYNCED, Outcome.STOPPED, Outcome.REVOKED):
            return False
        try:
            return foretelling.look(db, now=now)
        except Exception as error:  # a fault there must not end reminders and sync for good
            logger.error("forecasting failed: %s", type(error).__name__)
            return False

    def _make_room(self, db: sqlite3.Connection, now: datetime) -> None:
        low = self._nearly_full(self._folder)
        if low:
            thinning.thin(db, now=now)
        thinning.note_storage(db, low=low)

    def _pause_s(self, db: sqlite3.Connection, ended: Ended, failures: int) -> float:
        if ended.outcome in (*GONE, Outcome.COSTLY):
            return self._every_s
        if ended.outcome != Outcome.SYNCED:
            wanted = backoff_s(failures - 1, jitter=random.random())  # noqa: S311
            return max(wanted, ended.retry_after_s or 0.0)
        release = sending.next_release_ms(db)
        if release is None:
            return self._every_s
        return min(self._every_s, max(0.2, (release - bodies.ms_of(self._clock())) / 1000))


def is_confirmed(db: sqlite3.Connection) -> bool:
    """True only if nothing waits and the server has answered since the last local change."""
    return (
        sending.waiting(db).items == 0
        and wishes.waiting(db) == 0
        and setting(db, "confirmed_writes", -1) == setting(db, "writes", 0)
        and setting(db, "confirmed_ms") is not None
    )

"""One person's use of this phone: identity, store, alarms and the sync thread, opened and closed
together.
"""

import platform
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mobile.device.alarms import Alarm, InProcessAlarms
from mobile.device.identity import Identity, drop_token, load_identity, store_path
from mobile.device.notifications import Notifier
from mobile.device.reliability import DesktopReliability, Reliability
from mobile.sources.source import Source
from mobile.store import sending
from mobile.store.database import keep_setting, open_store, writing
from mobile.sync import reminders
from mobile.sync.enrol import enrol
from mobile.sync.nearby import Bluetooth, no_bluetooth
from mobile.sync.reminders import Announcer
from mobile.sync.transport import Transport
from mobile.sync.worker import Status, Worker


class Session:
    """Closed until `open`; the store's connection belongs to the thread that opened it."""

    def __init__(
        self,
        folder: Path,
        *,
        transport: Callable[[str], Transport],
        notifier: Notifier,
        clock: Callable[[], datetime],
        reliability: Reliability | None = None,
        source: Source | None = None,
        bluetooth: Callable[[], Bluetooth] = no_bluetooth,
    ):
        """`transport` is called with the server's address, on the thread that will use it; `source`
        is the phone's health store, if it has one; `bluetooth` makes its radio, beside the screen.
        """
        self.folder, self.clock = folder, clock
        self.bluetooth = bluetooth
        self.reliability: Reliability = reliability or DesktopReliability()
        self.identity: Identity | None = load_identity(folder)
        self.db: sqlite3.Connection | None = None
        self._transport, self._notifier, self._source = transport, notifier, source
        self._alarms: InProcessAlarms | None = None
        self._worker: Worker | None = None

    @property
    def path(self) -> Path | None:
        """Where the store of the enrolled patient lies."""
        return store_path(self.folder, self.identity.patient) if self.identity else None

    @property
    def store(self) -> sqlite3.Connection:
        """The open store; only for pages that are shown when somebody is enrolled."""
        if self.db is None:
            raise RuntimeError("nobody is enrolled")
        return self.db

    @property
    def status(self) -> Status:
        """What the sync thread is doing."""
        return self._worker.status if self._worker else Status()

    @property
    def is_open(self) -> bool:
        """Whether somebody's data is open."""
        return self.db is not None

    def open(self) -> bool:
        """Open the enrolled patient's store and begin to sync; False if nobody is enrolled."""
        self.identity = load_identity(self.folder)
        path = self.path
        if self.identity is None or self.identity.token is None or path is None:
            return False
        self.db = open_store(path)
        with writing(self.db):
            keep_setting(self.db, "signed_out", False)
        announcer = Announcer(path, self._notifier, clock=self.clock)
        self._alarms = InProcessAlarms(self._ringing_by(announcer), clock=self.clock)
        server = self.identity.server
        self._worker = Worker(
            self.folder, path, self.identity,
            transport=lambda: self._transport(server), alarms=self._alarms,
            reliability=self.reliability, clock=self.clock, source=self._source,
        )  # fmt: skip
        self._worker.start()
        return True

    def _ringing_by(self, announcer: Announcer) -> Callable[[Alarm], None]:
        """What was shown is told to the server at once: the patient sees "waiting" until it is."""

        def ring(alarm: Alarm) -> None:
            announcer(alarm)
            self.wake()

        return ring

    def wake(self) -> None:
        """Sync now, and arm what has changed."""
        if self._worker is not None:
            self._worker.wake()

    @property
    def alarms_run(self) -> bool:
        """Whether what is armed will ring."""
        return self._alarms is not None and self._alarms.is_running()

    @property
    def outlives_app(self) -> bool:
        """Whether reminders ring when the window is closed."""
        return self._alarms is not None and self._alarms.outlives_app

    def arm(self) -> None:
        """Arm at once, without waiting for the network as `wake` may."""
        if self._alarms is not None:
            reminders.arm(self.store, self._alarms, self.reliability, now=self.clock())

    def enrol(self, server: str, code: str) -> Identity:
        """Trade the code for a token, on any thread; raises NotEnrolled. `open` comes after."""
        transport = self._transport(server)
        try:
            return enrol(
                transport, self.folder, server=server, code=code,
                name=(platform.node() or "Computer")[:80],
                platform=(platform.system() or "unknown")[:40],
            )  # fmt: skip
        finally:
            transport.close()

    def call(self) -> Transport | None:
        """A transport of its own for another thread; None if nobody is enrolled."""
        return self._transport(self.identity.server) if self.identity else None

    def waiting(self) -> int:
        """Entries of the enrolled patient that the server does not have, also when closed."""
        if self.db is not None:
            return sending.waiting(self.db).items
        if self.path is None or not self.path.exists():
            return 0
        db = open_store(self.path)
        try:
            return sending.waiting(db).items
        finally:
            db.close()

    def sign_out(self) -> None:
        """Forget the token and close; what was entered stays for the same person's return."""
        self.close()
        drop_token(self.folder)
        self.identity = load_identity(self.folder)

    def close(self) -> None:
        """Stop threads and close the store; nothing is lost if the network hangs."""
        if self._worker is not None:
            self._worker.stop(timeout_s=2.0)
        if self._alarms is not None:
            self._alarms.close()
        if self.db is not None:
            self.db.close()
        self._worker = self._alarms = self.db = None

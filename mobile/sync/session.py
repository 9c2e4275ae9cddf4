"""One person's use of this phone: identity, store, alarms and the sync thread, opened and closed
together.
"""

import platform
import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mobile.device.alarms import Alarm, Alarms, InProcessAlarms
from mobile.device.background_alarms import WINDOW_LOCK_NAME
from mobile.device.identity import (
    STORES,
    Identity,
    drop_token,
    forget_identity,
    is_enrolled,
    load_identity,
    store_path,
)
from mobile.device.network import DesktopNetwork, Network, may_sync
from mobile.device.notifications import Notifier
from mobile.device.one_process import OneProcess
from mobile.device.reliability import DesktopReliability, Reliability
from mobile.device.safe import Safe
from mobile.sources.source import Source
from mobile.store import sending
from mobile.store.database import keep_setting, open_store, writing
from mobile.sync import reminders
from mobile.sync.enrol import enrol
from mobile.sync.nearby import Bluetooth, no_bluetooth
from mobile.sync.reminders import Announcer
from mobile.sync.transport import Transport
from mobile.sync.worker import Status, Worker

Arming = Callable[[Path, bytes, Callable[[Alarm], None]], Alarms]


class Session:
    """Closed until `open`; the store's connection belongs to the thread that opened it."""

    def __init__(
        self,
        folder: Path,
        *,
        safe: Safe,
        transport: Callable[[str], Transport],
        notifier: Notifier,
        clock: Callable[[], datetime],
        alarms: Arming | None = None,
        reliability: Reliability | None = None,
        network: Network | None = None,
        source: Source | None = None,
        bluetooth: Callable[[], Bluetooth] = no_bluetooth,
    ):
        """`transport` is called with the server's address, on the thread that will use it; `alarms`
        makes the platform's alarms of folder, key and what rings in this process; `source` is the
        phone's health store, if it has one; `bluetooth` makes its radio, beside the screen.
        """
        self.folder, self.clock, self.safe = folder, clock, safe
        self.bluetooth = bluetooth
        self.reliability: Reliability = reliability or DesktopReliability()
        self.network: Network = network or DesktopNetwork()
        self.identity: Identity | None = load_identity(folder)
        self.db: sqlite3.Connection | None = None
        self._transport, self._notifier, self._source = transport, notifier, source
        self._arming = alarms or self._in_process
        self._alarms: Alarms | None = None
        self._worker: Worker | None = None
        self._window = OneProcess(folder / WINDOW_LOCK_NAME)

    def _in_process(self, _folder: Path, _key: bytes, ring: Callable[[Alarm], None]) -> Alarms:
        return InProcessAlarms(ring, clock=self.clock)

    @property
    def is_enrolled(self) -> bool:
        """Whether somebody is signed in here; needs no key."""
        return is_enrolled(self.folder)

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

    def connect(self) -> sqlite3.Connection:
        """A connection of its own for the calling thread; who asks closes it."""
        if self.path is None:
            raise RuntimeError("nobody is enrolled")
        return open_store(self.path, self.safe.key)

    @property
    def status(self) -> Status:
        """What the sync thread is doing."""
        return self._worker.status if self._worker else Status()

    @property
    def is_open(self) -> bool:
        """Whether somebody's data is open."""
        return self.db is not None

    def open(self) -> bool:
        """Open the enrolled patient's store and begin to sync; False if nobody is enrolled, or if
        the key is not at hand. Raises KeysShut, WrongKey.
        """
        if not self.safe.open():
            return False
        self.identity = load_identity(self.folder, self.safe.key)
        if self.identity is None or self.identity.token is None:
            return False
        self.db = self.connect()
        self._window.take()
        with writing(self.db):
            keep_setting(self.db, "signed_out", False)
        announcer = Announcer(self.connect, self._notifier, clock=self.clock)
        self._alarms = self._arming(self.folder, self.safe.key, self._ringing_by(announcer))
        server = self.identity.server
        self._worker = Worker(
            self.folder, self.connect, self.identity,
            transport=lambda: self._transport(server), alarms=self._alarms,
            reliability=self.reliability, clock=self.clock, source=self._source,
            may_sync=self.may_sync,
        )  # fmt: skip
        self._worker.start()
        return True

    def _ringing_by(self, announcer: Announcer) -> Callable[[Alarm], None]:
        """What was shown is told to the server at once: the patient sees "waiting" until it is."""

        def ring(alarm: Alarm) -> None:
            announcer(alarm)
            self.wake()

        return ring

    def may_sync(self) -> bool:
        """False on mobile data, if the patient wants none used."""
        return may_sync(self.folder, self.network)

    def wake(self, *, anyway: bool = False) -> None:
        """Sync now, and arm what has changed; `anyway`: on mobile data too."""
        if self._worker is not None:
            self._worker.wake(anyway=anyway)

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
        """Trade the code for a token, on any thread; raises NotEnrolled, Locked. `open` comes
        after.
        """
        self.safe.open()
        transport = self._transport(server)
        try:
            return enrol(
                transport, self.folder, server=server, code=code,
                name=(platform.node() or "Computer")[:80],
                platform=(platform.system() or "unknown")[:40],
                key=self.safe.key,
            )  # fmt: skip
        finally:
            transport.close()

    def call(self) -> Transport | None:
        """A transport of its own for another thread; None if nobody is enrolled."""
        return self._transport(self.identity.server) if self.identity else None

    def waiting(self) -> int:
        """Entries of the last patient that the server does not have, also when closed; counting
        needs no key.
        """
        if self.db is not None:
            return sending.waiting(self.db).items
        return sending.waiting_in(self.path) if self.path is not None else 0

    def sign_out(self) -> None:
        """Forget the token and close; what was entered stays for the same person's return."""
        self._disarm()
        self.close()
        drop_token(self.folder)
        self.identity = load_identity(self.folder)

    def wipe(self) -> None:
        """Everything of everybody goes from this device, unsent entries and the key too."""
        self._disarm()
        self.close()
        forget_identity(self.folder)  # first: the ringer ends, and no start finds half of it
        self.safe.wipe()
        shutil.rmtree(self.folder / STORES, ignore_errors=True)
        self.identity = None

    def _disarm(self) -> None:
        if self._alarms is not None:
            self._alarms.disarm()

    def close(self) -> None:
        """Stop threads and close the store; nothing is lost if the network hangs."""
        if self._worker is not None:
            self._worker.stop(timeout_s=2.0)
        if self._alarms is not None:
            self._alarms.close()
        if self.db is not None:
            self.db.close()
        self._window.give_back()
        self._worker = self._alarms = self.db = None

"""Rings and syncs while the window is closed: `python -m mobile.ringer --data DIR`.

Started by the app, one for each folder, with the store's key on standard input, or when the person
signs in to the computer. It ends when nobody is signed in to the app any more. While a window is
open it only rings: the window syncs.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path

from mobile.device.alarms import InProcessAlarms
from mobile.device.background_alarms import LOCK_NAME, WINDOW_LOCK_NAME
from mobile.device.clock import utc_now
from mobile.device.identity import Identity, load_identity, store_path
from mobile.device.keys import this_holder
from mobile.device.network import DesktopNetwork, may_sync
from mobile.device.notifications import DesktopNotifier, Notifier
from mobile.device.one_process import OneProcess
from mobile.device.reliability import DesktopReliability
from mobile.store.database import change_mark, open_store
from mobile.sync.reminders import Announcer, arm_planned
from mobile.sync.transport import Transport
from mobile.sync.worker import Worker

LOOK_S = 2.0
ARM_AGAIN_S = 300.0  # the plan moves on though nothing was changed
SYNC_S = 300.0  # well within the promise of background_alarms.py
PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Outside:
    """What the process meets: the network, the desktop's cards, the clock."""

    transport: Callable[[str], Transport]
    notifier: Notifier
    clock: Callable[[], datetime] = utc_now
    look_s: float = LOOK_S
    patience_s: float = PATIENCE_S


def run(folder: Path, key: bytes, outside: Outside) -> bool:
    """Ring until nobody is signed in; False if another process does already."""
    taken = OneProcess(folder / LOCK_NAME)
    ends = time.monotonic() + outside.patience_s
    while not taken.take():  # somebody may only be looking
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    try:
        identity = load_identity(folder, key)
        if identity is not None and identity.token is not None:
            _ring(folder, key, identity, outside)
    finally:
        taken.give_back()
    return True


def _ring(folder: Path, key: bytes, identity: Identity, outside: Outside) -> None:
    connect = partial(open_store, store_path(folder, identity.patient), key)
    db = connect()
    ring = Announcer(connect, outside.notifier, clock=outside.clock)
    alarms = InProcessAlarms(ring, clock=outside.clock, longest_sleep_s=outside.look_s)
    syncing = _Syncing(folder, connect, identity, alarms, outside)
    window = OneProcess(folder / WINDOW_LOCK_NAME)
    armed = _Armed(db, alarms, outside.clock)
    try:
        while load_identity(folder, key) == identity:
            armed.look()
            syncing.shall_run(not window.is_taken())
            time.sleep(outside.look_s)
    finally:
        syncing.shall_run(False)
        alarms.close()
        db.close()


class _Armed:
    """Keeps the next alarms armed: after each change of the store, and as time passes."""

    def __init__(
        self, db: sqlite3.Connection, alarms: InProcessAlarms, clock: Callable[[], datetime]
    ):
        self._db, self._alarms, self._clock = db, alarms, clock
        self._mark: tuple[int, int] | None = None
        self._at: datetime | None = None

    def look(self) -> None:
        now, mark = self._clock(), change_mark(self._db)
        waited = self._at is None or abs((now - self._at).total_seconds()) > ARM_AGAIN_S
        if mark != self._mark or waited:
            arm_planned(self._db, self._alarms, now=now)
            self._mark, self._at = mark, now


class _Syncing:
    """A sync thread, started and stopped."""

    def __init__(
        self,
        folder: Path,
        connect: Callable[[], sqlite3.Connection],
        identity: Identity,
        alarms: InProcessAlarms,
        outside: Outside,
    ):
        self._folder, self._connect, self._identity = folder, connect, identity
        self._alarms, self._outside = alarms, outside
        self._worker: Worker | None = None

    def shall_run(self, wanted: bool) -> None:
        if wanted and self._worker is None:
            server = self._identity.server
            self._worker = Worker(
                self._folder, self._connect, self._identity,
                transport=lambda: self._outside.transport(server), alarms=self._alarms,
                reliability=DesktopReliability(), clock=self._outside.clock, every_s=SYNC_S,
                may_sync=lambda: may_sync(self._folder, DesktopNetwork()),
            )  # fmt: skip
            self._worker.start()
        elif not wanted and self._worker is not None:
            self._worker.stop()
            self._worker = None


def _http(server: str) -> Transport:
    made: Transport = import_module("mobile.sync.http").HttpTransport(server)
    return made


def _kept_key(folder: Path) -> bytes | None:
    """Started at sign-in, not by the app: the key is where the device keeps it."""
    holder = this_holder(folder)
    return None if holder is None else holder.load()


def main() -> None:
    """Read the key and ring."""
    parser = argparse.ArgumentParser(prog="python -m mobile.ringer", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the app's folder")
    options = parser.parse_args()
    key = bytes.fromhex(sys.stdin.readline().strip()) or _kept_key(options.data)
    if key is not None:
        run(options.data, key, Outside(_http, DesktopNotifier()))


if __name__ == "__main__":
    main()

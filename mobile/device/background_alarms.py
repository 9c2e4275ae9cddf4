"""Alarms of a computer: a small process that rings whether the window is open or not.

It reads the store itself and arms the next 48 again and again (mobile/ringer.py), so a week without
the app needs no help. What the app does is to see that it runs.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from mobile.device.alarms import NOTHING, Alarm, Happened
from mobile.device.at_login import no_more_at_login, start_at_login
from mobile.device.one_process import OneProcess

LOCK_NAME = "ringer.lock"
WINDOW_LOCK_NAME = "window.lock"
PROMISE = timedelta(minutes=10)
HOME = Path(__file__).resolve().parents[2]  # where the package lies


def start_ringer(folder: Path, key: bytes) -> subprocess.Popen[bytes]:
    """Start the process; the key goes through a pipe, so it stands in no list of processes."""
    started = subprocess.Popen(  # noqa: S603 (our own module)
        [sys.executable, "-m", "mobile.ringer", "--data", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd=HOME, start_new_session=True,
    )  # fmt: skip
    if started.stdin is not None:
        started.stdin.write(key.hex().encode() + b"\n")
        started.stdin.close()
    return started


class BackgroundAlarms:
    """See `Alarms`."""

    outlives_app = True

    def __init__(
        self,
        folder: Path,
        key: bytes,
        start: Callable[[Path, bytes], subprocess.Popen[bytes]] = start_ringer,
        *,
        at_login: bool = False,
    ):
        """`at_login`: the device keeps the key, so it can also start without the app."""
        self._folder, self._key, self._start = folder, key, start
        self._taken = OneProcess(folder / LOCK_NAME)
        self._started: subprocess.Popen[bytes] | None = None
        if at_login:
            start_at_login(folder, HOME)

    def arm(self, alarms: Sequence[Alarm]) -> None:
        """It sees by itself what has changed; here it is started, should it have ended."""
        if not self.is_running():
            try:
                self._started = self._start(self._folder, self._key)
            except OSError:
                self._started = None

    def happened(self) -> Happened:
        """The process writes into the store itself."""
        return NOTHING

    def disarm(self) -> None:
        """It sees the sign-out by itself and ends."""
        no_more_at_login(self._folder)

    def promised_until(self, armed_until: datetime, *, now: datetime) -> datetime:
        """Ten minutes, renewed by the window or the process: a computer that is switched off says
        nothing, and then the server must remind.
        """
        return min(armed_until, now + PROMISE)

    def is_running(self) -> bool:
        """Whether the process lives, or is just starting."""
        starting = self._started is not None and self._started.poll() is None
        return starting or self._taken.is_taken()

    def close(self) -> None:
        """The window closes; the ringing goes on."""

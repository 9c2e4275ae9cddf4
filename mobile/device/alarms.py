"""The port for alarms: arm the next occurrences, each rings once.

Android's AlarmManager rings by Java of ours (android_alarms.py); on a computer a small process does
that outlives the window (background_alarms.py). The thread here is what that process rings with.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

MOST = 48  # iOS keeps 64 pending notifications and drops the rest without a word
PROMISE = timedelta(minutes=10)
LONGEST_SLEEP_S = 20.0
AGAIN_S = 1.0  # before an alarm that failed to ring is tried again

logger = logging.getLogger("evenkeel.alarms")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One occurrence to announce at `due_at`, worth saying until `until`."""

    key: str
    due_at: datetime
    until: datetime
    title: str
    body: str
    dose: str = ""  # what taken, later and skip are about, where the platform has buttons
    snooze: timedelta = timedelta(minutes=15)
    critical: bool = False  # may wake the patient through silence


@dataclass(frozen=True, slots=True)
class Answered:
    """A button that was pressed on a card while the app did not run."""

    at_ms: int
    dose: str
    status: str


@dataclass(frozen=True, slots=True)
class Happened:
    """What the platform did without the app: keys that rang, and what was answered."""

    rung: tuple[str, ...] = ()
    answered: tuple[Answered, ...] = ()


NOTHING = Happened()


class Alarms(Protocol):
    """What the app needs of the platform's alarms."""

    def arm(self, alarms: Sequence[Alarm]) -> None:
        """These are the ones to ring from now on; earlier ones that are not among them are off."""
        ...

    def happened(self) -> Happened:
        """Since it was last asked; each answer is told once."""
        ...

    def disarm(self) -> None:
        """Nobody is signed in any more: nothing rings."""
        ...

    def promised_until(self, armed_until: datetime, *, now: datetime) -> datetime:
        """Up to when the server can leave announcing to this device."""
        ...

    def is_running(self) -> bool:
        """Whether what is armed will ring."""
        ...

    @property
    def outlives_app(self) -> bool:
        """Whether it rings when the app is closed."""
        ...

    def close(self) -> None:
        """Stop ringing."""
        ...


def split_due(
    alarms: Sequence[Alarm], rung: set[str], *, now: datetime
) -> tuple[list[Alarm], datetime | None]:
    """The alarms that should ring now, and the moment of the next one."""
    fresh = [a for a in alarms if a.key not in rung]
    due = [a for a in fresh if a.due_at <= now <= a.until]
    return due, min((a.due_at for a in fresh if a.due_at > now), default=None)


class InProcessAlarms:
    """A thread that sleeps until the next one is due; it ends with its process."""

    outlives_app = False

    def __init__(
        self,
        ring: Callable[[Alarm], None],
        *,
        clock: Callable[[], datetime],
        longest_sleep_s: float = LONGEST_SLEEP_S,
    ):
        """`ring` is called once for each key, on this object's own thread."""
        self._ring, self._clock, self._longest_sleep_s = ring, clock, longest_sleep_s
        self._alarms: tuple[Alarm, ...] = ()
        self._rung: set[str] = set()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)
        self._thread.start()

    def arm(self, alarms: Sequence[Alarm]) -> None:
        """Replace what is armed."""
        with self._changed:
            self._alarms = tuple(sorted(alarms, key=lambda a: a.due_at)[:MOST])
            self._changed.notify()

    def happened(self) -> Happened:
        """Nothing without the app."""
        return NOTHING

    def disarm(self) -> None:
        """Nothing is armed."""
        self.arm(())

    def promised_until(self, armed_until: datetime, *, now: datetime) -> datetime:
        """Ten minutes at most: this thread ends with the app."""
        return min(armed_until, now + PROMISE)

    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop the thread and wait for it."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                due, following = split_due(self._alarms, self._rung, now=self._clock())
                self._rung.update(a.key for a in due)
                if not due:
                    self._changed.wait(self._nap(following))
            for alarm in due:
                self._ring_safely(alarm)

    def _ring_safely(self, alarm: Alarm) -> None:
        """A fault must not end this thread: then nothing would ring any more."""
        try:
            self._ring(alarm)
        except Exception as error:
            logger.error("ringing failed: %s", type(error).__name__)
            with self._changed:
                self._rung.discard(alarm.key)
                if not self._closed:
                    self._changed.wait(AGAIN_S)

    def _nap(self, following: datetime | None) -> float:
        """Never longer than that: a changed wall clock must be noticed."""
        if following is None:
            return self._longest_sleep_s
        return min(self._longest_sleep_s, max(0.05, (following - self._clock()).total_seconds()))

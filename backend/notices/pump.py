"""The pump: round and round the buckets, claim what is due, announce it, try again what failed.

It stands on PostgreSQL alone: with Redis and Celery off it says everything that has to be said.
Any number may run side by side; each skips what another holds, and none keeps in memory what
matters.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from math import isinf

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from backend.core import health
from backend.notices import claims
from backend.notices.channels import Channel
from backend.notices.sending import deliver

logger = logging.getLogger("evenkeel.notices")

WIDTH = 128  # buckets a claim
PAUSE_S = 0.5
AWAY_S = 0.5
SWEEP_S = 60.0
ASK_S = 5.0  # whether it is one's turn to sweep
BEAT_S = 5.0
# Who sweeps how far back: one pump of all, each in so many times the usual pause.
SWEEPS = (
    ("sweep-48h", 360, timedelta(hours=48)),
    ("sweep-1h", 15, timedelta(hours=1)),
    ("sweep", 1, timedelta(minutes=10)),
)
FIRST_PAGE = 100  # doubled with each page done: a pump that is killed every few seconds gets on too
LEASE_SHARE = 0.7  # of the lease; what is left by then is given back


class Pump:
    """One pump; `stopping` is asked between patients, so that it ends within moments."""

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        stopping: Callable[[], bool] = lambda: False,
        lease: timedelta = claims.LEASE,
        sweep_s: float = SWEEP_S,
        page: int = claims.PAGE,
    ):
        self._channels, self._stopping = channels, stopping
        self._lease, self._sweep_s, self._most = lease, sweep_s, page
        self._page = min(FIRST_PAGE, page)
        self._has_buckets = False
        self._asked_at = self._beaten_at = -float("inf")

    def run(self) -> None:
        """Until told to stop; a database that goes away is waited for."""
        while not self._stopping():
            try:
                if not self.round():
                    time.sleep(PAUSE_S)
            except (OperationalError, InterfaceError) as error:
                logger.warning("the database is away: %s", type(error).__name__)
                self._forget_connection()
                time.sleep(AWAY_S)

    def round(self) -> int:
        """All waiting buckets once, retries and, when it is time, the sweep; how many claimed."""
        if not self._has_buckets:
            claims.ensure_buckets()
            self._has_buckets = True
        done = self._deliver_waiting()
        done += self._deliver(claims.retry(page=self._page, lease=self._lease))
        done += self._sweep_if_due()
        self._beat()
        return done

    def _deliver_waiting(self) -> int:
        done, left = 0, claims.waiting()
        random.shuffle(left)  # pumps side by side meet less often
        while left and not self._stopping():
            keys, unfinished = claims.claim(left[:WIDTH], page=self._page, lease=self._lease)
            done += self._deliver(keys)
            left[:WIDTH] = unfinished
        return done

    def _sweep_if_due(self) -> int:
        done = 0
        if isinf(self._sweep_s) or (window := self._turn()) is None:
            return done
        while keys := claims.sweep(window=window, page=self._page, lease=self._lease):
            done += self._deliver(keys)
            if self._stopping():
                break
        return done

    def _turn(self) -> timedelta | None:
        """How far back to sweep, if it is this pump's turn."""
        if time.monotonic() - self._asked_at < min(self._sweep_s, ASK_S):
            return None
        self._asked_at = time.monotonic()
        turns = [
            window
            for name, times, window in SWEEPS
            if health.take_turn(name, every_s=times * self._sweep_s)
        ]
        return max(turns, default=None)

    def _deliver(self, keys: list[str]) -> int:
        if keys:
            until = time.monotonic() + self._lease.total_seconds() * LEASE_SHARE
            deliver(
                keys,
                self._channels,
                now=claims.clock(),
                may_go_on=lambda: time.monotonic() < until and not self._stopping(),
            )
            self._page = min(2 * self._page, self._most)
            self._beat()
        return len(keys)

    def _beat(self) -> None:
        if time.monotonic() - self._beaten_at >= BEAT_S:
            health.beat("pump")
            self._beaten_at = time.monotonic()

    @staticmethod
    def _forget_connection() -> None:
        try:
            connection.close()
        except DatabaseError:
            connection.connection = None

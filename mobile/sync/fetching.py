"""Bring what the server keeps of a stream onto the phone, for charts without a network."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from backend.wire.measures import CODED, MEASURES
from mobile.store import bodies, shadow
from mobile.store.database import keep_setting, setting, writing
from mobile.sync.series import Series, fetch_series, read_series
from mobile.sync.transport import Transport

OVERVIEW = timedelta(days=90)
OVERVIEW_EVERY = timedelta(hours=6)


def fetch_stretch(
    db: sqlite3.Connection, transport: Transport, token: str, kind: str,
    *, start: datetime, end: datetime, resolution: str, key: str, now: datetime,
) -> bool:  # fmt: skip
    """Fetch and keep one stretch, and under `key` when; False if the server did not answer."""
    found = fetch_series(transport, token, kind, start, end, resolution)
    if found is None:
        return False
    with writing(db):
        shadow.keep_stream(db, kind, resolution, found)
        keep_setting(db, key, bodies.ms_of(now))
    return True


def fetch_known(
    db: sqlite3.Connection, transport: Transport, token: str, kind: str,
    *, start: datetime, end: datetime, finer: Callable[[Series], str | None],
    key: str, now: datetime,
) -> bool:  # fmt: skip
    """Fetch the days of a stretch, and then what `finer` asks for by what they say; False if the
    server did not answer.
    """

    def fetch(resolution: str) -> bool:
        return fetch_stretch(
            db, transport, token, kind,
            start=start, end=end, resolution=resolution, key=key, now=now,
        )  # fmt: skip

    if not fetch("day"):
        return False
    wanted = finer(read_series(db, kind, start, end))
    return wanted is None or fetch(wanted)


def overview_is_due(db: sqlite3.Connection, *, now: datetime) -> bool:
    """Whether it is time to ask the server again what it has at all."""
    asked_ms: int = setting(db, "overview_ms", 0)
    return bodies.ms_of(now) - asked_ms > OVERVIEW_EVERY / timedelta(milliseconds=1)


def fetch_overview(
    db: sqlite3.Connection, transport: Transport, token: str,
    *, end: datetime, now: datetime, stopping: Callable[[], bool] = lambda: False,
) -> bool:  # fmt: skip
    """The days of every kind: a phone that has just been enrolled learns what there is to show."""
    for kind in MEASURES:
        if kind in CODED:
            continue
        found = fetch_series(transport, token, kind, end - OVERVIEW, end, "day")
        if found is None or stopping():
            return False
        shadow.keep_stream(db, kind, "day", found)
    with writing(db):
        keep_setting(db, "overview_ms", bodies.ms_of(now))
    return True

"""The model of glucose that this phone forecasts with, kept as it came with a sync; and what it
says of the readings that are here.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from backend.wire.glucose_ahead import (
    MOST_POINTS,
    NO_MODEL,
    READS,
    STEP_MS,
    Ahead,
    digest_of,
    forecast,
    latest_window,
)
from mobile.store import bodies
from mobile.store.database import keep_setting, setting, writing
from mobile.sync.series import read_series

FRESH_MS: Final = 20 * 60_000  # an older reading says nothing of the minutes to come
LOOKED_AT: Final = timedelta(milliseconds=STEP_MS * (MOST_POINTS + 1))
KEY: Final = "glucose_model"
DIGEST: Final = "glucose_model_digest"
MEASURED: Final = """
SELECT EXISTS (SELECT 1 FROM item WHERE sort = 'upload' AND kind = tag('glucose'))
    OR EXISTS (SELECT 1 FROM stream_cache WHERE kind = tag('glucose'))
"""


def known_model(db: sqlite3.Connection) -> str | None:
    """The digest to tell the server; None while nobody measures glucose here."""
    digest: str | None = setting(db, DIGEST)
    if digest is not None:
        return digest
    return "" if db.execute(MEASURED).fetchone()[0] else None


def keep_model(db: sqlite3.Connection, model: Any) -> None:
    """What came, if this app understands it; a newer server's model waits for a newer app.

    Where the server has retired it, nothing is forecast any more.
    """
    if not isinstance(model, dict):
        return
    with writing(db):
        if model.get("version") in READS:
            keep_setting(db, KEY, model)
        elif model == NO_MODEL:
            keep_setting(db, KEY, None)
        keep_setting(db, DIGEST, digest_of(model))


def model(db: sqlite3.Connection) -> dict[str, Any] | None:
    """The one to forecast with."""
    found: dict[str, Any] | None = setting(db, KEY)
    return found


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The forecast, in mg/dL, and the reading that it goes on from."""

    last_ms: int
    last_mg_dl: float
    ahead: Ahead


def foresee(
    db: sqlite3.Connection, *, order: Sequence[str], zone: ZoneInfo, now: datetime
) -> Foreseen | None:
    """None without a model, without a fresh reading, or where a gap leaves too little."""
    found = model(db)
    if found is None:
        return None
    local = now.astimezone(zone)
    series = read_series(db, "glucose", local - LOOKED_AT, local, order=order)
    return foreseen(found, series.instants, series.values, now=now)


def foreseen(
    model: dict[str, Any], instants: Sequence[int], values: Sequence[float], *, now: datetime
) -> Foreseen | None:
    """The same from readings in the order of time."""
    if not instants or bodies.ms_of(now) - instants[-1] >= FRESH_MS:
        return None
    window = latest_window(instants, values)
    if window is None:
        return None
    return Foreseen(instants[-1], values[-1], forecast(model, window))

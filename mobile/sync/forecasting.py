"""The model of glucose that this phone forecasts with: asked for with a sync, kept as it came."""

import sqlite3
from typing import Any, Final

from backend.wire.glucose_ahead import VERSION, digest_of
from mobile.store.database import keep_setting, setting, writing

KEY: Final = "glucose_model"
DIGEST: Final = "glucose_model_digest"
MEASURED: Final = """
SELECT EXISTS (SELECT 1 FROM item WHERE sort = 'upload' AND kind = 'glucose')
    OR EXISTS (SELECT 1 FROM stream_cache WHERE kind = 'glucose')
"""


def known_model(db: sqlite3.Connection) -> str | None:
    """The digest to tell the server; None while nobody measures glucose here."""
    digest: str | None = setting(db, DIGEST)
    if digest is not None:
        return digest
    return "" if db.execute(MEASURED).fetchone()[0] else None


def keep_model(db: sqlite3.Connection, model: Any) -> None:
    """What came, if this app understands it; a newer server's model waits for a newer app."""
    if not isinstance(model, dict):
        return
    with writing(db):
        if model.get("version") == VERSION:
            keep_setting(db, KEY, model)
        keep_setting(db, DIGEST, digest_of(model))


def model(db: sqlite3.Connection) -> dict[str, Any] | None:
    """The one to forecast with."""
    found: dict[str, Any] | None = setting(db, KEY)
    return found

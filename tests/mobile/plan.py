"""Puts a server's rows onto a phone, as a sync would."""

from typing import Any

from mobile.store import sending, shadow
from tests.mobile.phone import Phone


def give(phone: Phone, **changes: list[dict[str, Any]]) -> None:
    """Lay rows into the shadow; each gets a fresh revision."""
    batch = sending.empty_batch(phone.db)
    number = int((batch.cursor or "0.0").split(".")[1])
    told: dict[str, list[dict[str, Any]]] = {}
    for kind, rows in changes.items():
        for row in rows:
            number += 1
            told.setdefault(kind, []).append(row | {"revision": number})
    assert shadow.apply_changes(phone.db, batch, told, f"0.{number}", more=False)

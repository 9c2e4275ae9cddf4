"""What the server refused, whole, so that what somebody wrote can be read and sent again."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from mobile.store import bodies


@dataclass(frozen=True, slots=True)
class Refused:
    """An event as it was sent, and why it was refused."""

    id: str
    body: dict[str, Any]
    problems: tuple[dict[str, Any], ...]


def refused_events(db: sqlite3.Connection, kind: str) -> list[Refused]:
    """Of one type, that the patient has not put away, oldest first."""
    rows = db.execute(
        "SELECT id, unseal(body) AS body, unseal(problems) AS problems FROM item"
        " WHERE sort = 'event' AND kind = tag(?) AND state = 'refused' AND seen = 0"
        " ORDER BY number",
        (kind,),
    )
    return [
        Refused(row["id"], bodies.unpack(row["body"]), tuple(json.loads(row["problems"] or "[]")))
        for row in rows
    ]


def put_away_event(db: sqlite3.Connection, id_: str) -> None:
    """The patient has seen it; the item itself is kept."""
    db.execute("UPDATE item SET seen = 1 WHERE id = ?", (id_,))

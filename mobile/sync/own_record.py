"""The patient's whole record: a copy of it in a file, and its end. Both need the server."""

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from backend.wire.measures import MEASURES
from mobile.store import outbox
from mobile.sync.transport import NoConnection, Transport

EXPORT_PATH = "/api/v1/export"
ERASE_PATH = "/api/v1/erase"


class NotDone(Exception):
    """The server did not answer, or would not; nothing has changed."""


def save_copy(
    db: sqlite3.Connection, transport: Transport, token: str, folder: Path, *, day: date
) -> Path:
    """A zip with the record, a table for each kind of measurement, and what was not sent yet.

    Under its name only once it is whole; raises NotDone, OSError.
    """
    whole = _free_name(folder, f"evenkeel-{day.isoformat()}")
    part = whole.with_suffix(".part")
    try:
        with ZipFile(part, "w", ZIP_DEFLATED) as file:
            record = _record(transport, token)
            file.writestr("record.json", json.dumps(record, ensure_ascii=False, indent=1))
            unsent = list(outbox.unsent_bodies(db))
            file.writestr("not-sent-yet.json", json.dumps(unsent, ensure_ascii=False, indent=1))
            for kind in record.get("measured", []):
                if kind in MEASURES:
                    _table(transport, token, file, kind)
        part.chmod(0o600)
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)
    return whole


def _free_name(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return next(path for one in names if not (path := folder / f"{one}.zip").exists())


def _record(transport: Transport, token: str) -> dict[str, Any]:
    try:
        answer = transport.call("GET", EXPORT_PATH, token=token)
    except NoConnection:
        raise NotDone from None
    if answer.status != 200 or not answer.body:
        raise NotDone
    return answer.body


def _table(transport: Transport, token: str, file: ZipFile, kind: str) -> None:
    try:
        with file.open(f"{kind}.csv", "w") as out:
            status = transport.save(f"{EXPORT_PATH}/{kind}.csv", out, token=token)
    except NoConnection:
        raise NotDone from None
    if status != 200:
        raise NotDone


def erase(transport: Transport, token: str) -> None:
    """Everything at the server goes, for good; raises NotDone."""
    try:
        answer = transport.call("POST", ERASE_PATH, body=b'{"sure":true}', token=token)
    except NoConnection:
        raise NotDone from None
    if answer.status != 204:
        raise NotDone

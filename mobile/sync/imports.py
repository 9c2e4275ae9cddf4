"""Bring a file's measurements into the outbox."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mobile.sources.csv_export import read_export
from mobile.store.outbox import UPLOAD_SAMPLES, Samples, record_samples


@dataclass(frozen=True, slots=True)
class Imported:
    """What came out of a file."""

    kind: str
    samples: int
    left_aside: int


def import_file(db: sqlite3.Connection, path: Path, *, zone: ZoneInfo, now: datetime) -> Imported:
    """Keep the file's samples for sending, in steps so small that a screen beside it stays alive.

    Raises Unreadable or OSError. Importing a file twice is harmless: the server knows each sample
    by its kind, source and instant.
    """
    reading = read_export(path, zone=zone)
    step = UPLOAD_SAMPLES
    for at in range(0, len(reading.values), step):
        part = Samples(
            reading.kind,
            reading.source,
            reading.unit,
            reading.instants_ms[at : at + step],
            reading.values[at : at + step],
        )
        record_samples(db, part, now=now)
    return Imported(reading.kind, len(reading.values), sum(reading.left_aside.values()))

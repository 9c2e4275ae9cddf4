"""Where files wait for their import: a folder for nobody else's eyes, swept of leftovers."""

import os
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

LEFT_OVER = timedelta(hours=1)
ARRIVING = ".arriving"


def folder() -> Path:
    """The folder, made if need be. Web and workers of several machines have to share it."""
    found = Path(settings.DATA_DIR) / "imports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def path_of(import_id: UUID) -> Path:
    """Where an import's file waits."""
    return folder() / str(import_id)


def keep(arrived: Path, import_id: UUID) -> None:
    """Take a file that has arrived whole; its first name may be deleted by whoever received it."""
    os.link(arrived, path_of(import_id))


def forget(import_id: UUID) -> None:
    """The file is not needed any more."""
    path_of(import_id).unlink(missing_ok=True)


def sweep_files(wanted: Collection[UUID], *, now: datetime) -> int:
    """Delete what no import waits for and nobody is writing; returns how many files."""
    names = {str(import_id) for import_id in wanted}
    swept = 0
    for path in folder().iterdir():
        try:
            old = now.timestamp() - path.stat().st_mtime > LEFT_OVER.total_seconds()
        except FileNotFoundError:
            continue
        if path.name not in names and old:
            path.unlink(missing_ok=True)
            swept += 1
    return swept

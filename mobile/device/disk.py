"""How much room the device has left."""

import shutil
from pathlib import Path

LEAST_FREE = 200_000_000  # below, other apps fail too, and Android warns by itself


def is_nearly_full(folder: Path, least: int = LEAST_FREE) -> bool:
    """Whether the disk under a folder has less than `least` bytes left."""
    return shutil.disk_usage(folder).free < least

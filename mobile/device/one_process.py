"""A lock on a file that one process at a time can hold; it falls when its holder ends, however."""

import os
import sys
from importlib import import_module
from pathlib import Path


class OneProcess:
    """Take it once; it is held until `give_back` or the end of the process."""

    def __init__(self, path: Path):
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """False if another process holds it."""
        if self._descriptor is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def give_back(self) -> None:
        """Others may take it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_taken(self) -> bool:
        """Whether another process holds it."""
        if self._descriptor is not None:
            return False
        if not self._path.exists():
            return False
        free = self.take()
        self.give_back()
        return not free


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        windows = import_module("msvcrt")
        windows.locking(descriptor, windows.LK_NBLCK, 1)
    else:
        posix = import_module("fcntl")
        posix.flock(descriptor, posix.LOCK_EX | posix.LOCK_NB)

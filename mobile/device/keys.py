"""The port to the place where this device keeps the store's key: Keystore, Keychain, OS keyring.

None stands where there is no such place; then the key is kept under the patient's PIN (safe.py).
"""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Protocol


class KeysShut(Exception):
    """The place is there and would not open: locked, or the patient said no."""


class KeyHolder(Protocol):
    """Keeps one key for one folder of ours; each call raises KeysShut."""

    def load(self) -> bytes | None:
        """The key, or None if none was kept."""
        ...

    def keep(self, key: bytes) -> None:
        """In place of an earlier one."""
        ...

    def forget(self) -> None:
        """What was sealed with it can never be read again."""
        ...


class KeysInMemory:
    """For tests."""

    def __init__(self, key: bytes | None = None):
        self.key = key

    def load(self) -> bytes | None:
        """The key."""
        return self.key

    def keep(self, key: bytes) -> None:
        """For as long as this object lives."""
        self.key = key

    def forget(self) -> None:
        """No key any more."""
        self.key = None


def this_holder(
    folder: Path, platform: str = "", bridges: Callable[[str], object] = import_module
) -> KeyHolder | None:
    """The platform's own place; each bridge is imported where it is needed (DECISIONS 16)."""
    platform = platform or ("android" if hasattr(sys, "getandroidapilevel") else sys.platform)
    name = "android_keys" if platform == "android" else "desktop_keys"
    made: KeyHolder | None = bridges(f"mobile.device.{name}").holder(folder)  # type: ignore[attr-defined]
    return made

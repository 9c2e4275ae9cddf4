"""The port to Bluetooth as the screens see it: look around, fetch from a device that is used.

Apart from pairing.py, which does it, because the radio's library takes long to import (DECISIONS
16): main.py loads that one beside the screen.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo


class NoRadio(Exception):
    """There is no Bluetooth here, it is switched off, or the app may not use it."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """A device in reach that measures something we know."""

    source: str
    name: str
    address: str
    services: tuple[str, ...]


class Bluetooth(Protocol):
    """Both calls take their time: never on the screen's thread."""

    def look_around(self) -> list[Nearby]:
        """The devices in reach, by name; raises NoRadio."""
        ...

    def fetch(
        self, connect: Callable[[], sqlite3.Connection], source: str, *, zone: ZoneInfo
    ) -> None:
        """Keep in the store what a used device has to give and note how it went. Raises NoRadio."""
        ...


def no_bluetooth() -> Bluetooth:
    """Where there is none."""
    raise NoRadio

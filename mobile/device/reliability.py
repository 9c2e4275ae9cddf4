"""Whether this device can be relied on to ring, as it says itself.

Each platform answers what it can; None stands where it does not tell, or where there is no such
thing. A desktop knows only whether its last card was shown, which the store remembers.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Protocol

EXACT: Final = "exact"
CARDS: Final = "cards"
SOUND: Final = "sound"
BATTERY: Final = "battery"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the platform allows now.

    `exact`: alarms on the minute; `cards`: notifications; `sound`: they are heard; `unthrottled`:
    this app is not put to sleep to save battery; `saving`: the battery saver is on; `quiet`: do not
    disturb is on; `driving`: the phone is connected to a car.
    """

    exact: bool | None = None
    cards: bool | None = None
    sound: bool | None = None
    unthrottled: bool | None = None
    saving: bool | None = None
    quiet: bool | None = None
    driving: bool | None = None

    @property
    def can_ring(self) -> bool:
        """False where a reminder would surely be late, unseen or unheard."""
        return False not in (self.exact, self.cards, self.sound)


class Reliability(Protocol):
    """What the app asks the platform."""

    opens: frozenset[str]

    def look(self) -> Standing:
        """How things stand; quick, on any thread."""
        ...

    def open_settings(self, which: str) -> None:
        """Show the platform's page where the patient can change this, one of `opens`."""
        ...


class DesktopReliability:
    """A desktop has no permissions to ask about, and no page of settings that we could open."""

    opens: frozenset[str] = frozenset()

    def look(self) -> Standing:
        """Nothing is known before a card has been shown."""
        return Standing()

    def open_settings(self, which: str) -> None:
        """There is none."""


def this_device(platform: str = "", bridges: Callable[[str], Any] = import_module) -> Reliability:
    """The platform's own answers; a bridge to Android is imported where Android is."""
    platform = platform or ("android" if hasattr(sys, "getandroidapilevel") else sys.platform)
    if platform == "android":
        made: Reliability = bridges("mobile.device.android").AndroidReliability()
        return made
    return DesktopReliability()

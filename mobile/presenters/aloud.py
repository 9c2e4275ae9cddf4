"""A screen as one hears it: each thing in its turn, with what it is where that helps."""

from collections.abc import Iterable
from typing import Final, Protocol

from mobile.words import Words

NAMED_ROLES: Final = ("button", "tab", "field", "chart")


class Sayable(Protocol):
    """What is needed of a thing on the screen."""

    @property
    def role(self) -> str:
        """What it is."""

    @property
    def name(self) -> str:
        """What is written on it."""

    @property
    def value(self) -> str:
        """What it stands at."""

    @property
    def part(self) -> bool:
        """Whether another thing says its words."""

    @property
    def enabled(self) -> bool:
        """Whether it can be used now."""


def spoken(things: Iterable[Sayable], words: Words) -> str:
    """One line for each thing that has something to say; what cannot be used now is left out."""
    lines = []
    for thing in things:
        if thing.part or not thing.enabled or thing.role == "icon" or not thing.name.strip():
            continue
        said = [thing.name.strip()]
        if thing.value:
            said.append(thing.value)
        if thing.role in NAMED_ROLES:
            said.append(words(f"role_{thing.role}"))
        lines.append(", ".join(said))
    return "\n".join(line if line.endswith((".", "?", "!", "…")) else f"{line}." for line in lines)

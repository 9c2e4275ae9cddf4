"""The few shapes that screens are made of."""

from dataclasses import dataclass
from enum import StrEnum

from mobile.sync.deeds import Deed


class Tone(StrEnum):
    """How a card or a line is coloured; never by colour alone, an icon says the same."""

    CALM = "calm"
    DUE = "due"
    LATE = "late"
    DONE = "done"
    TROUBLE = "trouble"


class Look(StrEnum):
    """How much a button asks for attention."""

    FILLED = "filled"
    TONAL = "tonal"
    OUTLINED = "outlined"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: what it says and what it does."""

    label: str
    deed: Deed
    look: Look = Look.OUTLINED


@dataclass(frozen=True, slots=True)
class Icons:
    """A hundred people as icons, so many of them filled; `says` tells the same in words."""

    filled: int
    says: str


@dataclass(frozen=True, slots=True)
class Card:
    """One thing on a screen; `tag` stays the same while the thing does."""

    tag: str
    icon: str
    when: str
    title: str
    body: str = ""
    small: str = ""
    tone: Tone = Tone.CALM
    choices: tuple[Choice, ...] = ()
    pictures: tuple[Icons, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Cards under one heading."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One of several to choose from."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choosing:
    """A question with its options; `key` says what it sets."""

    key: str
    title: str
    options: tuple[Option, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Typing:
    """A question that is answered in writing; `typed` None: words that are only to be read."""

    key: str
    title: str
    text: str
    typed: str | None = None
    hint: str = ""
    is_long: bool = False

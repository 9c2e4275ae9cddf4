"""What every source of measurements on a phone can be asked, whatever the platform behind it.

A source has topics, each read by its own token: a permission that is taken back for one stops none
of the others. The token is opaque to the reader, who keeps it in the same commit as the records:
then a kill between reading and keeping repeats a page and loses nothing. Bluetooth devices are
listened to instead (`ble`), and a meter's memory is read by its record numbers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from backend.wire.measures import MEASURES, convert

LONGEST_NAME = 80


class Permission(StrEnum):
    """Whether a topic may be read; HealthKit never says."""

    GRANTED = "granted"
    REFUSED = "refused"
    UNSAID = "unsaid"
    MISSING = "missing"


class Expired(Exception):
    """The token is too old or not known any more: read again from a moment, without a token."""


class Revoked(Exception):
    """The permission was taken back."""


class Unreachable(Exception):
    """The platform cannot answer now: locked, busy, over its limit of calls. Try later."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What has a permission and a token of its own, and the kinds that it brings."""

    name: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind from one device or app: (ms since 1970, value in `unit`).

    `closing` ends what the last value began (the last stage of a night), unless another record
    begins something at that very instant.
    """

    kind: str
    source: str
    unit: str
    pairs: tuple[tuple[int, float], ...]
    closing: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the platform; the same id again is a newer version of it.

    `zone_offset_min` is where its owner's clocks stood; instants need none.
    """

    id: str
    series: tuple[Series, ...]
    zone_offset_min: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in the order in which they happened, and the token that follows them.

    `whole_since_ms` is set on the last page of a reading from a moment: a record that was known
    from then on and did not come any more is gone.
    """

    records: tuple[Record, ...]
    deleted: tuple[str, ...]
    left_aside: tuple[str, ...]
    token: str
    more: bool
    whole_since_ms: int | None = None


class Source(Protocol):
    """Something on this phone that keeps measurements."""

    name: str
    topics: tuple[Topic, ...]

    def permission(self, topic: Topic) -> Permission:
        """Whether the topic may be read."""
        ...

    def changes(self, topic: Topic, token: str | None, *, since: datetime) -> Page:
        """What changed since the token, or without one all that began at `since` or later.

        Raises Expired, Revoked, Unreachable.
        """
        ...


def name_of(store: str, app: str, device: str = "") -> str:
    """A source's name: the store, the app that wrote, the device that measured.

    What is too long, or holds an identifier of one single device, ends in a digest instead.
    """
    app = re.sub(r"\.[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}$", lambda m: f"-{_digest(m[0])}", app)
    parts = (re.sub(r"[^a-z0-9.]+", "-", part.lower()).strip("-.") for part in (app, device))
    name = f"{store}:{'/'.join(filter(None, parts)) or 'unknown'}"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 7]}-{_digest(name)}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:6]


def fault_of(kind: str, unit: str, values: Sequence[float]) -> str:
    """Why these values cannot be kept; empty if they can. The text quotes no value."""
    measure = MEASURES[kind]
    for value in convert(kind, unit, values):
        if not measure.low <= value <= measure.high:
            return f"out of range: the {measure.label.lower()}"
    return ""

"""The trial ring: an alarm that goes the way of every reminder, and what the patient says of it.

What was found stands in the store: whether the last card was shown, and whether the last trial was
noticed. A phone that failed there does not claim that it will remind (`is_trusted`).
"""

import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mobile.device.alarms import Alarm
from mobile.store import bodies
from mobile.store.database import keep_setting, setting, writing
from mobile.words import Words

KEY = "trial_ring"
SHOWN = "last_card_shown"
PREFIX = "trial:"
WORTH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: when it is due, when it rang, whether a card could be shown, what was said."""

    due_ms: int
    rang_ms: int | None = None
    shown: bool | None = None
    noticed: bool | None = None

    @property
    def key(self) -> str:
        """Its alarm's key."""
        return f"{PREFIX}{self.due_ms}"

    @property
    def due_at(self) -> datetime:
        """When it shall ring."""
        return bodies.moment_of(self.due_ms)


def is_trial(key: str) -> bool:
    """Whether an alarm of this key is a trial."""
    return key.startswith(PREFIX)


def trial(db: sqlite3.Connection) -> Trial | None:
    """The last one asked for."""
    kept: dict[str, Any] | None = setting(db, KEY)
    return None if kept is None else Trial(**kept)


def ask_for(db: sqlite3.Connection, after: timedelta, *, now: datetime) -> Trial:
    """A trial after this long; it takes the place of an earlier one."""
    asked = Trial(bodies.ms_of(now + after))
    _keep(db, asked)
    return asked


def answer(db: sqlite3.Connection, *, noticed: bool) -> None:
    """What the patient says: whether she heard or saw it."""
    if (known := trial(db)) is not None:
        _keep(db, replace(known, noticed=noticed))


def alarm_of(db: sqlite3.Connection, words: Words, *, now: datetime) -> Alarm | None:
    """The trial that is still to ring."""
    known = trial(db)
    if known is None or known.rang_ms is not None or known.due_at + WORTH < now:
        return None
    title, body = words("trial_title"), words("trial_body")
    return Alarm(known.key, known.due_at, known.due_at + WORTH, title, body)


def rang(db: sqlite3.Connection, key: str, *, shown: bool, now: datetime) -> None:
    """A card was posted, or could not be."""
    keep_setting(db, SHOWN, shown)
    known = trial(db)
    if known is not None and known.key == key:
        _keep(db, replace(known, rang_ms=bodies.ms_of(now), shown=shown))


def is_shown(db: sqlite3.Connection) -> bool | None:
    """Whether the last card could be shown; None before the first."""
    found: bool | None = setting(db, SHOWN)
    return found


def is_trusted(db: sqlite3.Connection) -> bool:
    """False after a card that could not be shown, or a trial that was not noticed."""
    known = trial(db)
    return is_shown(db) is not False and (known is None or known.noticed is not False)


def _keep(db: sqlite3.Connection, known: Trial) -> None:
    with writing(db):
        keep_setting(db, KEY, asdict(known))

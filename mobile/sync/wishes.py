"""What the patient chooses that is kept with the server: nudges, not to be disturbed, meal times.

A wish holds on this phone from the tap on, with no network too; it is sent after the next sync, and
the newest one counts. What the server last said stands beneath.
"""

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any, Final

from mobile.store import bodies
from mobile.store.database import keep_setting, setting, writing
from mobile.sync.transport import Transport

NUDGES: Final = "nudges"
BUSY: Final = "nudges/busy"
MEALS: Final = "meals"
FORMS: Final = "surveys/questionnaires"
PRIVACY: Final = "privacy"
GOAL: Final = "goal"
LANGUAGE: Final = "me/language"
MESSAGES: Final = "messages/told"
MESSAGES_ALLOWED: Final = "messages/allow"
ASKED: Final = (
    NUDGES,
    MEALS,
    FORMS,
    PRIVACY,
    GOAL,
    MESSAGES,
)  # what the server is asked for; busy comes with the nudges
PATH: Final = "/api/v1/"
EVERY: Final = timedelta(hours=6)
DRIVE: Final = timedelta(minutes=30)  # how long a drive is taken to go on unless seen again
NUDGE_KEY: Final = "nudge:"  # how the keys of their notices begin


def wish(db: sqlite3.Connection, what: str, **values: Any) -> None:
    """Choose; what is left out stays."""
    with writing(db):
        pending = _pending(db)
        pending[what] = pending.get(what, {}) | values
        keep_setting(db, "wishes", pending)
        keep_setting(db, f"refused:{what}", "")


def chosen(db: sqlite3.Connection, what: str) -> dict[str, Any]:
    """What holds: the server's last word under what waits here; empty if nothing is known."""
    pending = _pending(db)
    found: dict[str, Any] = setting(db, f"known:{what}", {}) | pending.get(what, {})
    return found | pending.get(BUSY, {}) if what == NUDGES else found


def waiting(db: sqlite3.Connection) -> int:
    """How many are still to be sent."""
    return len(_pending(db))


def standing(db: sqlite3.Connection, what: str) -> str:
    """unknown, waits, refused or held."""
    if not chosen(db, what):
        return "unknown"
    if is_waiting(db, what) or (what == NUDGES and is_waiting(db, BUSY)):
        return "waits"
    return "refused" if setting(db, f"refused:{what}", "") else "held"


def is_waiting(db: sqlite3.Connection, what: str) -> bool:
    """Whether this one is."""
    return what in _pending(db)


def is_left_alone(db: sqlite3.Connection, *, now: datetime) -> bool:
    """Whether no nudge may be said now."""
    held = chosen(db, NUDGES)
    until = busy_until(held)
    return bool(held.get("off")) or (until is not None and now < until)


def busy_until(held: dict[str, Any]) -> datetime | None:
    """Until when the patient is not to be disturbed."""
    text = held.get("busy_until")
    return datetime.fromisoformat(text) if text else None


def is_nudge(key: str) -> bool:
    """Whether a notice of this key is a nudge."""
    return key.startswith(NUDGE_KEY)


def note_driving(db: sqlite3.Connection, driving: bool | None, *, now: datetime) -> None:
    """The phone is in a car, or no longer: as a wish, but only when that is news."""
    held = chosen(db, NUDGES)
    until = busy_until(held)
    at_the_wheel = held.get("busy_with") == "driving" and until is not None and now < until
    if driving and (until is None or until < now + DRIVE / 2):
        wish(db, BUSY, busy_with="driving", busy_until=(now + DRIVE).isoformat())
    elif driving is False and at_the_wheel:
        wish(db, BUSY, busy_with="driving", busy_until=None)


def carry_out(db: sqlite3.Connection, transport: Transport, token: str, *, now: datetime) -> bool:
    """Send what waits, and ask now and then what the server has; raises NoConnection.

    True if a wish was taken: then the server has news of it, worth another sync.
    """
    taken = [_send(db, transport, token, what, now) for what in _pending(db)]
    asked_ms: int = setting(db, "choices_ms", 0)
    if not 0 <= bodies.ms_of(now) - asked_ms < EVERY / timedelta(milliseconds=1):
        _ask(db, transport, token)
        with writing(db):
            keep_setting(db, "choices_ms", bodies.ms_of(now))
    return any(taken)


def _send(
    db: sqlite3.Connection, transport: Transport, token: str, what: str, now: datetime
) -> bool:
    values = _pending(db)[what]
    if what == BUSY and (until := busy_until(values)) is not None and until <= now:
        _settle(db, what, values)
        return False
    answer = transport.call("PUT", PATH + what, body=json.dumps(values).encode(), token=token)
    if answer.status in (200, 204):
        _settle(db, what, values, answer.body)
    elif answer.status in (400, 404, 422):
        _settle(db, what, values)
        with writing(db):
            keep_setting(db, f"refused:{what}", str(answer.body.get("code", "invalid")))
    return answer.status in (200, 204)


def _ask(db: sqlite3.Connection, transport: Transport, token: str) -> None:
    for what in ASKED:
        answer = transport.call("GET", PATH + what, token=token)
        if answer.status == 200:
            with writing(db):
                keep_setting(db, f"known:{what}", answer.body)


def _pending(db: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = setting(db, "wishes", {})
    return found


def _settle(
    db: sqlite3.Connection,
    what: str,
    sent: dict[str, Any],
    known: dict[str, Any] | None = None,
) -> None:
    """Unless the patient has chosen anew in the meantime, it waits no more."""
    with writing(db):
        if known is not None:
            keep_setting(db, f"known:{NUDGES if what == BUSY else what}", known)
        pending = _pending(db)
        if pending.get(what) == sent:
            del pending[what]
            keep_setting(db, "wishes", pending)

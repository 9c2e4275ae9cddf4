"""The PIN before the app: asked for, chosen, forgotten."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mobile.presenters.saying import clock
from mobile.words import Words


@dataclass(frozen=True, slots=True)
class LockFacts:
    """`trouble` is the end of a word's key; `waiting` entries would go with a forgotten PIN."""

    closed_until: datetime | None
    zone: ZoneInfo
    busy: bool = False
    trouble: str = ""
    forgotten: bool = False
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class LockState:
    """The page that asks for the PIN."""

    problem: str
    button: str
    can_try: bool
    forgotten: str


def present(facts: LockFacts, *, words: Words) -> LockState:
    """The page."""
    problem = words(f"lock_{facts.trouble}") if facts.trouble else ""
    if facts.closed_until is not None:
        problem = words("lock_wait", clock=clock(facts.closed_until, facts.zone))
    forgotten = ""
    if facts.forgotten:
        key = "lock_forgot_waiting" if facts.waiting else "lock_forgot_text"
        forgotten = words(key, count=facts.waiting)
    return LockState(
        problem,
        words("enrol_busy" if facts.busy else "lock_open"),
        not facts.busy and facts.closed_until is None,
        forgotten,
    )


@dataclass(frozen=True, slots=True)
class PinFacts:
    """`keeps_key`: the device keeps the key, so that the PIN is a choice."""

    has_pin: bool
    keeps_key: bool
    shortest: int
    enrolled: bool
    busy: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class PinState:
    """The page where it is chosen."""

    text: str
    asks_old: bool
    button: str
    can_send: bool
    can_drop: bool
    can_leave: bool
    problem: str


def present_pin(facts: PinFacts, *, words: Words) -> PinState:
    """The page."""
    key = "pin_text" if facts.keeps_key else "pin_text_alone"
    known = {"too_short": words("pin_too_short", count=facts.shortest)}
    problem = known.get(facts.trouble) or (words(f"pin_{facts.trouble}") if facts.trouble else "")
    doing = "pin_change" if facts.has_pin else "pin_set"
    return PinState(
        words(key, count=facts.shortest),
        facts.has_pin,
        words("enrol_busy" if facts.busy else doing),
        not facts.busy,
        facts.has_pin and facts.keeps_key,
        facts.enrolled,
        problem,
    )


def check(new: str, again: str, shortest: int) -> str:
    """What is wrong with a new PIN, "" if nothing is."""
    if len(new) < shortest:
        return "too_short"
    return "" if new == again else "differ"

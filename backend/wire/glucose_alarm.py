"""When a forecast of glucose is an alarm: the funnel of its intervals, on server and phone alike.

Faccioli et al., J Diabetes Sci Technol 2022 (doi 10.1177/19322968221093665): not one horizon
decides, an alarm asks that the intervals of several pass the threshold. It is about a low or high
that lasts (15 minutes or more), and never about one that is there: a reading tells that by itself.
The widths were chosen on one cohort of virtual people and measured on another (bench/alarms.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from backend.wire.glucose_ahead import STEP_MS, Ahead

VERSION: Final = "1.0"
COOL_DOWN_MS: Final = 60 * 60_000
GRACE_MS: Final = 20 * 60_000  # after that it is too late to be told
PREFIX: Final = "glucose_"
Kind = Literal["low", "high"]


@dataclass(frozen=True, slots=True)
class Funnel:
    """`horizons` are steps ahead, of which `needed` must pass `mg_dl` (mean + part of the way to
    the interval's far end, seen from the threshold).
    """

    kind: Kind
    mg_dl: float
    horizons: tuple[int, ...]
    needed: int
    part: float


LOW: Final = Funnel("low", 70.0, (2, 3, 4), 2, -0.18)
HIGH: Final = Funnel("high", 250.0, (2, 3, 4), 2, -0.3)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Glucose will soon pass `mg_dl`, in about so many minutes."""

    kind: Kind
    mg_dl: float
    minutes: int


def alarm_key(kind: str, patient: UUID | str, last_ms: int) -> str:
    """The key of the one notice of it, whoever tells it: the server, or the phone by itself."""
    return f"{PREFIX}{kind}:{patient}:{last_ms}"


def kind_of(key: str) -> str:
    """What such a notice warns of; empty for any other notice."""
    name = key.partition(":")[0].removeprefix(PREFIX)
    return name if name in (LOW.kind, HIGH.kind) and key.startswith(PREFIX) else ""


def alarm_of(last_mg_dl: float, ahead: Ahead) -> Alarm | None:
    """What the forecast after this reading warns of; a low before a high."""
    return _through(LOW, last_mg_dl, ahead) or _through(HIGH, last_mg_dl, ahead)


def _through(funnel: Funnel, last_mg_dl: float, ahead: Ahead) -> Alarm | None:
    if _beyond(funnel, last_mg_dl):
        return None
    bounds = _bounds(funnel, ahead)
    passed = [step for step in funnel.horizons if _beyond(funnel, bounds[step - 1])]
    if len(passed) < funnel.needed:
        return None
    return Alarm(funnel.kind, funnel.mg_dl, passed[0] * STEP_MS // 60_000)


def _beyond(funnel: Funnel, mg_dl: float) -> bool:
    return mg_dl < funnel.mg_dl if funnel.kind == "low" else mg_dl > funnel.mg_dl


def _bounds(funnel: Funnel, ahead: Ahead) -> Sequence[float]:
    """A negative part leans towards the threshold, a positive one away from it."""
    near, far = (ahead.lower, ahead.upper) if funnel.kind == "low" else (ahead.upper, ahead.lower)
    ends = far if funnel.part > 0 else near
    part = abs(funnel.part)
    return [mean + part * (end - mean) for mean, end in zip(ahead.mean, ends, strict=True)]

"""What a patient says about being nudged, as the API takes and tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from backend.guidance.models import NudgeChoice


@dataclass(frozen=True, slots=True)
class NudgesAsked:
    """What is to change; what is left out stays."""

    off: bool | None = None
    tone: Literal["plain", "warm", "coach"] | None = None
    a_week: int | None = None


@dataclass(frozen=True, slots=True)
class BusyAsked:
    """Until when she is not to be spoken to; without a time: no longer."""

    busy_with: Literal["driving", "meeting", "resting"]
    busy_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NudgesChosen:
    """What holds now."""

    off: bool
    tone: str
    a_week: int | None
    busy_with: str
    busy_until: datetime | None


def chosen(choice: NudgeChoice) -> NudgesChosen:
    """The wire form."""
    return NudgesChosen(
        off=choice.off_since is not None,
        tone=choice.tone,
        a_week=choice.a_week,
        busy_with=choice.busy_with,
        busy_until=choice.busy_until,
    )

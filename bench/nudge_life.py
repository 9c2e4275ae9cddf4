"""Lives under nudges that never want to be silent: does any limit break?

Random zones with their clock changes, quiet hours, flights, answers; the limits are counted here by
other means than envelope.py uses, from what was said alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from backend.guidance.envelope import LIMITS, SAY_NOTHING, Said, why_silent
from backend.guidance.policy import draw
from backend.patients.models import Patient

ZONES: Final = [
    "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati",
    "Pacific/Pago_Pago", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca",
]  # fmt: skip
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
LIFE: Final = 2000  # decisions a person
KEPT: Final = 40


@dataclass(frozen=True, slots=True)
class Pushy:
    """Always wants to speak."""

    name: str = "pushy"
    version: str = "1"

    def probabilities(self, context: object, arms: object) -> dict[str, float]:
        """Never silence."""
        return {"walk": 1.0}


@dataclass(slots=True)
class Found:
    """What was counted."""

    decisions: int = 0
    said: int = 0
    possible: int = 0
    breaches: int = 0

    @property
    def silence_share(self) -> float:
        """Of the decisions at which something might have been said."""
        return 1 - self.said / max(1, self.possible)


def breaches(decisions: int, *, seed: int) -> Found:
    """Live as many lives as it takes."""
    rng, found = Random(seed), Found()
    while found.decisions < decisions:
        _live(rng, found, min(LIFE, decisions - found.decisions))
    return found


def _live(rng: Random, found: Found, points: int) -> None:
    """One person over a year or two, moving now and then."""
    now, zone = START + timedelta(hours=rng.randrange(8760)), ZoneInfo(rng.choice(ZONES))
    quiet = time(rng.randrange(18, 24)), time(rng.randrange(5, 11), rng.choice((0, 30)))
    patient = Patient(quiet_from=quiet[0], quiet_until=quiet[1])
    said: list[Said] = []
    for _ in range(points):
        now += timedelta(minutes=rng.choice((5, 45, 110, 125, 240, 600)))
        if rng.random() < 0.005:
            zone = ZoneInfo(rng.choice(ZONES))
        local = now.astimezone(zone).time()
        silent = why_silent(now, zone=zone, is_quiet=patient.is_quiet_at, said=said[-KEPT:])
        arms = [SAY_NOTHING] if silent else [SAY_NOTHING, "walk"]
        arm = draw(Pushy(), {}, arms, seed=str(rng.random())).arm
        found.decisions += 1
        found.possible += not silent
        if arm != SAY_NOTHING:
            found.said += 1
            found.breaches += _is_breach(now, local, quiet, [s.at for s in said[-KEPT:]])
            said.append(Said(now, opened=rng.random() < 0.6))


def _is_breach(now: datetime, local: time, quiet: tuple[time, time], times: list[datetime]) -> bool:
    asleep = local >= quiet[0] or local < quiet[1]
    too_soon = bool(times) and now - times[-1] < LIMITS.gap
    day = len(times) >= LIMITS.a_day and now - times[-LIMITS.a_day] < timedelta(days=1)
    week = len(times) >= LIMITS.a_week and now - times[-LIMITS.a_week] < timedelta(days=7)
    return asleep or too_soon or day or week

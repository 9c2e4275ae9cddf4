"""What nudges did, over everyone whom the reader may see: effects, their fading, other policies.

Numbers over people only; nobody's row leaves this file, and too few people give no number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from backend.accounts.actors import Actor
from backend.guidance.envelope import SAY_NOTHING, with_control
from backend.guidance.models import Nudge
from backend.guidance.policy import CURRENT, FixedPolicy, Policy, features_of
from backend.patients.access import Category, enter_list, list_patients
from backend.science.off_policy import Worth, worth
from backend.science.refusal import Refusal
from backend.science.wcls import Effects, wcls

LOOKED_BACK: Final = timedelta(days=182)
MOST: Final = 200_000
WEEK_DAYS: Final = 7
FADE_WEEKS: Final = (0, 2, 4, 8, 12)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ArmEffect:
    """One arm against silence: its effect on the reward, and that after some weeks."""

    arm: str
    said: int
    effect: tuple[float, float, float] | None
    by_week: list[tuple[int, float, float, float]]
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class PolicyWorth:
    """A candidate policy, and what it would have been worth."""

    name: str
    worth: Worth | None
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that the page shows."""

    people: int
    decisions: int
    available: int
    said: int
    mean_reward: float | None
    silences: list[tuple[str, int]]
    arms: list[ArmEffect]
    policies: list[PolicyWorth]


@dataclass(frozen=True, slots=True)
class Silence:
    """Never speaks beyond what exploring asks; what the others have to beat."""

    name: str = "silence"
    version: str = "1"

    def probabilities(self, context: object, arms: Sequence[str]) -> dict[str, float]:
        """Silence alone."""
        return {SAY_NOTHING: 1.0}


CANDIDATES: Final[tuple[Policy, ...]] = (CURRENT, FixedPolicy(), Silence())


def evaluate(actor: Actor, *, now: datetime) -> Evaluation:
    """Over the last half year of everyone whose insights the actor may read, entered as shown."""
    patients = list(list_patients(actor, Category.INSIGHTS, now=now))
    if patients:
        enter_list(actor, patients, Category.INSIGHTS, subject="nudges evaluated", now=now)
    found = Nudge.objects.filter(
        patient__in=[patient.id for patient in patients], decided_at__gte=now - LOOKED_BACK
    )
    every = list(found.order_by("-decided_at", "-id")[:MOST])[::-1]
    closed = [n for n in every if n.available and (n.outcome or {}).get("reward") is not None]
    reasons = [n.unavailable for n in every if not n.available]
    arms = sorted({arm for n in closed for arm in n.arms} - {SAY_NOTHING})
    return Evaluation(
        people=len({n.patient_id for n in every}),
        decisions=len(every),
        available=len(every) - len(reasons),
        said=sum(n.arm != SAY_NOTHING for n in every),
        mean_reward=float(np.mean([_reward(n) for n in closed])) if closed else None,
        silences=sorted((reason, reasons.count(reason)) for reason in set(reasons)),
        arms=[effect_of(closed, arm) for arm in arms],
        policies=[worth_of(closed, policy) for policy in CANDIDATES],
    )


def effect_of(closed: Sequence[Nudge], arm: str) -> ArmEffect:
    """By weighted and centred least squares, among decisions between this arm and silence."""
    kept = [n for n in closed if arm in n.arms and n.arm in (arm, SAY_NOTHING)]
    said = sum(n.arm == arm for n in kept)
    weeks = _weeks(kept)
    ones = np.ones(len(kept))
    columns = (
        _people(kept),
        np.array([_reward(n) for n in kept], float),
        np.array([n.arm == arm for n in kept], bool),
        np.array([n.arms[arm] / (n.arms[arm] + n.arms[SAY_NOTHING]) for n in kept]),
    )
    controls = np.column_stack([ones, weeks])
    whole = wcls(*columns, moderators=ones[:, None], controls=controls)
    if isinstance(whole, Refusal):
        return ArmEffect(arm, said, None, [], whole)
    effect = whole.along(np.ones(1))
    fading = wcls(*columns, moderators=controls, controls=controls)
    return ArmEffect(arm, said, effect, _by_week(fading, float(weeks.max())))


def _by_week(fading: Effects | Refusal, longest: float) -> list[tuple[int, float, float, float]]:
    """Along the line through the weeks that there are data of, no further."""
    if isinstance(fading, Refusal):
        return []
    weeks = [week for week in FADE_WEEKS if week <= longest]
    return [(week, *fading.along(np.array([1.0, float(week)]))) for week in weeks]


def worth_of(closed: Sequence[Nudge], policy: Policy) -> PolicyWorth:
    """Under the same envelope: silence keeps its share whatever the candidate wants."""
    arms = [SAY_NOTHING, *sorted({arm for n in closed for arm in n.arms} - {SAY_NOTHING})]
    index = {arm: n for n, arm in enumerate(arms)}
    if policy is CURRENT:  # what another policy logged says nothing of what it would have believed
        closed = [n for n in closed if n.context.get("beliefs")]
    logged = np.zeros((len(closed), len(arms)))
    wanted = np.zeros((len(closed), len(arms)))
    for row, nudge in enumerate(closed):
        asked = policy.probabilities(nudge.context, list(nudge.arms))
        chances = with_control({arm: p for arm, p in asked.items() if arm in nudge.arms})
        for arm, chance in nudge.arms.items():
            logged[row, index[arm]] = chance
            wanted[row, index[arm]] = chances.get(arm, 0.0)
    found = worth(
        _people(closed),
        np.array([_reward(n) for n in closed], float),
        np.array([index[n.arm] for n in closed], np.int64),
        logged,
        wanted,
        np.array([features_of(n.context) for n in closed], float),
    )
    if isinstance(found, Refusal):
        return PolicyWorth(policy.name, None, found)
    return PolicyWorth(policy.name, found)


def _reward(nudge: Nudge) -> float:
    return float(nudge.outcome["reward"])  # type: ignore[index]


def _people(nudges: Sequence[Nudge]) -> NDArray[np.int64]:
    numbers: dict[UUID, int] = {}
    return np.array([numbers.setdefault(n.patient_id, len(numbers)) for n in nudges], np.int64)


def _weeks(nudges: Sequence[Nudge]) -> Floats:
    """Of each decision the weeks since that person's first."""
    first: dict[UUID, datetime] = {}
    days = [(n.decided_at - first.setdefault(n.patient_id, n.decided_at)).days for n in nudges]
    return np.array(days, float) / WEEK_DAYS

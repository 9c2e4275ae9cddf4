"""Who chooses among the arms: a policy gives probabilities, the draw replays bit for bit.

Today's policy is fixed. A learner (action-centred Thompson sampling) takes its place behind
`Policy`; caps, quiet hours and the control arm's share stand outside, in envelope.py.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from backend.guidance.envelope import SAY_NOTHING, with_control

Context = Mapping[str, Any]


class Policy(Protocol):
    """A pure function of context and arms, under a name and version that are logged."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def probabilities(self, context: Context, arms: Sequence[str]) -> dict[str, float]:
        """A probability for each arm; `arms` includes SAY_NOTHING."""
        ...


@dataclass(frozen=True, slots=True)
class FixedPolicy:
    """Silence with a fixed probability, the spoken arms share the rest evenly."""

    silence: float = 0.4
    name: str = "fixed"
    version: str = "1"

    def probabilities(self, context: Context, arms: Sequence[str]) -> dict[str, float]:
        """The same in every context."""
        spoken = [arm for arm in arms if arm != SAY_NOTHING]
        share = (1.0 - self.silence) / len(spoken) if spoken else 0.0
        return {SAY_NOTHING: self.silence} | dict.fromkeys(spoken, share)


CURRENT: Final[Policy] = FixedPolicy()


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn, from what."""

    arm: str
    probability: float
    arms: dict[str, float]


def draw(policy: Policy, context: Context, arms: Sequence[str], *, seed: str) -> Draw:
    """Draw an arm: the same policy, context, arms and seed always draw the same one."""
    wanted = policy.probabilities(context, arms)
    # Only what was offered: a policy cannot speak where the envelope left it silence alone.
    chances = with_control({arm: p for arm, p in wanted.items() if arm in arms})
    point = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") / 2**64
    reached = 0.0
    for arm in sorted(chances):
        reached += chances[arm]
        if point < reached:
            return Draw(arm, chances[arm], chances)
    return Draw(SAY_NOTHING, chances[SAY_NOTHING], chances)  # a sum that rounded to under 1


def seed_of(*parts: object) -> str:
    """A seed out of what names the decision: a repeated run draws no second time."""
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()


def digest_of(context: Context) -> str:
    """SHA-256 of the context as canonical JSON."""
    text = json.dumps(context, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

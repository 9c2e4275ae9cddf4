"""Who chooses among the arms: a policy gives probabilities, the draw replays bit for bit.

The learner is action-centred Thompson sampling. What it believed of the patient stands in the
decision's context, so that its probabilities are a pure function of what was written down. Caps,
quiet hours and the control arm's share stand outside, in envelope.py.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from backend.guidance.envelope import SAY_NOTHING, with_control
from backend.science import thompson_action_centred
from backend.science.thompson_action_centred import Belief, chances

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


FEATURES: Final = ("constant", "at_dose", "load", "ignored")
LEAST_SPOKEN: Final = 0.1  # of all spoken arms together: what is never tried is never learned
LEAST_SILENT: Final = 0.2


def features_of(context: Context) -> list[float]:
    """What an effect may depend on, each about from -1 to 1."""
    return [
        1.0,
        1.0 if context.get("at_dose") else 0.0,
        (context.get("nudges_last_week") or 0) / 10,
        1.0 if context.get("last_opened") is False else 0.0,
    ]


@dataclass(frozen=True, slots=True)
class LearnedPolicy:
    """Each arm with the probability that it is the best; silence where none is better.

    The context's `beliefs` hold mean and covariance of each arm's effect; an arm without one is
    not spoken.
    """

    name: str = "thompson-action-centred"
    version: str = thompson_action_centred.VERSION

    def probabilities(self, context: Context, arms: Sequence[str]) -> dict[str, float]:
        """The exact chances of Thompson sampling, kept off 0 and 1."""
        beliefs, x = context.get("beliefs") or {}, np.array(features_of(context))
        spoken = sorted(arm for arm in arms if arm in beliefs)
        if not spoken:
            return {SAY_NOTHING: 1.0}
        best = chances([_belief(beliefs[arm]).at(x) for arm in spoken])
        total = min(max(sum(best), LEAST_SPOKEN), 1 - LEAST_SILENT)
        # A tenth of it evenly: each arm keeps a share that an analysis can divide by.
        even, rest = 0.1 / len(spoken), 0.9 / max(sum(best), 1e-9)
        shares = {arm: total * (even + rest * p) for arm, p in zip(spoken, best, strict=True)}
        return {SAY_NOTHING: 1 - total} | shares


def _belief(raw: Mapping[str, Any]) -> Belief:
    return Belief(np.array(raw["mean"]), np.array(raw["covariance"]))


CURRENT: Final[Policy] = LearnedPolicy()
POLICIES: Final[dict[tuple[str, str], Policy]] = {
    (policy.name, policy.version): policy for policy in (FixedPolicy(), CURRENT)
}


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

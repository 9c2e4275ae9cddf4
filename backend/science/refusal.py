"""What a method answers when the data cannot carry a number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """No number, and why: a code, how much of `unit` there is, how much is needed.

    `missing` names what somebody has to tell first, or what cannot be reckoned with.
    The words that people read for a code stand in templates/insights/abstained.
    """

    code: str
    have: float
    need: float
    unit: str
    missing: tuple[str, ...] = ()

"""What people read: one template for each advice and nudge, its parts divided by dashes."""

from dataclasses import dataclass
from typing import Any

from backend.core.words import DIVIDER, MG_DL, rendered
from backend.wire.language import FALLBACK


@dataclass(frozen=True, slots=True)
class AdviceWords:
    """Title, what to do, and why it is said."""

    title: str
    body: str
    why: str


@dataclass(frozen=True, slots=True)
class NudgeWords:
    """Title and one friendly thought."""

    title: str
    body: str


def advice_words(
    rule: str, findings: list[Any], language: str = FALLBACK, *, glucose_unit: str = MG_DL
) -> AdviceWords:
    """The rule's words, filled in from the finding that it stands on."""
    first = findings[0]
    context = {"value": first.value, "detail": first.detail, "glucose_unit": glucose_unit}
    return AdviceWords(*_parts(f"guidance/advice/{rule}", language, context, 3))


def nudge_words(arm: str, tone: str, language: str = FALLBACK) -> NudgeWords:
    """The arm's words, in the tone that the patient has chosen."""
    return NudgeWords(*_parts(f"guidance/nudges/{tone}/{arm}", language, {}, 2))


def _parts(template: str, language: str, context: dict[str, Any], count: int) -> list[str]:
    parts = [part.strip() for part in rendered(template, language, context).split(DIVIDER)]
    if len(parts) != count:
        raise ValueError(f"{template} needs {count} parts")
    return parts

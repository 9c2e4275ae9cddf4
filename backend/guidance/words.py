"""What people read: one template for each advice and nudge, its parts divided by dashes."""

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

DIVIDER = "\n---\n"


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


def advice_words(rule: str, findings: list[Any]) -> AdviceWords:
    """The rule's words, filled in from the finding that it stands on."""
    first = findings[0]
    context = {"value": first.value, "detail": first.detail}
    return AdviceWords(*_parts(f"guidance/advice/{rule}.txt", context, 3))


def nudge_words(arm: str, tone: str) -> NudgeWords:
    """The arm's words, in the tone that the patient has chosen."""
    return NudgeWords(*_parts(f"guidance/nudges/{tone}/{arm}.txt", {}, 2))


def _parts(template: str, context: dict[str, Any], count: int) -> list[str]:
    parts = [part.strip() for part in render_to_string(template, context).split(DIVIDER)]
    if len(parts) != count:
        raise ValueError(f"{template} needs {count} parts")
    return parts

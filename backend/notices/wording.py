"""The words of a notice: templates/notices/`<name>.title.txt`, `.body.txt`, `.lock_screen.txt`.

What may stand on a lock screen, or pass through a push vendor, is kept apart by construction: such
a text is rendered without the notice's values, so no template can let a medicine's name slip.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.template import TemplateDoesNotExist

from backend.core.words import plain_context, template_of
from backend.patients.models import Patient
from backend.wire.language import FALLBACK, language_of

PARTS = ("title", "body", "lock_screen")
LATE = "late"  # what is said in the place of what came too late


@dataclass(frozen=True, slots=True)
class Words:
    """Title and body for the opened app, the line for a locked screen, and the one for a push."""

    title: str
    body: str
    lock_screen: str
    push: str


@cache
def has_template(name: str) -> bool:
    """Whether all three parts are there."""
    try:
        return all(template_of(f"notices/{name}.{part}", FALLBACK) for part in PARTS)
    except TemplateDoesNotExist:
        return False


def words_of(
    template: str, values: Mapping[str, Any], patient: Patient, due_at: datetime, *, late: bool
) -> Words:
    """The notice in the patient's language; a late one tells that it was due, not that it is."""
    local = due_at.astimezone(ZoneInfo(patient.zone))
    language = language_of(patient.language)
    when = {"due_time": f"{local:%H:%M}", "due_day": language.day(local)}
    name = template
    if late:
        name = f"{template}_late" if has_template(f"{template}_late") else LATE
    everything = {**values, **when}
    if unit := patient.units.get("glucose"):
        everything["glucose_unit"] = unit
    plain = _render(name, "lock_screen", when, language.code)[:200]
    named = patient.names_on_lock_screen
    return Words(
        title=_render(name, "title", everything, language.code)[:200],
        body=_render(name, "body", everything, language.code),
        lock_screen=_render(name, "lock_screen", everything, language.code)[:200]
        if named
        else plain,
        push=plain,
    )


def _render(name: str, part: str, values: Mapping[str, Any], language: str) -> str:
    # With its type: 1, 1.0 and True are equal, and read differently.
    told = tuple((key, type(value), value) for key, value in sorted(values.items()))
    try:
        return _rendered(name, part, told, language)
    except TypeError:  # a list or a dict among them
        return _rendered.__wrapped__(name, part, told, language)


@lru_cache(maxsize=4096)
def _rendered(
    name: str, part: str, values: tuple[tuple[str, type, Any], ...], language: str
) -> str:
    """The same words go to many: those of one medicine at one hour, and all without values."""
    template = template_of(f"notices/{name}.{part}", language)
    text = template.render(plain_context({key: value for key, _, value in values}))
    return "\n".join(line.rstrip() for line in text.strip().splitlines())

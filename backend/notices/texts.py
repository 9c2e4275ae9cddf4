"""What a notice says in a text message: templates/notices/`<name>`.text.txt, else the push's line.

A text lies open on any phone, so a medicine's name goes into it only where the patient lets names
show on her lock screen: else the words are made without the notice's values, as a push's are.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.template import TemplateDoesNotExist

from backend.core.words import rendered, template_of
from backend.notices.gsm import plain
from backend.patients.models import Patient
from backend.wire.language import FALLBACK

SENDER = "Evenkeel"
ASK = "sms_ask"  # whether she agrees: all that goes to a number before its answer
# No value of these is a medicine.
NAMELESS = frozenset({"sms_question", "visit_booked", "visit_cancelled", "visit_soon"})


class Worded(Protocol):
    """What of an occurrence its text is made from."""

    @property
    def template(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def due_at(self) -> datetime: ...


def text_of(said: Worded, patient: Patient, push: str) -> str:
    """In the patient's language; `push` is said where there are no words for texts."""
    if not has_text(said.template):
        return plain(f"{SENDER}: {push}")
    is_open = patient.names_on_lock_screen or said.template in NAMELESS
    values = dict(said.values) if is_open else {}
    values["due_time"] = f"{said.due_at.astimezone(ZoneInfo(patient.zone)):%H:%M}"
    text = rendered(f"notices/{said.template}.text", patient.language, values).strip()
    return plain(f"{SENDER}: {text}")


@cache
def has_text(template: str) -> bool:
    """Whether the notice has words for texts."""
    try:
        template_of(f"notices/{template}.text", FALLBACK)
    except TemplateDoesNotExist:
        return False
    return True

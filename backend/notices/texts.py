"""What a notice says in a text message: templates/notices/`<name>`.text.txt, else the push's line.

A text lies open on any phone, so a medicine's name goes into it only where the patient lets names
show on her lock screen. Templates for texts alone, `sms_…`, say what the sender left in `text`.
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
FOR_TEXTS = "sms_"
ASK = "sms_ask"  # whether she agrees: all that goes to a number before its answer


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
    if not _has_text(said.template):
        return plain(f"{SENDER}: {push}")
    is_open = patient.names_on_lock_screen or said.template.startswith(FOR_TEXTS)
    values = dict(said.values) if is_open else {}
    values["due_time"] = f"{said.due_at.astimezone(ZoneInfo(patient.zone)):%H:%M}"
    text = rendered(f"notices/{said.template}.text", patient.language, values).strip()
    return plain(f"{SENDER}: {text}")


@cache
def _has_text(template: str) -> bool:
    try:
        template_of(f"notices/{template}.text", FALLBACK)
    except TemplateDoesNotExist:
        return False
    return True

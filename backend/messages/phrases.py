"""Words around messages: what staff often write, ready in her language; whom to call instead."""

from typing import Final

from django.conf import settings

from backend.core.words import rendered
from backend.wire.language import Language

# What staff choose by; the words are templates/messages/<name>.txt, in the patient's language.
PHRASES: Final = {
    "seen": "We have read it and will answer",
    "call": "Please call us",
    "pressure": "Please measure blood pressure for a week",
    "visit": "Please ask for a visit",
    "refill": "The prescription is ready",
    "thanks": "Thank you for telling us",
}


def phrase_in(name: str, language: str) -> str:
    """One of PHRASES as the patient reads it; a draft that staff may change before it goes."""
    return rendered(f"messages/{name}", language, {"phone": settings.EVENKEEL_CARE_PHONE}).strip()


def emergency_line(said: Language) -> str:
    """A message is no call for help: whom to call, in her language."""
    phone = settings.EVENKEEL_CARE_PHONE
    return " ".join(
        (
            said.gettext("Messages are not read at once."),
            said.gettext("If it can not wait, call {phone}.", phone=phone)
            if phone
            else said.gettext("If it can not wait, call your care team."),
            said.gettext("In an emergency, call your local emergency number."),
        )
    )

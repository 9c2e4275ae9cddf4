"""A visit as a calendar file (RFC 5545): when, for how long, and two reminders before it.

Calendars lie open and are copied to other companies: what it is about and with whom stays out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from backend.visits.models import Visit
from backend.wire.language import Language

OCTETS: Final = 75  # of one line
ALARMS: Final = ("-P1D", "-PT15M")
STATUS: Final = {Visit.State.REQUESTED: "TENTATIVE", Visit.State.CANCELLED: "CANCELLED"}


def calendar_of(visit: Visit, said: Language, *, now: datetime) -> str:
    """The file; taken again after a change it replaces what the calendar had."""
    title = said.gettext("Video visit")
    ends_at = visit.starts_at + timedelta(minutes=visit.minutes)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Evenkeel//Visits//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{visit.id}@evenkeel",
        f"SEQUENCE:{min(visit.revision, 2**31 - 1)}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(visit.starts_at)}",
        f"DTEND:{_utc(ends_at)}",
        f"SUMMARY:{_escaped(title)}",
        f"DESCRIPTION:{_escaped(said.gettext('You find it in Evenkeel, under Visits.'))}",
        f"STATUS:{STATUS.get(Visit.State(visit.state), 'CONFIRMED')}",
        "CLASS:PRIVATE",
        *(line for alarm in ALARMS for line in _alarm(alarm, title)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _alarm(trigger: str, title: str) -> tuple[str, ...]:
    said = f"DESCRIPTION:{_escaped(title)}"
    return ("BEGIN:VALARM", "ACTION:DISPLAY", said, f"TRIGGER:{trigger}", "END:VALARM")


def _utc(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """No line longer than 75 octets, no letter cut in two; what goes on begins with a blank."""
    part = ""
    for letter in line:
        if len((part + letter).encode()) > OCTETS:
            yield part
            part = " "
        part += letter
    yield part

"""Enrolment: an address and a code; what can be wrong with them, in plain words."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from mobile.sync.enrol import EnrolTrouble
from mobile.words import Words

LINK = "evenkeel://enrol?"


@dataclass(frozen=True, slots=True)
class EnrolFacts:
    """What was typed, and how far it has come."""

    server: str
    code: str
    busy: bool = False
    trouble: str = ""  # a word of EnrolTrouble, or one of `check`
    waiting: int = 0  # entries of an earlier enrolment that still wait on this phone


@dataclass(frozen=True, slots=True)
class EnrolState:
    """The screen."""

    button: str
    can_send: bool
    problem: str
    note: str


def present(facts: EnrolFacts, *, words: Words) -> EnrolState:
    """The screen."""
    note = words("enrol_waiting", count=facts.waiting) if facts.waiting else ""
    return EnrolState(
        words("enrol_busy" if facts.busy else "enrol_button"),
        not facts.busy,
        words(f"enrol_{facts.trouble}") if facts.trouble else "",
        note,
    )


def from_link(server: str, code: str) -> tuple[str, str]:
    """Address and code; the text of the desk's QR, pasted into either field, holds both."""
    for typed in (code.strip(), server.strip()):
        if typed.startswith(LINK):
            told = parse_qs(typed.removeprefix(LINK))
            return told.get("server", [""])[0], told.get("code", [""])[0]
    return server, code


def check(server: str, code: str) -> str:
    """The first thing that is wrong with what was typed, "" if nothing is."""
    if not server.strip():
        return "no_server"
    address = address_of(server)
    if address is None:
        return "bad_server"
    if address.startswith("http:") and not _is_near(urlsplit(address).hostname or ""):
        return "not_private"
    return "" if any(letter.isalnum() for letter in code) else "no_code"


def address_of(typed: str) -> str | None:
    """The server's address out of what people type; None if it cannot be one."""
    text = typed.strip()
    if "://" not in text:
        host = urlsplit(f"//{text}").hostname or ""
        text = f"{'http' if _is_near(host) else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if not fits or any(letter.isspace() for letter in text) or parts.query or parts.fragment:
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _is_near(host: str) -> bool:
    """This computer or one in the same house: the only places where http is good enough."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def trouble_of(trouble: EnrolTrouble) -> str:
    """The word under which the trouble is explained."""
    return "busy_server" if trouble == EnrolTrouble.BUSY else trouble.value

"""How an enrolment code is shown."""

import io
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import segno
from django.utils.safestring import SafeString

from backend.patients.actions import CODE_LIFE


def enrolment_link(code: str, server: str) -> str:
    """What the QR picture holds: the server and the code, for the app alone."""
    return "evenkeel://enrol?" + urlencode({"server": server, "code": code})


def code_context(code: str, *, server: str, now: datetime) -> dict[str, Any]:
    """The code, its picture as an inline SVG, and when it ends."""
    drawn = io.BytesIO()
    segno.make(enrolment_link(code, server), error="m", micro=False).save(
        drawn, kind="svg", scale=6, border=4, dark="#000", light="#fff", xmldecl=False, svgns=False
    )
    return {
        "code": code,
        "server": server,
        "expires_at": now + CODE_LIFE,
        "qr": SafeString(drawn.getvalue().decode()),  # our own drawing, no text of anybody's
    }

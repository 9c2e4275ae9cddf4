"""Enrol this phone with a one-time code."""

import json
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from mobile.device.identity import Identity, keep_identity
from mobile.sync.transport import NoConnection, Transport

ENROL_PATH = "/api/v1/enrol"


class EnrolTrouble(StrEnum):
    """Why a phone was not enrolled."""

    WRONG_CODE = "wrong_code"
    NO_CONNECTION = "no_connection"
    BUSY = "busy"


class NotEnrolled(Exception):
    """Carries the trouble."""

    def __init__(self, trouble: EnrolTrouble):
        super().__init__(trouble)
        self.trouble = trouble


def enrol(
    transport: Transport, folder: Path, *, server: str, code: str, name: str, platform: str,
    key: bytes,
) -> Identity:  # fmt: skip
    """Trade the code for a token and keep it, sealed; raises NotEnrolled. The code is spent once
    this returns.
    """
    body = json.dumps({"code": code.strip(), "device": {"name": name, "platform": platform}})
    try:
        answer = transport.call("POST", ENROL_PATH, body=body.encode())
    except NoConnection:
        raise NotEnrolled(EnrolTrouble.NO_CONNECTION) from None
    if answer.status in (429, 408) or answer.status >= 500:
        raise NotEnrolled(EnrolTrouble.BUSY)
    try:
        token, patient = str(answer.body["token"]), str(UUID(str(answer.body["patient"])))
    except (KeyError, ValueError):
        # A page that is not ours answers 200 too: then the address is wrong, not the code.
        wrong_server = answer.status in (200, 404, 405) and "code" not in answer.body
        trouble = EnrolTrouble.NO_CONNECTION if wrong_server else EnrolTrouble.WRONG_CODE
        raise NotEnrolled(trouble) from None
    identity = Identity(server, patient, token)
    keep_identity(folder, identity, key)
    return identity

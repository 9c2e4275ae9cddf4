"""Whose phone this is: server, patient and the token, sealed by the store's key, in one file."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mobile.device.files import replace_file
from mobile.sealing import WrongKey, seal_of

FILE_NAME = "phone.json"
STORES = "stores"


@dataclass(frozen=True, slots=True)
class Identity:
    """The patient stays known after a sign-out, so that the same person's outbox goes on.

    `token` is None after a sign-out, and for who has not the key.
    """

    server: str
    patient: str
    token: str | None


def is_enrolled(folder: Path) -> bool:
    """Whether somebody is signed in here; needs no key."""
    found = _read(folder)
    return bool(found.get("token") or found.get("sealed_token"))


def load_identity(folder: Path, key: bytes | None = None) -> Identity | None:
    """Who enrolled here, or None; the token of an earlier app, kept in plain, is sealed at once."""
    found = _read(folder)
    try:
        identity = Identity(found["server"], found["patient"], _token(found, key))
    except (ValueError, KeyError):
        return None
    if key is not None and found.get("token"):
        keep_identity(folder, identity, key)
    return identity


def _token(found: dict[str, Any], key: bytes | None) -> str | None:
    if key is None:
        return None
    if sealed := found.get("sealed_token"):
        try:
            return (seal_of(key).unseal(b64decode(sealed)) or b"").decode()
        except WrongKey:
            return None
    return found.get("token")


def keep_identity(folder: Path, identity: Identity, key: bytes) -> None:
    """Replace the file in one step."""
    sealed = None if identity.token is None else seal_of(key).seal(identity.token)
    _write(folder, identity, None if sealed is None else b64encode(sealed).decode())


def drop_token(folder: Path) -> None:
    """Signed out: the token goes, what the patient entered stays."""
    if identity := load_identity(folder):
        _write(folder, identity, None)


def forget_identity(folder: Path) -> None:
    """Nobody was ever here."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def store_path(folder: Path, patient: str) -> Path:
    """One store for each person who enrols on this phone: entries never mix."""
    return folder / STORES / f"{patient}.sqlite3"


def _read(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / FILE_NAME).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(folder: Path, identity: Identity, sealed: str | None) -> None:
    told = {"server": identity.server, "patient": identity.patient, "sealed_token": sealed}
    replace_file(folder / FILE_NAME, json.dumps(told))

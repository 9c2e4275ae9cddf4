"""Whose phone this is: server, patient and token, in one file that only this user can read.

A file of mode 0600 is what a desktop offers without a keyring; Android's Keystore and iOS's
Keychain take its place with the phone builds (issue 6).
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FILE_NAME = "phone.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """The patient stays known after a sign-out, so that the same person's outbox goes on."""

    server: str
    patient: str
    token: str | None


def load_identity(folder: Path) -> Identity | None:
    """Who enrolled here, or None."""
    try:
        found = json.loads((folder / FILE_NAME).read_text())
        return Identity(found["server"], found["patient"], found["token"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def keep_identity(folder: Path, identity: Identity) -> None:
    """Replace the file in one step; it is never readable by others, not even for a moment."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{FILE_NAME}.new"
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(asdict(identity), out)
        out.flush()
        os.fsync(out.fileno())
    new.replace(folder / FILE_NAME)


def drop_token(folder: Path) -> None:
    """Signed out: the token goes, everything that the patient entered stays."""
    if identity := load_identity(folder):
        keep_identity(folder, replace(identity, token=None))


def store_path(folder: Path, patient: str) -> Path:
    """One store for each person who enrols on this phone: entries never mix."""
    return folder / "stores" / f"{patient}.sqlite3"

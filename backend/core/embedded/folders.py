"""Folders of the embedded services."""

import os
import tempfile
from pathlib import Path

from backend.core.embedded.unprivileged import Account

# sun_path holds 108 bytes on Linux and 104 on macOS, the final NUL included.
SOCKET_PATH_LIMIT = 103
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432.lock"


def private_folder(path: Path, account: Account | None = None) -> Path:
    """`path`, made if missing, that only its owner (the account, else we) can open."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        os.chown(path, account.uid, account.gid)
    path.chmod(0o700)
    return path


def socket_folder(wanted: Path, account: Account | None = None) -> tuple[Path, bool]:
    """A private folder for a socket: `wanted`, or a temporary one where that path is too long."""
    too_long = len(os.fsencode(wanted)) + len(LONGEST_SOCKET_NAME) > SOCKET_PATH_LIMIT
    path = Path(tempfile.mkdtemp(prefix="evenkeel-")) if too_long else wanted
    return private_folder(path, account), too_long

"""Whom PostgreSQL runs as when we are root: it refuses to be root, and no user is made for it."""

import os
import pwd
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

CAP_DAC_OVERRIDE = 1
NOBODY = 65534


class EmbeddedError(Exception):
    """An embedded service cannot start here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that a process takes on."""

    uid: int
    gid: int


def stand_in() -> Account | None:
    """`nobody` where we are root, else None: whoever we are will do."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(NOBODY, NOBODY)
    return Account(entry.pw_uid, entry.pw_gid)


def may_enter(account: Account, path: Path) -> bool:
    """Whether every folder above `path` lets the account pass."""
    return all(_passes(account, folder.stat()) for folder in path.resolve().parents)


def _passes(account: Account, folder: os.stat_result) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & 0o100)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & 0o010)
    return bool(folder.st_mode & 0o001)


def leash(command: list[str], signal_name: str = "TERM") -> list[str]:
    """The command, ended by the kernel should we be killed too hard to end it ourselves (Linux)."""
    setpriv = _setpriv()
    return [setpriv, f"--pdeathsig={signal_name}", "--", *command] if setpriv else command


def drop_to(account: Account, command: list[str], *, reads: list[Path]) -> list[str]:
    """The command run as `account`, able to reach the files that it `reads`.

    Folders above them stay as they are. Where one is closed to the account (a clone under /root),
    the process keeps one capability of root's, to pass file permissions.
    """
    setpriv = _setpriv()
    closed = [path for path in reads if not may_enter(account, path)]
    if closed and not (setpriv and _has_dac_override()):
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the user it runs as (uid {account.uid}) may not "
            f"enter {closed[0].parent}. Choose another --data, or run as an ordinary user."
        )
    if not setpriv:
        return command
    rights = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"] if closed else []
    who = [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    return [setpriv, *who, *rights, "--pdeathsig=INT", "--", *command]


def popen_account(account: Account | None) -> dict[str, object]:
    """Popen's own way to change the user, where there is no setpriv (macOS)."""
    if account is None or _setpriv():
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _setpriv() -> str | None:
    return shutil.which("setpriv") if sys.platform == "linux" else None


def _has_dac_override() -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_DAC_OVERRIDE & 1)
    return False

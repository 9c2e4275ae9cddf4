"""The key in the desktop's keyring: Keychain, Credential Locker, Secret Service or KWallet."""

from base64 import b64decode, b64encode
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from mobile.device.keys import KeysShut

SERVICE = "Evenkeel"
GOOD = 1.0  # what the library recommends; below are files in plain text and no keyring at all


class SystemKeyring:
    """See `KeyHolder`; an entry for each folder."""

    def __init__(self, backend: KeyringBackend, folder: Path):
        self._backend, self._name = backend, str(folder)

    def load(self) -> bytes | None:
        """See `KeyHolder`."""
        try:
            kept = self._backend.get_password(SERVICE, self._name)
            return None if kept is None else b64decode(kept, validate=True)
        except (KeyringError, ValueError):
            raise KeysShut from None

    def keep(self, key: bytes) -> None:
        """See `KeyHolder`."""
        try:
            self._backend.set_password(SERVICE, self._name, b64encode(key).decode())
        except KeyringError:
            raise KeysShut from None

    def forget(self) -> None:
        """See `KeyHolder`."""
        try:
            self._backend.delete_password(SERVICE, self._name)
        except PasswordDeleteError:
            return
        except KeyringError:
            raise KeysShut from None


def holder(folder: Path) -> SystemKeyring | None:
    """This desktop's keyring; None where there is none that can be trusted."""
    backend = keyring.get_keyring()
    return SystemKeyring(backend, folder) if backend.priority >= GOOD else None

"""The key under a key of Android's Keystore, which never leaves the phone's secure hardware. Not
yet run on a device.

Keystore keys cannot be read, so ours lies in a file, sealed by one of them (Vault.java).
"""

from pathlib import Path

from jnius import JavaException, autoclass

from mobile.device.keys import KeysShut

FILE_NAME = "key.sealed"


class AndroidKeystore:
    """See `KeyHolder`."""

    def __init__(self, folder: Path):
        self._path = folder / FILE_NAME
        self._vault = autoclass("org.evenkeel.phone.Vault")

    def load(self) -> bytes | None:
        """See `KeyHolder`."""
        try:
            return bytes(self._vault.unseal(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except JavaException:
            raise KeysShut from None

    def keep(self, key: bytes) -> None:
        """See `KeyHolder`."""
        try:
            sealed = bytes(self._vault.seal(key))
        except JavaException:
            raise KeysShut from None
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_bytes(sealed)
        new.replace(self._path)

    def forget(self) -> None:
        """See `KeyHolder`."""
        self._path.unlink(missing_ok=True)
        self._vault.forget()


def holder(folder: Path) -> AndroidKeystore:
    """Every Android since 6 has a Keystore."""
    return AndroidKeystore(folder)

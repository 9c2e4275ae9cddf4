"""What lies on the disk is sealed: contents by AES-GCM (NIST SP 800-38D), names as keyed digests.

SQLite finds rows by their names and moments, so a name (a kind of measurement, a setting, a dose)
is always digested to the same 16 bytes, and moments, counts and states stay as they are. Whoever
holds the file without the key learns how much was entered and when, and nothing of what.
"""

import hmac
import os
import sqlite3
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
NAME_BYTES = 16
NAMES_AT_HAND = 4_096


class WrongKey(Exception):
    """This key does not open what was sealed."""


class Seal:
    """One key at work; may be used from any thread."""

    def __init__(self, key: bytes):
        if len(key) != KEY_BYTES:
            raise ValueError("a key has 32 bytes")
        self._contents = AESGCM(hmac.digest(key, b"evenkeel contents", "sha256"))
        self._names = hmac.digest(key, b"evenkeel names", "sha256")
        self.tag = lru_cache(NAMES_AT_HAND)(self._tag)

    def seal(self, plain: str | bytes | None) -> bytes | None:
        """Sealed under a fresh nonce; NULL stays NULL."""
        if plain is None:
            return None
        nonce = os.urandom(NONCE_BYTES)
        data = plain.encode() if isinstance(plain, str) else plain
        return nonce + self._contents.encrypt(nonce, data, None)

    def unseal(self, sealed: bytes | None) -> bytes | None:
        """What was sealed, as bytes; raises WrongKey, also if a single bit was changed."""
        if sealed is None:
            return None
        try:
            return self._contents.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            raise WrongKey from None

    def _tag(self, name: str) -> bytes:
        return hmac.digest(self._names, name.encode(), "sha256")[:NAME_BYTES]

    def lend(self, db: sqlite3.Connection) -> None:
        """SQL on this connection may say seal(x), unseal(x) and tag(name)."""
        db.create_function("seal", 1, self.seal)
        db.create_function("unseal", 1, self.unseal, deterministic=True)
        db.create_function("tag", 1, self.tag, deterministic=True)


@lru_cache(8)
def seal_of(key: bytes) -> Seal:
    """The seal of a key; each thread opens the store with the same one."""
    return Seal(key)


def fresh_key() -> bytes:
    """256 random bits."""
    return os.urandom(KEY_BYTES)

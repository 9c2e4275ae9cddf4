"""The store's key and the PIN before it.

Where the device keeps keys, the PIN only locks the app, and its digest lies here; where it does
not, the key itself lies here, sealed by the PIN, and the PIN must be longer. Wrong tries are
counted on the disk before they are judged, and from the fifth on each costs a longer wait.
"""

import hashlib
import json
import os
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from mobile.device.files import replace_file
from mobile.device.keys import KeyHolder, KeysShut
from mobile.sealing import Seal, WrongKey, fresh_key

FILE_NAME = "lock.json"
MADE_NAME = "key.made"  # says that there was a key once
FREE_TRIES = 4
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
SHORTEST_PIN = 4
SHORTEST_ALONE = 6
COST = 2**15  # scrypt: 32 MB and a tenth of a second on a desktop of 2026
MEMORY = 64 * 2**20


class Locked(Exception):
    """The key is not at hand: a PIN is needed first."""


@dataclass(frozen=True, slots=True)
class Lock:
    """As it lies on the disk; `holds_key`: what the PIN seals is the store's key itself."""

    salt: str
    sealed: str
    holds_key: bool
    wrong: int = 0
    closed_until: str = ""


class Safe:
    """One folder's key; closed until `open` or `try_pin` succeeds."""

    def __init__(self, folder: Path, holder: KeyHolder | None):
        self._path, self._holder = folder / FILE_NAME, holder
        self._made = folder / MADE_NAME
        self._key: bytes | None = None

    @property
    def has_pin(self) -> bool:
        """Whether a PIN stands before the app."""
        return self._lock() is not None

    @property
    def needs_pin(self) -> bool:
        """Whether the key can be kept in no other way, and no PIN was chosen yet."""
        return self._holder is None and not self.has_pin

    @property
    def keeps_key(self) -> bool:
        """Whether the device keeps the key, so that the PIN may go."""
        return self._holder is not None

    @property
    def shortest(self) -> int:
        """How long a PIN must be."""
        return SHORTEST_PIN if self.keeps_key else SHORTEST_ALONE

    @property
    def key(self) -> bytes:
        """The store's key; raises Locked."""
        if self._key is None:
            raise Locked
        return self._key

    def open(self) -> bool:
        """Without a PIN, where none is set; False if one is needed. Raises KeysShut."""
        if self._key is None and self._holder is not None and not self.has_pin:
            self._key = self._held()
        return self._key is not None

    def _held(self) -> bytes:
        if self._holder is None:
            raise Locked
        key = self._holder.load()
        if key is None:
            if self._made.exists():  # a new one would open nothing of what lies here
                raise KeysShut
            key = fresh_key()
            self._holder.keep(key)
        replace_file(self._made, "")
        return key

    def closed_until(self, now: datetime) -> datetime | None:
        """Until when no PIN is looked at, after wrong ones."""
        lock = self._lock()
        if lock is None or not lock.closed_until:
            return None
        until = datetime.fromisoformat(lock.closed_until)
        return until if now < until else None

    def try_pin(self, pin: str, *, now: datetime) -> bool:
        """True if it is the right one: then the key is at hand. Takes its time; raises KeysShut."""
        lock = self._lock()
        if lock is None or self.closed_until(now) is not None:
            return False
        self._keep(_after_wrong(lock, now))
        try:
            found = _seal_of(pin, lock.salt).unseal(b64decode(lock.sealed)) or b""
        except WrongKey:
            return False
        self._key = found if lock.holds_key else self._held()
        self._keep(replace(lock, wrong=0, closed_until=""))
        return True

    def choose_pin(self, pin: str) -> None:
        """From now on; the key stays the same. Raises ValueError if it is too short, Locked,
        KeysShut.
        """
        if len(pin) < self.shortest:
            raise ValueError("too short")
        if self.needs_pin:
            self._key = fresh_key()
        if self._holder is not None and self.open():
            self._holder.keep(self.key)
        salt = b64encode(os.urandom(16)).decode()
        content = b"" if self.keeps_key else self.key
        sealed = b64encode(_seal_of(pin, salt).seal(content) or b"").decode()
        self._keep(Lock(salt, sealed, holds_key=not self.keeps_key))

    def drop_pin(self) -> None:
        """The app is no longer locked; only where the device keeps the key."""
        if self._holder is None:
            raise Locked
        self._holder.keep(self.key)
        self._path.unlink(missing_ok=True)

    def wipe(self) -> None:
        """The key is gone for good, and the PIN with it."""
        if self._holder is not None:
            self._holder.forget()
        self._path.unlink(missing_ok=True)
        self._made.unlink(missing_ok=True)
        self._key = None

    def _lock(self) -> Lock | None:
        try:
            return Lock(**json.loads(self._path.read_text()))
        except FileNotFoundError:
            return None

    def _keep(self, lock: Lock) -> None:
        replace_file(self._path, json.dumps(asdict(lock)))


def _after_wrong(lock: Lock, now: datetime) -> Lock:
    wrong = lock.wrong + 1
    if wrong <= FREE_TRIES:
        return replace(lock, wrong=wrong)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(wrong - FREE_TRIES - 1, 10))
    return replace(lock, wrong=wrong, closed_until=(now + wait).isoformat())


def _seal_of(pin: str, salt: str) -> Seal:
    text = unicodedata.normalize("NFKC", pin).encode()
    return Seal(
        hashlib.scrypt(text, salt=b64decode(salt), n=COST, r=8, p=1, maxmem=MEMORY, dklen=32)
    )

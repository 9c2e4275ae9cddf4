"""UUIDv7 (RFC 9562), the id that clients make: sorts by time, never trusted as a time."""

import secrets
from datetime import UTC, datetime
from uuid import UUID


def uuid7(now: datetime) -> UUID:
    """A fresh UUIDv7 for the aware moment `now`: 48 bits of Unix milliseconds, 74 random bits."""
    return uuid7_from_ms(int(now.timestamp() * 1000), secrets.randbits(74))


def uuid7_from_ms(unix_ms: int, random_bits: int) -> UUID:
    """The UUIDv7 of these milliseconds and these 74 bits, for callers that repeat themselves."""
    high = (unix_ms & (2**48 - 1)) << 16 | 0x7000 | (random_bits >> 62) & 0xFFF
    low = 0b10 << 62 | random_bits & (2**62 - 1)
    return UUID(int=high << 64 | low)


def uuid7_moment(id_: UUID) -> datetime:
    """The moment that a UUIDv7 claims to be made at."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)

"""Reading streams as they were known at a moment: what was computed then can be computed again.

Within `known_at` every read lays the day anew from the raw uploads that had come in by then; chunks
and rollups, which hold what came later too, are not looked at. It is slow, and exact.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

moment: Final[ContextVar[datetime | None]] = ContextVar("known_at", default=None)


@contextmanager
def known_at(at: datetime) -> Iterator[None]:
    """For the reads inside."""
    token = moment.set(at)
    try:
        yield
    finally:
        moment.reset(token)

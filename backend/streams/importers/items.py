"""What the readers of JSON share: fields that must be what they say, local times, and columns.

A field that is there must be right, else its item is refused whole, with the field named: nobody
knows what else is wrong in it. A field that is absent or null measures nothing.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from backend.streams.importers.reading import Note, Row, Run, Sample, refused, slug
from backend.wire.codec import ms_of
from backend.wire.measures import SleepStage

UNMEASURED = "nothing here measures this"
NO_OBJECT = "not an object"
NO_VALUE = "no value"
EARLIEST_MS = 946_684_800_000  # 2000: none of these makers was there before; seconds for ms are
LATEST_MS = 1 << 52
LONGEST_EPOCH = 20  # digits
LONGEST_SOURCE = 80
A_RUN = 50_000  # samples
JOINED_MS = 60_000  # stages so near to each other have nothing between them

IN_ZONE = "times without a zone, read as local ones"
SKIPPED = "local times that the clocks skipped, read with the offset before"
TWICE = "local times that came twice, read as the first"

Placed = tuple[int, Row]


class Bad(ValueError):
    """Why an item is refused; the text names the field, never what stands in it."""


def fields_of(item: Any, field: str = "") -> dict[str, Any]:
    """The object that an item, or a field of one, has to be."""
    if not isinstance(item, dict):
        raise Bad(f"{NO_OBJECT}: {field}" if field else NO_OBJECT)
    return item


def list_of(found: Any, field: str) -> list[Any]:
    """The list that a field has to be; absent, it is empty."""
    if found is None:
        return []
    if not isinstance(found, list):
        raise Bad(f"not a list: {field}")
    return found


def number_of(item: dict[str, Any], field: str) -> float | None:
    """A finite number, or None where there is none; text and booleans are no numbers."""
    found = item.get(field)
    return None if found is None else finite(found, field)


def finite(found: Any, field: str) -> float:
    """The finite number that a field has to be."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Bad(f"not a number: {field}")
    try:
        value = float(found)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise Bad(f"not a number: {field}")
    return value


def whole_of(item: dict[str, Any], field: str) -> int | None:
    """A whole number, or None where there is none."""
    found = number_of(item, field)
    if found is not None and not found.is_integer():
        raise Bad(f"not a whole number: {field}")
    return None if found is None else int(found)


def text_of(item: dict[str, Any], field: str) -> str:
    """The text of a field, or nothing where there is none."""
    found = item.get(field)
    return found.strip() if isinstance(found, str) else ""


def epoch_ms(found: Any, field: str, *, per_s: int = 1000) -> int:
    """An instant written as a number since 1970, so many to a second; digits in quotes will do."""
    if isinstance(found, str) and found.strip().isdecimal():
        found = int(found.strip()[:LONGEST_EPOCH])
    if found is None:
        raise Bad(no_time(field))
    finite(found, field)
    # Nanoseconds as a float would lose milliseconds.
    at_ms = int(found) * 1000 // per_s if isinstance(found, int) else int(found * 1000 / per_s)
    if not EARLIEST_MS <= at_ms < LATEST_MS:
        raise Bad(no_time(field))
    return at_ms


@lru_cache(maxsize=1024)
def device_name(text: str) -> str:
    """A short name out of a device's; millions of items name the same few."""
    return slug(text)


def bounded(source: str) -> str:
    """A source's name that is too long ends in a digest, so that two of them stay apart."""
    if len(source) <= LONGEST_SOURCE:
        return source
    return f"{source[: LONGEST_SOURCE - 7]}-{sha256(source.encode()).hexdigest()[:6]}"


def no_time(field: str) -> str:
    """Why an item without a time is refused."""
    return f"time not readable: {field}"


class Clock:
    """Reads times as texts, and counts the local ones that needed a decision."""

    def __init__(self, zone: ZoneInfo):
        self._zone = zone
        self.notes: Counter[str] = Counter()

    def text_ms(self, found: Any, field: str, *, offset_min: float | None = None) -> int:
        """An ISO 8601 time; without an offset it is local, at `offset_min` or in the zone."""
        if not isinstance(found, str):
            raise Bad(no_time(field))
        try:
            read = datetime.fromisoformat(found.strip())
            if read.tzinfo is not None:
                return ms_of(read)
            if offset_min is not None:
                return ms_of(read.replace(tzinfo=timezone(timedelta(minutes=offset_min))))
            return self.local_ms(read)
        except (ValueError, OverflowError):
            raise Bad(no_time(field)) from None

    def local_ms(self, naive: datetime, zone: ZoneInfo | None = None) -> int:
        """A wall clock in the zone: in a gap the offset before it, of what came twice the first."""
        zoned = naive.replace(tzinfo=zone or self._zone, fold=0)
        if zone is None:
            self.notes[IN_ZONE] += 1
        if zoned.utcoffset() != zoned.replace(fold=1).utcoffset():
            back = zoned.astimezone(UTC).astimezone(zoned.tzinfo).replace(tzinfo=None)
            self.notes[TWICE if back == naive else SKIPPED] += 1
        return ms_of(zoned)


def judged(items: Iterable[Any], samples_of: Callable[[Any], list[Sample]]) -> Iterator[Placed]:
    """Each item in its place: its samples, or why it has none."""
    for number, item in enumerate(items):
        try:
            samples = samples_of(item)
        except Bad as bad:
            yield number, Row((), str(bad))
        else:
            yield number, Row(tuple(samples), "" if samples else NO_VALUE)


def in_columns(placed: Iterable[Placed], clock: Clock) -> Iterator[Run | Note]:
    """The placed rows as columns, in runs of bounded size; then what was noted about times."""
    columns = _Columns()
    for number, row in placed:
        columns.add(number, row)
        if columns.count >= A_RUN:
            yield from columns.take()
    yield from columns.take()
    yield from (Note(text, count) for text, count in clock.notes.items())


class _Columns:
    def __init__(self) -> None:
        self.count = 0
        self._series: dict[tuple[str, str, str], tuple[list[int], list[int], list[float]]] = {}
        self._refused: dict[str, list[int]] = {}

    def add(self, number: int, row: Row) -> None:
        self.count += max(1, len(row.samples))
        if not row.samples:
            self._refused.setdefault(row.reason, []).append(number)
        for kind, unit, source, at_ms, value in row.samples:
            named = self._series.setdefault((kind, unit, source), ([], [], []))
            named[0].append(number)
            named[1].append(at_ms)
            named[2].append(value)

    def take(self) -> Iterator[Run]:
        for reason, places in self._refused.items():
            yield refused(np.array(places, np.int64), reason)
        for (kind, unit, source), (places, instants, values) in self._series.items():
            columns = np.array(places, np.int64), np.array(instants, np.int64), np.array(values)
            yield Run(*columns, kind, unit, source)
        self.count, self._series, self._refused = 0, {}, {}


class Nights:
    """Stages of sleep of a whole file: where none follows, being awake ends them."""

    def __init__(self) -> None:
        self._found: dict[str, list[tuple[int, int, int]]] = {}

    def stage(self, number: int, source: str, start_ms: int, end_ms: int, code: int) -> Sample:
        """One stage that lasts from start to end."""
        if end_ms < start_ms:
            raise Bad("ends before it starts")
        self._found.setdefault(source, []).append((start_ms, end_ms, number))
        return Sample("sleep_stage", "{stage}", source, start_ms, float(code))

    def ends(self) -> Iterator[Placed]:
        """The ends, each in the place of the item that it belongs to."""
        for source, found in self._found.items():
            found.sort()
            until, owner = found[0][1], found[0][2]
            for start_ms, end_ms, number in found:
                if start_ms > until + JOINED_MS:
                    yield owner, _awake(source, until)
                if end_ms > until:
                    until, owner = end_ms, number
            yield owner, _awake(source, until)


def _awake(source: str, at_ms: int) -> Row:
    awake = float(SleepStage.AWAKE)
    return Row((Sample("sleep_stage", "{stage}", source, at_ms, awake),))

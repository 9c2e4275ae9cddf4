"""Notes on days: tags and seizures, kept as samples and sent as such (backend/wire/diary.py)."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.wire import diary
from backend.wire.diary import Part, TagName
from backend.wire.measures import MEASURES, DayTag
from mobile.store import bodies, shadow
from mobile.store.database import keep_setting, setting, writing
from mobile.store.outbox import Samples, record_samples, withdraw_samples
from mobile.sync.fetching import fetch_stretch
from mobile.sync.samples import own_columns
from mobile.sync.series import own_kinds
from mobile.sync.transport import Transport

KEEPS = "seizure_diary"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NotedDay:
    """What is noted of a day; `seizures` is None where nothing is said of them.

    `last_ms` is where the last seizure stands that this phone can take back.
    """

    day: date
    tags: frozenset[TagName]
    seizures: int | None
    last_ms: int | None


def set_tag(
    db: sqlite3.Connection, day: date, tag: TagName, is_so: bool, zone: ZoneInfo, *, now: datetime
) -> None:
    """The day had it, or not after all; the newest word counts."""
    value = diary.TAGS[tag] if is_so else DayTag.NONE
    _record(db, diary.TAG, {bodies.ms_of(diary.tag_at(day, tag, zone)): value}, now)


def add_seizure(
    db: sqlite3.Connection, day: date, part: Part | None, zone: ZoneInfo, *, now: datetime
) -> None:
    """One more, in a part of the day or just now (None)."""
    at = bodies.ms_of(diary.part_at(day, part, zone) if part else now.replace(microsecond=0))
    _record(db, diary.SEIZURE, {at: _seizures(db, day, zone).get(at, 0) + 1}, now)


def none_that_day(db: sqlite3.Connection, day: date, zone: ZoneInfo, *, now: datetime) -> None:
    """Nothing happened: the day was kept, and what was noted of it is taken back."""
    noted = dict.fromkeys(_seizures(db, day, zone), 0)
    _record(db, diary.SEIZURE, noted | {bodies.ms_of(diary.none_at(day, zone)): 0}, now)


def take_back(db: sqlite3.Connection, at_ms: int, *, now: datetime) -> None:
    """One seizure less at this instant; one that was not sent yet is as if it had never been."""
    zone = ZoneInfo("UTC")
    left = _seizures(db, diary.day_of(at_ms, zone), zone).get(at_ms, 0) - 1
    unit = MEASURES[diary.SEIZURE].unit
    if left > 0 or withdraw_samples(db, diary.SEIZURE, diary.SOURCE, unit, [at_ms]):
        _record(db, diary.SEIZURE, {at_ms: max(left, 0)}, now)


def noted(db: sqlite3.Connection, day: date, zone: ZoneInfo) -> NotedDay:
    """What this phone and, where it has been asked, the server know of the day."""
    tags = _laid(db, diary.TAG, day, zone)
    events = _seizures(db, day, zone)
    own = [at for at, count in events.items() if count]
    return NotedDay(
        day,
        frozenset(diary.tags_of(tags.keys(), tags.values(), zone).get(day, ())),
        sum(events.values()) if events else None,
        max(own, default=None),
    )


def keeps_seizures(db: sqlite3.Connection) -> bool:
    """Whether she keeps a diary of seizures: said so, or noted any."""
    return bool(setting(db, KEEPS, False)) or diary.SEIZURE in own_kinds(db)


def begin_seizures(db: sqlite3.Connection) -> None:
    """From now on the page asks for them."""
    with writing(db):
        keep_setting(db, KEEPS, True)


def fetch_noted(
    db: sqlite3.Connection, transport: Transport, token: str,
    *, first: date, last: date, zone: ZoneInfo, now: datetime,
) -> bool:  # fmt: skip
    """What was noted elsewhere, by a browser or another phone; False if the server is silent."""
    start, end = _midnight(first, zone), _midnight(last + ONE_DAY, zone)
    return all(
        fetch_stretch(
            db, transport, token, kind, start=start, end=end, resolution="raw",
            key=f"noted:{kind}", now=now,
        )
        for kind in (diary.TAG, diary.SEIZURE)
    )  # fmt: skip


def _seizures(db: sqlite3.Connection, day: date, zone: ZoneInfo) -> dict[int, int]:
    return {at: int(count) for at, count in _laid(db, diary.SEIZURE, day, zone).items()}


def _laid(db: sqlite3.Connection, kind: str, day: date, zone: ZoneInfo) -> dict[int, float]:
    """This phone's notes over what the server had, by instant."""
    start, end = _midnight(day, zone), _midnight(day + ONE_DAY, zone)
    start_ms, end_ms = bodies.ms_of(start), bodies.ms_of(end)
    edges = bodies.wire_time(start_ms), bodies.wire_time(end_ms)
    kept = shadow.kept_stream(db, kind, "raw", *edges)
    laid = {int(row["start_ms"]): float(row["mean"]) for row in kept}
    own = own_columns(db, kind, start_ms, end_ms).get(diary.SOURCE)
    if own is not None:
        laid |= dict(zip(*own.between(start_ms, end_ms), strict=True))
    return dict(sorted(laid.items()))


def _record(db: sqlite3.Connection, kind: str, values: Mapping[int, float], now: datetime) -> None:
    instants = sorted(values)
    samples = Samples(
        kind, diary.SOURCE, MEASURES[kind].unit, instants, [float(values[at]) for at in instants]
    )
    record_samples(db, samples, now=now)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)

"""Bring what the platform's health store keeps into the outbox: each change once, whatever breaks.

A page's samples, what is remembered of its records and the token that follows them are one commit.
A kill before it repeats the page, which finds its records known; a kill after it goes on from the
token. What was deleted or changed at the platform is taken back: sums are revised to nothing at
that instant, and other values leave the phone unless they went to the care team already, for the
wire has no word yet for taking back a sample.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.wire.measures import MEASURES
from mobile.sources.source import (
    Expired,
    Page,
    Permission,
    Record,
    Revoked,
    Source,
    Topic,
    Unreachable,
)
from mobile.store import bodies, outbox, records
from mobile.store.database import keep_setting, setting, writing
from mobile.store.outbox import Samples, record_samples
from mobile.sync.connections import left_with_team, note

FIRST_WINDOW = timedelta(days=30)  # what Health Connect shows of the time before it was asked
EVERY = timedelta(minutes=15)
OVERLAP = timedelta(days=1)  # records written late around the last reading
Key = tuple[str, str, str]
Fresh = dict[Key, dict[int, float]]


@dataclass
class Pulled:
    """What came of a round; `problems` holds the topics that could not be read, and why."""

    samples: int = 0
    unchanged: int = 0
    taken_back: int = 0
    left_with_team: int = 0
    left_aside: Counter[str] = field(default_factory=Counter)
    problems: dict[str, str] = field(default_factory=dict)


def pull(
    db: sqlite3.Connection,
    source: Source,
    *,
    now: datetime,
    stopping: Callable[[], bool] = lambda: False,
) -> Pulled:
    """Read every topic as far as it goes."""
    done = Pulled()
    problem = ""
    for topic in source.topics:
        if problem != "unreachable":  # else the others are not either, and each costs a wait
            problem = _permitted(source.permission(topic))
            if not problem and not stopping():
                problem = _read(db, source, topic, done, now=now, stopping=stopping)
        if problem:
            done.problems[topic.name] = problem
    with writing(db):
        records.forget_old(db, bodies.ms_of(now))
        _note(db, source, done, now=now)
    return done


def pull_if_due(
    db: sqlite3.Connection, source: Source, *, now: datetime, stopping: Callable[[], bool]
) -> Pulled | None:
    """Read every topic if the last time was long enough ago: the platform limits calls."""
    pulled_ms: int = setting(db, f"pulled:{source.name}", 0)
    age_ms = bodies.ms_of(now) - pulled_ms
    if 0 <= age_ms < EVERY / timedelta(milliseconds=1):
        return None
    done = pull(db, source, now=now, stopping=stopping)
    with writing(db):
        keep_setting(db, f"pulled:{source.name}", bodies.ms_of(now))
    return done


def _permitted(permission: Permission) -> str:
    refused = {Permission.REFUSED: "not_allowed", Permission.MISSING: "missing"}
    return refused.get(permission, "")


def _read(
    db: sqlite3.Connection, source: Source, topic: Topic, done: Pulled,
    *, now: datetime, stopping: Callable[[], bool],
) -> str:  # fmt: skip
    """A word for what stopped it, empty if it was read to its end."""
    name = f"{source.name}:{topic.name}"
    restarted = False
    more = True
    while more and not stopping():
        token = setting(db, f"token:{name}")
        try:
            page = source.changes(topic, token, since=_since(db, name, now))
        except Expired:
            if restarted:
                return "unreachable"
            restarted = True
            _start_over(db, name)
            continue
        except Revoked:
            return "not_allowed"
        except Unreachable:
            return "unreachable"
        if page.more and page.token == token:  # it would never end
            return "unreachable"
        keep_page(db, name, page, done, now=now)
        more = page.more
    return ""


def _since(db: sqlite3.Connection, name: str, now: datetime) -> datetime:
    last_ms = setting(db, f"read:{name}", bodies.ms_of(now))
    return min(now - FIRST_WINDOW, bodies.moment_of(last_ms) - OVERLAP)


def _start_over(db: sqlite3.Connection, name: str) -> None:
    with writing(db):
        keep_setting(db, f"token:{name}", None)


def keep_page(
    db: sqlite3.Connection, topic: str, page: Page, done: Pulled, *, now: datetime
) -> None:
    """Keep a page's records and the token that follows them: both or neither."""
    with writing(db):
        first = setting(db, f"token:{topic}") is None
        reading = setting(db, f"reading:{topic}", 0) + first
        keep_setting(db, f"reading:{topic}", reading)
        keeping = _Keeping(db, topic, reading, done)
        keeping.take(page)
        keeping.record(now)
        keep_setting(db, f"token:{topic}", page.token)
        if not page.more:
            keep_setting(db, f"read:{topic}", bodies.ms_of(now))
        done.left_aside.update(page.left_aside)


class _Keeping:
    """One page on its way into the outbox."""

    def __init__(self, db: sqlite3.Connection, topic: str, reading: int, done: Pulled):
        self._db, self._topic, self._reading, self._done = db, topic, reading, done
        self._fresh: Fresh = defaultdict(dict)
        self._closings: list[tuple[Record, Key, tuple[int, float]]] = []

    def take(self, page: Page) -> None:
        """Deletions first: what is deleted and written anew under another id stays."""
        for id_ in page.deleted:
            self._gone(id_)
        for record in page.records:
            self._one(record)
        if page.whole_since_ms is not None:
            for id_ in records.not_seen(self._db, self._topic, page.whole_since_ms, self._reading):
                self._gone(id_)
        for record, key, (at_ms, value) in self._closings:
            if at_ms not in self._fresh[key] and self._other(record.id, key, at_ms) is None:
                self._fresh[key][at_ms] = value

    def record(self, now: datetime) -> None:
        """Into the outbox."""
        for (kind, source, unit), pairs in self._fresh.items():
            if pairs:
                samples = Samples(kind, source, unit, list(pairs), list(pairs.values()))
                record_samples(self._db, samples, now=now)
                self._done.samples += len(pairs)

    def _one(self, record: Record) -> None:
        before = records.known(self._db, self._topic, record.id)
        if not record.series:
            if before is not None:
                self._gone(record.id)
            return
        instants = [at for each in record.series for at, _ in each.pairs]
        instants += [each.closing[0] for each in record.series if each.closing]
        content = {
            "series": [(each.kind, each.source, each.unit, each.pairs) for each in record.series],
            "zone": record.zone_offset_min,
        }
        span = (min(instants), max(instants))
        body = records.packed(content)
        if not records.keep(self._db, self._topic, record.id, span, body, reading=self._reading):
            self._done.unchanged += 1
            return
        self._add(record)
        if before is not None:
            self._take_back(before, record)

    def _add(self, record: Record) -> None:
        for each in record.series:
            key = (each.kind, each.source, each.unit)
            self._fresh[key].update(each.pairs)
            if each.closing is not None:
                self._closings.append((record, key, each.closing))

    def _gone(self, id_: str) -> None:
        before = records.known(self._db, self._topic, id_)
        if before is None:
            return
        records.forget(self._db, self._topic, id_)
        self._take_back(before, Record(id_, ()))

    def _take_back(self, before: records.Kept, after: Record) -> None:
        stays = {
            ((each.kind, each.source, each.unit), at)
            for each in after.series
            for at, _ in each.pairs
        }
        for kind, source, unit, pairs in before.series:
            key = (kind, source, unit)
            instants = [int(at) for at, _ in pairs if (key, int(at)) not in stays]
            self._withdraw(key, instants, before.id)

    def _withdraw(self, key: Key, instants: Iterable[int], id_: str) -> None:
        gone = []
        for at_ms in instants:
            other = self._other(id_, key, at_ms)
            if other is not None:  # written twice at the platform: the other one still counts
                self._fresh[key][at_ms] = other
            elif MEASURES[key[0]].summary == "sum":
                self._fresh[key][at_ms] = 0.0
                self._done.taken_back += 1
            else:
                self._fresh[key].pop(at_ms, None)
                gone.append(at_ms)
        left = outbox.withdraw_samples(self._db, *key, gone)
        self._done.taken_back += len(gone) - left
        self._done.left_with_team += left

    def _other(self, id_: str, key: Key, at_ms: int) -> float | None:
        for kept in records.touching(self._db, self._topic, at_ms, id_):
            for kind, source, unit, pairs in kept.series:
                if (kind, source, unit) == key:
                    for at, value in pairs:
                        if int(at) == at_ms:
                            return float(value)
        return None


def _note(db: sqlite3.Connection, source: Source, done: Pulled, *, now: datetime) -> None:
    """ "Not allowed" is a problem only where nothing at all may be read: a patient may choose."""
    reasons = set(done.problems.values())
    problem = "unreachable" if "unreachable" in reasons else ""
    if len(done.problems) == len(source.topics):
        problem = sorted(reasons)[0]
    read = len(done.problems) < len(source.topics)
    note(
        db, source.name, problem=problem, at=now if read else None,
        left_with_team=left_with_team(db, source.name) + done.left_with_team,
    )  # fmt: skip

"""Bring what Bluetooth devices measured into the outbox.

A packet becomes samples only if the device itself does not doubt it and its time is credible:
corrected by the offset of the device's clock where that could be compared, else taken as it is
unless it lies in the future or further back than a year.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from mobile.sources.ble import Found, Heard
from mobile.sources.gatt import Measurement, Refused, decode
from mobile.sources.gatt.battery import Battery
from mobile.sources.gatt.cgm import Cgm, decode_record, split_records
from mobile.sources.gatt.clock import DeviceClock
from mobile.sources.gatt.glucose import Glucose
from mobile.sources.link import Session
from mobile.sources.memory import History
from mobile.store import bodies
from mobile.store.bodies import ms_of
from mobile.store.database import keep_setting, setting, writing
from mobile.store.outbox import Samples, record_samples
from mobile.sync.connections import note
from mobile.sync.placing import Moment, Untimely, instant, placed

SAME_SESSION = timedelta(minutes=10)  # a sensor's own clock drifts by less over its life


@dataclass(frozen=True, slots=True)
class Taken:
    """Samples, why others were left aside, and what to say about the device's clock."""

    samples: tuple[Samples, ...]
    left_aside: tuple[str, ...]
    clock_note: str


def source_of(found: Found) -> str:
    """A name for the device that stays the same and does not carry its address."""
    name = re.sub(r"[^a-z0-9]+", "-", found.name.lower()).strip("-")[:40]
    return f"ble:{name or 'device'}-{sha256(found.address.encode()).hexdigest()[:6]}"


def samples_of(measurements: Iterable[Measurement], moment: Moment, *, source: str) -> Taken:
    """The samples of measurements that came together."""
    series: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    left_aside = []
    for measurement in _one_by_one(measurements):
        if reason := measurement.doubt():
            left_aside.append(reason)
            continue
        try:
            readings = placed(measurement, moment)
        except Untimely as problem:
            left_aside.append(str(problem))
            continue
        for at_ms, reading in readings:
            series[reading.kind, reading.unit][at_ms] = reading.value
    samples = tuple(
        Samples(kind, source, unit, list(pairs), list(pairs.values()))
        for (kind, unit), pairs in series.items()
    )
    return Taken(samples, tuple(left_aside), _clock_note(moment.clock))


def keep_heard(db: sqlite3.Connection, heard: Heard, *, source: str, zone: ZoneInfo) -> Taken:
    """Keep one live packet for sending; what is refused is left aside with its reason."""
    measurements, refused = _decoded(heard)
    with writing(db):
        moment = _steady(db, Moment(heard.at, zone, heard.clock, heard.session), source)
        taken = samples_of(measurements, moment, source=source)
        _record(db, taken.samples, now=heard.at)
        _note(db, source, moment, heard.at, _battery(measurements))
    return Taken(taken.samples, (*refused, *taken.left_aside), taken.clock_note)


def _decoded(heard: Heard) -> tuple[list[Measurement], list[str]]:
    """A sensor's records stand side by side in one packet: a bad one spoils no other."""
    if heard.characteristic != "2AA7":
        return _each([heard.data], lambda data: decode(heard.characteristic, data))
    protected = heard.session is not None and heard.session.protected
    try:
        records = split_records(heard.data)
    except Refused as reason:
        return [], [str(reason)]
    return _each(records, lambda data: decode_record(data, protected=protected))


def _each(
    packets: Iterable[bytes], read: Callable[[bytes], Measurement]
) -> tuple[list[Measurement], list[str]]:
    found, refused = [], []
    for data in packets:
        try:
            found.append(read(data))
        except Refused as reason:
            refused.append(str(reason))
    return found, refused


def _battery(measurements: Iterable[Measurement]) -> int | None:
    return next((m.level_percent for m in measurements if isinstance(m, Battery)), None)


def _note(
    db: sqlite3.Connection, source: str, moment: Moment, at: datetime, battery: int | None
) -> None:
    known: dict[str, Any] = {} if battery is None else {"battery_percent": battery}
    if moment.clock.ahead is not None:
        known["clock_ahead_min"] = round(moment.clock.ahead / timedelta(minutes=1))
    note(db, source, at=at, problem="", **known)


def _steady(db: sqlite3.Connection, moment: Moment, source: str) -> Moment:
    """Offsets as they were found first, so that what is sent again gets the same instant again."""
    minutes = setting(db, f"clock:{source}")
    earlier = DeviceClock(None if minutes is None else timedelta(minutes=minutes))
    clock = moment.clock.like(earlier)
    if clock.ahead is not None and clock != earlier:
        keep_setting(db, f"clock:{source}", clock.ahead / timedelta(minutes=1))
    session = moment.session
    if session is not None and session.began is not None:
        session = replace(session, began=_began(db, session, source))
    return replace(moment, clock=clock, session=session)


def _began(db: sqlite3.Connection, session: Session, source: str) -> datetime | None:
    """When a session began, by its age in minutes: told anew at each connection, kept as first."""
    kept = setting(db, f"session:{source}")
    if session.began is None or (kept is not None and _same(session, kept)):
        return None if kept is None else bodies.moment_of(kept)
    keep_setting(db, f"session:{source}", ms_of(session.began))
    return session.began


def _same(session: Session, kept_ms: int) -> bool:
    return session.began is not None and abs(
        ms_of(session.began) - kept_ms
    ) <= SAME_SESSION / timedelta(milliseconds=1)


def last_number(db: sqlite3.Connection, source: str, session: Session | None = None) -> int | None:
    """The number of the last record kept of a device, to fetch from there; a sensor's numbers
    hold for one session.
    """
    kept: dict[str, Any] | None = setting(db, f"history:{source}")
    if kept is None:
        return None
    number: int | None = kept["last"] if kept["session"] == _named(db, source, session) else None
    return number


def _named(db: sqlite3.Connection, source: str, session: Session | None) -> str | None:
    """What tells a session from the next one."""
    if session is None:
        return None
    if session.start is not None and session.start.start_local is not None:
        return session.start.start_local.isoformat()
    kept = setting(db, f"session:{source}")
    if kept is not None and _same(session, kept):
        return str(kept)
    return None if session.began is None else str(ms_of(session.began))


def keep_history(
    db: sqlite3.Connection, history: History, *, source: str, zone: ZoneInfo, now: datetime
) -> Taken:
    """Keep a device's records and the number to go on from, both or neither."""
    with writing(db):
        moment = _steady(db, Moment(now, zone, history.clock, history.session), source)
        taken = samples_of(history.records, moment, source=source)
        food = _food(history, moment, source=source)
        _record(db, (*taken.samples, *food), now=now)
        if history.last_number is not None:
            named = _named(db, source, history.session)
            keep_setting(db, f"history:{source}", {"last": history.last_number, "session": named})
        _note(db, source, moment, now, history.battery_percent)
    return Taken((*taken.samples, *food), (*history.refused, *taken.left_aside), taken.clock_note)


def _record(db: sqlite3.Connection, samples: Sequence[Samples], *, now: datetime) -> None:
    with writing(db):
        for each in samples:
            record_samples(db, each, now=now)


def _one_by_one(measurements: Iterable[Measurement]) -> Iterable[Measurement]:
    for measurement in measurements:
        if isinstance(measurement, Cgm):
            yield from measurement.records
        else:
            yield measurement


def _food(history: History, moment: Moment, *, source: str) -> tuple[Samples, ...]:
    """Carbohydrate counts at the instant of the record that it was told with."""
    at_ms: dict[int, int] = {}
    for record in history.records:
        if not isinstance(record, Glucose):
            continue
        try:
            at_ms[record.sequence] = ms_of(instant(record, moment))
        except Untimely:
            continue
    told: dict[int, float] = {}
    for context in history.contexts:
        if context.sequence in at_ms and context.carbohydrate_g is not None:
            told[at_ms[context.sequence]] = context.carbohydrate_g
    return (Samples("carbohydrate", source, "g", list(told), list(told.values())),) if told else ()


def _clock_note(clock: DeviceClock) -> str:
    if clock.ahead is None:
        return "The device's clock could not be compared with the phone's."
    if not clock.ahead:
        return ""
    minutes = round(clock.ahead.total_seconds() / 60)
    way = "ahead" if minutes > 0 else "behind"
    return f"The device's clock is {abs(minutes)} minutes {way}; its times were corrected."

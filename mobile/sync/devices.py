"""Bring what Bluetooth devices measured into the outbox.

A packet becomes samples only if the device itself does not doubt it and its time is credible:
corrected by the offset of the device's clock where that could be compared, else taken as it is
unless it lies in the future or further back than a year.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from zoneinfo import ZoneInfo

from mobile.sources.ble import Found, Heard
from mobile.sources.gatt import Measurement, Reading, Refused, decode
from mobile.sources.gatt.cgm import Cgm, CgmRecord, SessionStart
from mobile.sources.gatt.clock import DeviceClock
from mobile.sources.gatt.glucose import Glucose, GlucoseContext
from mobile.sources.gatt.heart_rate import HeartRate
from mobile.sources.gatt.oximeter import Saturation
from mobile.sources.glucose_history import History
from mobile.store.bodies import ms_of
from mobile.store.database import keep_setting, setting, writing
from mobile.store.outbox import Samples, record_samples

AHEAD = timedelta(minutes=5)
CREDIBLE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Taken:
    """Samples, why others were left aside, and what to say about the device's clock."""

    samples: tuple[Samples, ...]
    left_aside: tuple[str, ...]
    clock_note: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What places a packet in time: when it was heard, the owner's zone, the device's clock."""

    heard_at: datetime
    zone: ZoneInfo
    clock: DeviceClock
    session: SessionStart | None = None


class _Untimely(Exception):
    """The measurement has no time that can be believed."""


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
            placed = _placed(measurement, moment)
        except _Untimely as problem:
            left_aside.append(str(problem))
            continue
        for at_ms, reading in placed:
            series[reading.kind, reading.unit][at_ms] = reading.value
    samples = tuple(
        Samples(kind, source, unit, list(pairs), list(pairs.values()))
        for (kind, unit), pairs in series.items()
    )
    return Taken(samples, tuple(left_aside), _clock_note(moment.clock))


def keep_heard(db: sqlite3.Connection, heard: Heard, *, source: str, zone: ZoneInfo) -> Taken:
    """Keep one live packet for sending; a refused one is left aside with its reason."""
    moment = Moment(heard.at, zone, heard.clock, heard.session)
    try:
        measurement = decode(heard.characteristic, heard.data)
    except Refused as reason:
        return Taken((), (str(reason),), _clock_note(heard.clock))
    taken = samples_of([measurement], moment, source=source)
    _record(db, taken.samples, now=heard.at)
    return taken


def last_sequence(db: sqlite3.Connection, source: str) -> int | None:
    """The number of the last record kept of a glucose meter, to fetch from there."""
    found: int | None = setting(db, f"sequence:{source}")
    return found


def keep_history(
    db: sqlite3.Connection, history: History, *, source: str, zone: ZoneInfo, now: datetime
) -> Taken:
    """Keep a meter's records and the number to go on from, both or neither."""
    moment = Moment(now, zone, history.clock)
    taken = samples_of(history.records, moment, source=source)
    food = _food(history, moment, source=source)
    with writing(db):
        _record(db, (*taken.samples, *food), now=now)
        if history.last_sequence is not None:
            keep_setting(db, f"sequence:{source}", history.last_sequence)
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


def _placed(measurement: Measurement, moment: Moment) -> list[tuple[int, Reading]]:
    if isinstance(measurement, HeartRate):
        return _beats(measurement, ms_of(moment.heard_at))
    at_ms = ms_of(_instant(measurement, moment))
    return [(at_ms, reading) for reading in measurement.readings()]


def _beats(measurement: HeartRate, heard_ms: int) -> list[tuple[int, Reading]]:
    """The last interval ended when it was heard, each earlier one where the next began."""
    rate, *intervals = measurement.readings()
    after = accumulate((reading.value for reading in intervals[:0:-1]), initial=0.0)
    ends = [heard_ms - round(ms) for ms in after][::-1] if intervals else []
    return [(heard_ms, rate), *zip(ends, intervals, strict=True)]


def _instant(measurement: Measurement, moment: Moment) -> datetime:
    if isinstance(measurement, GlucoseContext):
        raise _Untimely("a context has no time without its record")
    if isinstance(measurement, CgmRecord):
        return _session_instant(measurement, moment)
    local: datetime | None = getattr(measurement, "taken_local", None)
    if isinstance(measurement, Saturation):
        if "from storage" in measurement.status and not (local and measurement.clock_is_set):
            raise _Untimely("the device did not know when it was taken")
        local = local if measurement.clock_is_set else None
    if local is None:
        if isinstance(measurement, Glucose):
            raise _Untimely("the meter did not know when it was taken")
        return moment.heard_at
    return _credible(local, moment)


def _session_instant(record: CgmRecord, moment: Moment) -> datetime:
    """A session counts elapsed minutes, so a local start becomes UTC before they are added."""
    start = None if moment.session is None else moment.session.start_utc
    if moment.session is not None and moment.session.start_local is not None and start is None:
        start = moment.session.start_local.replace(tzinfo=moment.zone).astimezone(UTC)
    if start is None:
        raise _Untimely("the sensor did not say when its session began")
    return _credible(start + timedelta(minutes=record.offset_min), moment)


def _credible(taken: datetime, moment: Moment) -> datetime:
    """When it really was taken, if that can be; a time without a zone is the owner's."""
    try:
        right = moment.clock.correct(taken)
        if right.tzinfo is None:
            right = right.replace(tzinfo=moment.zone)
        ahead = right.astimezone(UTC) - moment.heard_at
    except OverflowError:
        raise _Untimely("the device's clock names no possible time") from None
    if ahead > AHEAD:
        raise _Untimely("the device's clock is ahead")
    if -ahead > CREDIBLE:
        raise _Untimely("the device's clock names a time more than a year ago")
    return right


def _food(history: History, moment: Moment, *, source: str) -> tuple[Samples, ...]:
    """Carbohydrate counts at the instant of the record that it was told with."""
    at_ms: dict[int, int] = {}
    for record in history.records:
        try:
            at_ms[record.sequence] = ms_of(_instant(record, moment))
        except _Untimely:
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

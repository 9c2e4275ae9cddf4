"""When a measurement was taken: by the device's clock if that can be believed, else by ours.

A clock that is right shows the owner's wall clock, summer time and all; one that is wrong was set
by nobody, so it is read as time that has passed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate
from zoneinfo import ZoneInfo

from mobile.sources.gatt import Measurement, Reading
from mobile.sources.gatt.cgm import CgmRecord
from mobile.sources.gatt.clock import DeviceClock
from mobile.sources.gatt.glucose import Glucose, GlucoseContext
from mobile.sources.gatt.heart_rate import HeartRate
from mobile.sources.gatt.oximeter import Saturation
from mobile.sources.link import Session
from mobile.store.bodies import ms_of

AHEAD = timedelta(minutes=5)
CREDIBLE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Moment:
    """What places a packet in time: when it was heard, the owner's zone, the device's clock."""

    heard_at: datetime
    zone: ZoneInfo
    clock: DeviceClock
    session: Session | None = None


class Untimely(Exception):
    """The measurement has no time that can be believed."""


def placed(measurement: Measurement, moment: Moment) -> list[tuple[int, Reading]]:
    """What was measured, each value at its instant; raises Untimely."""
    if isinstance(measurement, HeartRate):
        return _beats(measurement, ms_of(moment.heard_at))
    at_ms = ms_of(instant(measurement, moment))
    return [(at_ms, reading) for reading in measurement.readings()]


def _beats(measurement: HeartRate, heard_ms: int) -> list[tuple[int, Reading]]:
    """The last interval ended when it was heard, each earlier one where the next began."""
    rate, *intervals = measurement.readings()
    after = accumulate((reading.value for reading in intervals[:0:-1]), initial=0.0)
    ends = [heard_ms - round(ms) for ms in after][::-1] if intervals else []
    return [(heard_ms, rate), *zip(ends, intervals, strict=True)]


def instant(measurement: Measurement, moment: Moment) -> datetime:
    """When it was measured; raises Untimely."""
    try:
        return _instant(measurement, moment)
    except OverflowError:
        raise Untimely("the device's clock names no possible time") from None


def _instant(measurement: Measurement, moment: Moment) -> datetime:
    if isinstance(measurement, GlucoseContext):
        raise Untimely("a context has no time without its record")
    if isinstance(measurement, CgmRecord):
        return _session_instant(measurement, moment)
    local: datetime | None = getattr(measurement, "taken_local", None)
    if isinstance(measurement, Saturation):
        if "from storage" in measurement.status and not (local and measurement.clock_is_set):
            raise Untimely("the device did not know when it was taken")
        local = local if measurement.clock_is_set else None
    if local is None:
        if isinstance(measurement, Glucose):
            raise Untimely("the meter did not know when it was taken")
        return moment.heard_at
    return _credible(local, moment)


def _session_instant(record: CgmRecord, moment: Moment) -> datetime:
    """A session counts elapsed minutes. Its age, where the sensor tells it, needs no clock;
    else the start by the sensor's clock does, as UTC before minutes are added.
    """
    session = moment.session or Session()
    elapsed = timedelta(minutes=record.offset_min)
    if session.began is not None:
        return _not_wild(session.began.astimezone(UTC) + elapsed, moment)
    start = None if session.start is None else session.start.start_utc
    if session.start is not None and session.start.start_local is not None and start is None:
        start = _from_wall(session.start.start_local, moment)
    elif start is not None:
        start = moment.clock.correct(start)
    if start is None:
        raise Untimely("the sensor did not say when its session began")
    return _not_wild(start.astimezone(UTC) + elapsed, moment)


def _credible(taken: datetime, moment: Moment) -> datetime:
    """When it really was taken, if that can be; `taken` is what the device's clock showed."""
    return _not_wild(_from_wall(taken, moment), moment)


def _from_wall(taken: datetime, moment: Moment) -> datetime:
    """A right clock was right then too, in its owner's zone; a wrong one has only run on."""
    if not moment.clock.is_wrong:
        return taken.replace(tzinfo=moment.zone)
    offset_now = moment.heard_at.astimezone(moment.zone).utcoffset() or timedelta()
    return moment.clock.correct(taken).replace(tzinfo=timezone(offset_now))


def _not_wild(right: datetime, moment: Moment) -> datetime:
    ahead = right.astimezone(UTC) - moment.heard_at
    if ahead > AHEAD:
        raise Untimely("the device's clock is ahead")
    if -ahead > CREDIBLE:
        raise Untimely("the device's clock names a time more than a year ago")
    return right

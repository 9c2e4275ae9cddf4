"""Health Connect, where Android keeps what watches and apps measured.

Read by change tokens, one for each type of record: a token for several types dies with the first
permission that is taken back. A token ends after 30 days; then, and at the start, the time window
is read in pages. The token for changes is drawn before the first page, so that what is written
meanwhile comes again rather than not at all.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from backend.wire.measures import SleepStage
from mobile.sources.health_types import SLEEP, STAGES, TYPES, Figure, RecordType
from mobile.sources.source import (
    Expired,
    Page,
    Permission,
    Record,
    Revoked,
    Series,
    Topic,
    Unreachable,
    fault_of,
    name_of,
)

INVALID_ARGUMENT, SECURITY = 3, 5  # android.health.connect.HealthConnectException
NO_MORE_PAGES = -1
AHEAD = timedelta(minutes=5)


class PlatformError(Exception):
    """What Health Connect says went wrong, by its code; 0 where it did not answer at all."""

    def __init__(self, code: int) -> None:
        """Its text may name health data and is dropped."""
        super().__init__(f"Health Connect error {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Changes:
    """What `getChangeLogs` answers; records have Android's own getters."""

    records: Sequence[Any]
    deleted: Sequence[str]
    token: str
    more: bool


class HealthConnect(Protocol):
    """The few calls of the platform that are needed; each raises PlatformError."""

    def is_here(self) -> bool:
        """Whether this Android has Health Connect in itself (14 and later)."""
        ...

    def may_read(self, permission: str) -> bool:
        """Whether the permission is granted."""
        ...

    def changes_token(self, record_type: str) -> str:
        """A token for changes from now on."""
        ...

    def changes(self, token: str) -> Changes:
        """One page of changes."""
        ...

    def records(self, record_type: str, since_ms: int, page: int) -> tuple[Sequence[Any], int]:
        """One page of the records that begin at `since_ms` or later, and the next page or -1."""
        ...


PERMISSION = "android.permission.health."
BY_NAME = {each.name: each for each in TYPES}


def _topic(each: RecordType) -> Topic:
    kinds = tuple(figure.kind for figure in each.figures) or ("sleep_stage",)
    return Topic(each.name, kinds)


class HealthConnectSource:
    """A `Source`. HRV stays out: Health Connect keeps RMSSD, our kind is SDNN."""

    name = "health-connect"
    topics = tuple(map(_topic, TYPES))

    def __init__(self, platform: HealthConnect, *, clock: Callable[[], datetime]) -> None:
        """`platform` is Android itself, or a fake of it."""
        self._platform, self._clock = platform, clock

    def permission(self, topic: Topic) -> Permission:
        """Android says exactly what is granted."""
        if not self._platform.is_here():
            return Permission.MISSING
        allowed = self._platform.may_read(PERMISSION + BY_NAME[topic.name].permission)
        return Permission.GRANTED if allowed else Permission.REFUSED

    def changes(self, topic: Topic, token: str | None, *, since: datetime) -> Page:
        """See `Source.changes`."""
        try:
            if token is None:
                return self._window(topic, self._start(topic, since))
            state = _state(token)
            return self._window(topic, state) if "page" in state else self._changes(topic, state)
        except PlatformError as error:
            if error.code == SECURITY:
                raise Revoked from error
            if error.code == INVALID_ARGUMENT:
                raise Expired from error
            raise Unreachable from error

    def _start(self, topic: Topic, since: datetime) -> dict[str, Any]:
        drawn = self._platform.changes_token(topic.name)
        return {"changes": drawn, "since": int(since.timestamp() * 1000), "page": NO_MORE_PAGES}

    def _window(self, topic: Topic, state: dict[str, Any]) -> Page:
        found, page = self._platform.records(topic.name, state["since"], state["page"])
        records, left_aside = self._mapped(found)
        more = page != NO_MORE_PAGES
        following = state | {"page": page} if more else {"changes": state["changes"]}
        whole = None if more else int(state["since"])
        return Page(records, (), left_aside, json.dumps(following), True, whole)

    def _changes(self, topic: Topic, state: dict[str, Any]) -> Page:
        answer = self._platform.changes(state["changes"])
        records, left_aside = self._mapped(answer.records)
        token = json.dumps({"changes": answer.token})
        return Page(records, tuple(answer.deleted), left_aside, token, answer.more)

    def _mapped(self, found: Sequence[Any]) -> tuple[tuple[Record, ...], tuple[str, ...]]:
        latest = int((self._clock() + AHEAD).timestamp() * 1000)
        records, left_aside = [], []
        for each in found:
            record, problems = _record(each, latest)
            records.append(record)
            left_aside += problems
        return tuple(records), tuple(left_aside)


def _state(token: str) -> dict[str, Any]:
    try:
        state = json.loads(token)
    except ValueError:
        raise Expired from None
    if not isinstance(state, dict) or "changes" not in state:
        raise Expired
    return state


def _record(raw: Any, latest_ms: int) -> tuple[Record, list[str]]:
    """A record of which nothing can be kept is one without series: an earlier version goes."""
    metadata = raw.getMetadata()
    id_, name = metadata.getId(), _type_of(raw)
    source = _source(metadata)
    if name == SLEEP:
        night, problems = _night(raw, source, latest_ms)
        return Record(id_, night, _offset(raw)), problems
    if name not in BY_NAME:
        return Record(id_, (), None), ["nothing here measures this"]
    series, problems = [], []
    for figure in BY_NAME[name].figures:
        pairs, reasons = _pairs(figure, raw, latest_ms)
        problems += reasons
        if pairs:
            series.append(Series(figure.kind, source, figure.unit, pairs))
    return Record(id_, tuple(series), _offset(raw)), problems


def _type_of(raw: Any) -> str:
    return str(raw.getClass().getSimpleName())


def _pairs(
    figure: Figure, raw: Any, latest_ms: int
) -> tuple[tuple[tuple[int, float], ...], list[str]]:
    pairs, reasons = [], []
    for instant, value in figure.values(raw):
        if value is None:
            continue
        at_ms = int(instant.toEpochMilli())
        reason = fault_of(figure.kind, figure.unit, [value])
        if at_ms > latest_ms:
            reason = "in the future"
        if reason:
            reasons.append(reason)
        else:
            pairs.append((at_ms, float(value)))
    return tuple(pairs), reasons


def _night(raw: Any, source: str, latest_ms: int) -> tuple[tuple[Series, ...], list[str]]:
    """Stages as they follow each other; time of a session that no stage covers is sleep."""
    start, end = (int(each.toEpochMilli()) for each in (raw.getStartTime(), raw.getEndTime()))
    if start > latest_ms:
        return (), ["in the future"]
    begins: dict[int, float] = {}
    at = start
    for stage in sorted(raw.getStages(), key=lambda each: each.getStartTime().toEpochMilli()):
        first = int(stage.getStartTime().toEpochMilli())
        if first > at:
            begins[at] = SleepStage.ASLEEP
        begins[first] = STAGES.get(int(stage.getType()), SleepStage.ASLEEP)
        at = int(stage.getEndTime().toEpochMilli())
    if at < end:
        begins[at] = SleepStage.ASLEEP
    pairs = tuple(sorted(begins.items()))
    return (Series("sleep_stage", source, "{stage}", pairs, (end, SleepStage.AWAKE)),), []


def _source(metadata: Any) -> str:
    device = metadata.getDevice()
    words = () if device is None else (device.getManufacturer(), device.getModel())
    app = metadata.getDataOrigin().getPackageName()
    return name_of("health-connect", app or "", " ".join(filter(None, words)))


def _offset(raw: Any) -> int | None:
    """Interval records have the offset of their start, others their own; old ones have none."""
    ask = getattr(raw, "getStartZoneOffset", None) or getattr(raw, "getZoneOffset", None)
    offset = ask() if ask else None
    return None if offset is None else int(offset.getTotalSeconds()) // 60

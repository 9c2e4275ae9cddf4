"""Health Connect as a phone would have it: records with Android's getters, tokens that end.

Written from the framework's reference: tokens name a place in a log that is kept for 30 days,
pages of a window go by time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mobile.sources.health_connect import (
    INVALID_ARGUMENT,
    NO_MORE_PAGES,
    PERMISSION,
    SECURITY,
    TYPES,
    Changes,
    PlatformError,
)

MINUTE_MS = 60_000


class Got:
    """An object whose getters answer what it was made with: `Got(count=3).getCount()` is 3."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            capital = name[0].upper() + name[1:]
            setattr(self, f"get{capital}", lambda value=value: value)


class Instant:
    """A java.time.Instant."""

    def __init__(self, ms: int) -> None:
        self._ms = ms

    def toEpochMilli(self) -> int:
        return self._ms


@dataclass(frozen=True)
class Written:
    """One record as an app wrote it."""

    id: str
    type: str
    start_ms: int
    figures: dict[str, Any] = field(default_factory=dict)
    end_ms: int | None = None
    app: str = "com.example.watch"
    model: str | None = "Watch 2"
    offset_s: int | None = 3600

    def java(self) -> Got:
        device = None if self.model is None else Got(manufacturer="Example", model=self.model)
        offset = None if self.offset_s is None else Got(totalSeconds=self.offset_s)
        end_ms = self.start_ms + MINUTE_MS if self.end_ms is None else self.end_ms
        times = (
            {"time": Instant(self.start_ms), "zoneOffset": offset}
            if self.type in INSTANTS
            else {
                "startTime": Instant(self.start_ms),
                "startZoneOffset": offset,
                "endTime": Instant(end_ms),
            }
        )
        origin = Got(packageName=self.app)
        return Got(
            **{"metadata": Got(id=self.id, dataOrigin=origin, device=device)},
            **{"class": Got(simpleName=self.type)},
            **times,
            **self.figures,
        )


INSTANTS = {
    "RestingHeartRateRecord",
    "BloodGlucoseRecord",
    "BloodPressureRecord",
    "OxygenSaturationRecord",
    "BodyTemperatureRecord",
    "RespiratoryRateRecord",
    "WeightRecord",
}


def steps(id_: str, start_ms: int, count: int, **rest: Any) -> Written:
    return Written(id_, "StepsRecord", start_ms, {"count": count}, **rest)


def beats(id_: str, start_ms: int, *rates: int, **rest: Any) -> Written:
    samples = [
        Got(time=Instant(start_ms + 1000 * at), beatsPerMinute=rate)
        for at, rate in enumerate(rates)
    ]
    return Written(id_, "HeartRateRecord", start_ms, {"samples": samples}, **rest)


def weight(id_: str, at_ms: int, grams: float, **rest: Any) -> Written:
    return Written(id_, "WeightRecord", at_ms, {"weight": Got(inGrams=grams)}, **rest)


class FakeHealthConnect:
    """One phone's Health Connect."""

    def __init__(self, *, page_size: int = 3) -> None:
        self.page_size = page_size
        self.here = True
        self.granted = {PERMISSION + each.permission for each in TYPES}
        self.kept: dict[str, Written] = {}
        self.log: list[tuple[str, str]] = []  # (type, id), in the order of change
        self.first_kept = 0  # log entries before this one are forgotten
        self.calls: list[str] = []
        self.failing = 0

    def write(self, *written: Written) -> None:
        for each in written:
            self.kept[each.id] = each
            self.log.append((each.type, each.id))

    def change(self, id_: str, **changes: Any) -> None:
        self.write(replace(self.kept[id_], **changes))

    def delete(self, *ids: str) -> None:
        for id_ in ids:
            self.log.append((self.kept.pop(id_).type, id_))

    def thirty_days_pass(self) -> None:
        self.log.append(("", ""))
        self.first_kept = len(self.log)

    def is_here(self) -> bool:
        return self.here

    def may_read(self, permission: str) -> bool:
        return permission in self.granted

    def changes_token(self, record_type: str) -> str:
        self._called("token", record_type)
        return f"{record_type}@{len(self.log)}"

    def changes(self, token: str) -> Changes:
        record_type, _, place = token.partition("@")
        self._called("changes", record_type)
        at = int(place)
        if at < self.first_kept:
            raise PlatformError(INVALID_ARGUMENT)
        part = self.log[at : at + self.page_size]
        ids = dict.fromkeys(id_ for type_, id_ in part if type_ == record_type)
        return Changes(
            [self.kept[id_].java() for id_ in ids if id_ in self.kept],
            [id_ for id_ in ids if id_ not in self.kept],
            f"{record_type}@{at + len(part)}",
            at + len(part) < len(self.log),
        )

    def records(self, record_type: str, since_ms: int, page: int) -> tuple[Sequence[Any], int]:
        self._called("records", record_type)
        from_ms, skipped = (since_ms, 0) if page < 0 else divmod(page, 100)
        found = sorted(
            (each.start_ms, each.id, each)
            for each in self.kept.values()
            if each.type == record_type and each.start_ms >= from_ms
        )[skipped:]
        part = [each for _, _, each in found[: self.page_size]]
        following = NO_MORE_PAGES
        if len(found) > self.page_size:
            next_ms = found[self.page_size][0]
            before = [each for each in part if each.start_ms == next_ms]
            following = next_ms * 100 + len(before) + (skipped if next_ms == from_ms else 0)
        return [each.java() for each in part], following

    def _called(self, what: str, record_type: str) -> None:
        self.calls.append(f"{what} {record_type}")
        if self.failing:
            raise PlatformError(self.failing)
        permission = next(each.permission for each in TYPES if each.name == record_type)
        if PERMISSION + permission not in self.granted:
            raise PlatformError(SECURITY)

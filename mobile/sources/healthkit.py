"""HealthKit, where an iPhone keeps what watch, phone and apps measured.

Read by anchored queries, one for each type. An anchor does not expire; one that HealthKit cannot
read any more (another phone's backup) starts the reading again. HealthKit never tells whether
reading was allowed: refused looks like empty.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from backend.wire.measures import SleepStage
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

INVALID_ARGUMENT, DENIED, NOT_DETERMINED = 3, 4, 5  # HKError
AHEAD = timedelta(minutes=5)
LIMIT = 1_000
QUANTITY = "HKQuantityTypeIdentifier"
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
INSULIN = QUANTITY + "InsulinDelivery"
BASAL = 1  # HKInsulinDeliveryReasonBasal


class PlatformError(Exception):
    """What HealthKit says went wrong, by its HKError code; 0 where it did not answer at all."""

    def __init__(self, code: int) -> None:
        """Its text may name health data and is dropped."""
        super().__init__(f"HealthKit error {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Sample:
    """An HKSample: `value` in the unit that was asked for, or the number of a category.

    `zone` is the IANA name in its metadata, `reason` that of an insulin delivery.
    """

    id: str
    start_ms: int
    end_ms: int
    value: float
    app: str
    product: str = ""
    zone: str = ""
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class Anchored:
    """What an anchored query answers."""

    samples: Sequence[Sample]
    deleted: Sequence[str]
    anchor: bytes


class HealthKit(Protocol):
    """The few calls of the platform that are needed; each raises PlatformError."""

    def is_here(self) -> bool:
        """Whether this device keeps health data (an iPad may not)."""
        ...

    def anchored(
        self, identifier: str, unit: str, anchor: bytes | None, since_ms: int, limit: int
    ) -> Anchored:
        """Samples of a type that begin at `since_ms` or later, written since the anchor."""
        ...


@dataclass(frozen=True, slots=True)
class Quantity:
    """A type of HealthKit, its unit as HKUnit writes it, our kind and the name of the unit here."""

    identifier: str
    unit: str
    kind: str
    ours: str


TYPES = (
    Quantity(QUANTITY + "HeartRate", "count/min", "heart_rate", "/min"),
    Quantity(QUANTITY + "RestingHeartRate", "count/min", "resting_heart_rate", "/min"),
    Quantity(QUANTITY + "HeartRateVariabilitySDNN", "ms", "heart_rate_variability", "ms"),
    Quantity(QUANTITY + "BloodGlucose", "mg/dL", "glucose", "mg/dL"),
    Quantity(QUANTITY + "StepCount", "count", "steps", "{steps}"),
    Quantity(QUANTITY + "DistanceWalkingRunning", "m", "distance", "m"),
    Quantity(QUANTITY + "ActiveEnergyBurned", "kcal", "active_energy", "kcal"),
    Quantity(QUANTITY + "BloodPressureSystolic", "mmHg", "systolic", "mm[Hg]"),
    Quantity(QUANTITY + "BloodPressureDiastolic", "mmHg", "diastolic", "mm[Hg]"),
    Quantity(QUANTITY + "OxygenSaturation", "%", "spo2", "1"),  # HealthKit's % runs from 0 to 1
    Quantity(QUANTITY + "BodyTemperature", "degC", "body_temperature", "Cel"),
    Quantity(QUANTITY + "RespiratoryRate", "count/min", "respiratory_rate", "/min"),
    Quantity(QUANTITY + "BodyMass", "kg", "body_weight", "kg"),
    Quantity(QUANTITY + "DietaryCarbohydrates", "g", "carbohydrate", "g"),
    Quantity(INSULIN, "IU", "insulin_bolus", "[iU]"),
    Quantity(SLEEP, "", "sleep_stage", "{stage}"),
)
BY_NAME = {each.identifier: each for each in TYPES}
STAGES = {
    0: SleepStage.IN_BED,
    1: SleepStage.ASLEEP,
    2: SleepStage.AWAKE,
    3: SleepStage.LIGHT,  # core
    4: SleepStage.DEEP,
    5: SleepStage.REM,
}


def _topic(each: Quantity) -> Topic:
    both = (each.kind, "insulin_basal") if each.identifier == INSULIN else (each.kind,)
    return Topic(each.identifier, both)


class HealthKitSource:
    """A `Source`."""

    name = "healthkit"
    topics = tuple(map(_topic, TYPES))

    def __init__(self, platform: HealthKit, *, clock: Callable[[], datetime]) -> None:
        """`platform` is iOS itself, or a fake of it."""
        self._platform, self._clock = platform, clock

    def permission(self, topic: Topic) -> Permission:
        """HealthKit does not say, so that nobody learns what a patient keeps for herself."""
        return Permission.UNSAID if self._platform.is_here() else Permission.MISSING

    def changes(self, topic: Topic, token: str | None, *, since: datetime) -> Page:
        """See `Source.changes`."""
        start = int(since.timestamp() * 1000)
        anchor, since_ms, fresh = (None, start, True) if token is None else _state(token)
        quantity = BY_NAME[topic.name]
        try:
            answer = self._platform.anchored(
                quantity.identifier, quantity.unit, anchor, since_ms, LIMIT
            )
        except PlatformError as error:
            raise _told(error) from error
        more = len(answer.samples) + len(answer.deleted) >= LIMIT
        records, left_aside = self._mapped(quantity, answer.samples)
        following = {
            "anchor": base64.b64encode(answer.anchor).decode(),
            "since": since_ms,
            "fresh": fresh and more,
        }
        whole = since_ms if fresh and not more else None
        return Page(records, tuple(answer.deleted), left_aside, json.dumps(following), more, whole)

    def _mapped(
        self, quantity: Quantity, samples: Sequence[Sample]
    ) -> tuple[tuple[Record, ...], tuple[str, ...]]:
        latest = int((self._clock() + AHEAD).timestamp() * 1000)
        records, left_aside = [], []
        for sample in samples:
            series, problem = _series(quantity, sample, latest)
            records.append(Record(sample.id, series, _offset(sample)))
            left_aside += [problem] if problem else []
        return tuple(records), tuple(left_aside)


def _told(error: PlatformError) -> Exception:
    if error.code in (DENIED, NOT_DETERMINED):
        return Revoked()
    return Expired() if error.code == INVALID_ARGUMENT else Unreachable()


def _state(token: str) -> tuple[bytes, int, bool]:
    try:
        state: dict[str, Any] = json.loads(token)
        anchor = base64.b64decode(state["anchor"], validate=True)
        return anchor, int(state["since"]), bool(state["fresh"])
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise Expired from None


def _series(quantity: Quantity, sample: Sample, latest_ms: int) -> tuple[tuple[Series, ...], str]:
    if sample.start_ms > latest_ms:
        return (), "in the future"
    source = _source(sample)
    if quantity.identifier == SLEEP:
        stage = STAGES.get(int(sample.value))
        if stage is None:
            return (), "nothing here measures this"
        begins = ((sample.start_ms, float(stage)),)
        closing = (sample.end_ms, float(SleepStage.AWAKE))
        return (Series(quantity.kind, source, quantity.ours, begins, closing),), ""
    basal = quantity.identifier == INSULIN and sample.reason == BASAL
    kind = "insulin_basal" if basal else quantity.kind
    problem = fault_of(kind, quantity.ours, [sample.value])
    if problem:
        return (), problem
    return (Series(kind, source, quantity.ours, ((sample.start_ms, sample.value),)),), ""


def _source(sample: Sample) -> str:
    """By app and model: the name that HealthKit shows holds its owner's name."""
    return name_of("healthkit", sample.app, sample.product)


def _offset(sample: Sample) -> int | None:
    try:
        zone = ZoneInfo(sample.zone)
    except (KeyError, ValueError, OSError):
        return None
    there = datetime.fromtimestamp(sample.start_ms / 1000, zone).utcoffset()
    return None if there is None else int(there.total_seconds()) // 60

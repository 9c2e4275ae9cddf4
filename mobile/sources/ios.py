"""iOS's HealthKit by rubicon-objc: nothing here decides anything. Not yet run on a device.

Only imported on iOS. Rubicon, not pyobjus: HealthKit answers to blocks, which pyobjus cannot make
(kivy/pyobjus#32), and rubicon is pure Python over ctypes, so it needs no build of its own.
"""

import threading
from ctypes import c_double, cdll, util
from typing import Any

from rubicon.objc import Block, ObjCClass, ObjCInstance, objc_id

from mobile.sources.healthkit import INVALID_ARGUMENT, SLEEP, Anchored, PlatformError, Sample

ANSWER_S = 20.0
INSULIN_REASON, ZONE = "HKInsulinDeliveryReason", "HKTimeZone"
STRICT_START = 1  # HKQueryOptionStrictStartDate

cdll.LoadLibrary(util.find_library("HealthKit") or "HealthKit.framework/HealthKit")


class IosHealthKit:
    """The calls of `HealthKit`; each waits for its answer, so never call on the main thread."""

    def __init__(self) -> None:
        """One HKHealthStore for the life of the app, as Apple asks."""
        self._store = ObjCClass("HKHealthStore").alloc().init()

    def is_here(self) -> bool:
        """See `HealthKit`."""
        return bool(ObjCClass("HKHealthStore").isHealthDataAvailable())

    def anchored(
        self, identifier: str, unit: str, anchor: bytes | None, since_ms: int, limit: int
    ) -> Anchored:
        """See `HealthKit`."""
        answered = threading.Event()
        kept: list[Any] = []

        def take(
            query: objc_id, samples: objc_id, deleted: objc_id, after: objc_id, error: objc_id
        ) -> None:
            kept.extend(_held(each) for each in (samples, deleted, after, error))
            answered.set()

        made = ObjCClass("HKAnchoredObjectQuery").alloc()
        block = Block(take, None, objc_id, objc_id, objc_id, objc_id, objc_id)
        query = made.initWithType_predicate_anchor_limit_resultsHandler_(
            _type(identifier), _from(since_ms), _anchor(anchor), limit, block
        )
        self._store.executeQuery_(query)
        if not answered.wait(ANSWER_S):
            self._store.stopQuery_(query)
            raise PlatformError(0)
        samples, deleted, after, error = kept
        if error is not None or after is None:
            raise PlatformError(int(error.code) if error is not None else 0)
        return Anchored(
            [_sample(each, unit) for each in _each(samples)],
            [str(each.UUID.UUIDString) for each in _each(deleted)],
            _archived(after),
        )


def _held(pointer: objc_id) -> Any:
    return ObjCInstance(pointer) if pointer else None


def _each(array: Any) -> list[Any]:
    return [] if array is None else [array.objectAtIndex_(at) for at in range(array.count)]


def _type(identifier: str) -> Any:
    types = ObjCClass("HKObjectType")
    if identifier == SLEEP:
        return types.categoryTypeForIdentifier_(identifier)
    return types.quantityTypeForIdentifier_(identifier)


def _from(since_ms: int) -> Any:
    start = ObjCClass("NSDate").dateWithTimeIntervalSince1970_(c_double(since_ms / 1000))
    return ObjCClass("HKQuery").predicateForSamplesWithStartDate_endDate_options_(
        start, None, STRICT_START
    )


def _anchor(archived: bytes | None) -> Any:
    if archived is None:
        return None
    data = ObjCClass("NSData").dataWithBytes_length_(archived, len(archived))
    found = ObjCClass("NSKeyedUnarchiver").unarchivedObjectOfClass_fromData_error_(
        ObjCClass("HKQueryAnchor"), data, None
    )
    if found is None:
        raise PlatformError(INVALID_ARGUMENT)
    return found


def _archived(anchor: Any) -> bytes:
    made = ObjCClass("NSKeyedArchiver").archivedDataWithRootObject_requiringSecureCoding_error_(
        anchor, True, None
    )
    return bytes(made)


def _sample(raw: Any, unit: str) -> Sample:
    revision = raw.sourceRevision
    metadata = raw.metadata
    reason = metadata.objectForKey_(INSULIN_REASON) if metadata is not None else None
    zone = metadata.objectForKey_(ZONE) if metadata is not None else None
    return Sample(
        str(raw.UUID.UUIDString),
        round(raw.startDate.timeIntervalSince1970() * 1000),
        round(raw.endDate.timeIntervalSince1970() * 1000),
        float(_value(raw, unit)),
        str(revision.source.bundleIdentifier),
        str(revision.productType or ""),
        str(zone or ""),
        None if reason is None else int(reason.integerValue),
    )


def _value(raw: Any, unit: str) -> Any:
    if not unit:
        return raw.value
    return raw.quantity.doubleValueForUnit_(ObjCClass("HKUnit").unitFromString_(unit))

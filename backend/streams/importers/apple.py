"""Apple Health's export.xml, alone or in export.zip: streamed, a million records in little memory.

Real exports carry a broken document type and stray control characters, so both are cut away before
the parser sees the text. With the document type goes every entity that it might define: a bomb of
entities ends as a parse error. From a zip only the one member is read, and nothing is unpacked.
The parser is expat itself, fed piece by piece and held to defusedxml's rules: the classes that
defusedxml wraps around it build an object for each element and take twice the time.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from xml.parsers import expat

import numpy as np
import numpy.typing as npt
from defusedxml.common import DefusedXmlException, DTDForbidden

from backend.streams.columns import Instants
from backend.streams.importers import zips
from backend.streams.importers.reading import (
    Export,
    Options,
    Run,
    Unreadable,
    number,
    refused,
    slug,
)
from backend.streams.importers.times import stamps_ms
from backend.wire.measures import SleepStage

PIECE = 1 << 18
LONGEST_DOCTYPE = 1 << 20
LONGEST_TAG = 1 << 20  # expat keeps an unfinished tag whole and scans it anew with each piece
AT_ONCE = 50_000  # records that wait to become columns
MOST_SERIES = 5_000
CONTROLS = bytes(set(range(32)) - {9, 10, 13})
NO_TIME = "time not readable"
UNMEASURED = "nothing here measures this"
NO_EXPORT = "The zip file does not hold one Apple Health export."
PREFIX = "HKQuantityTypeIdentifier"
UNIT_ALIASES = {"count/min": "/min", "count/s": "/s", "%": "1", "mmHg": "mm[Hg]", "IU": "[iU]"}
KINDS = {
    "HeartRate": "heart_rate",
    "RestingHeartRate": "resting_heart_rate",
    "HeartRateVariabilitySDNN": "heart_rate_variability",
    "BloodGlucose": "glucose",
    "StepCount": "steps",
    "DistanceWalkingRunning": "distance",
    "ActiveEnergyBurned": "active_energy",
    "BloodPressureSystolic": "systolic",
    "BloodPressureDiastolic": "diastolic",
    "OxygenSaturation": "spo2",
    "BodyTemperature": "body_temperature",
    "RespiratoryRate": "respiratory_rate",
    "BodyMass": "body_weight",
    "DietaryCarbohydrates": "carbohydrate",
    "InsulinDelivery": "insulin_bolus",
}
INSULIN = PREFIX + "InsulinDelivery"
REASON = "HKInsulinDeliveryReason"
BASAL = "1"  # HKInsulinDeliveryReasonBasal
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
STAGE = "HKCategoryValueSleepAnalysis"
STAGES = {
    "InBed": SleepStage.IN_BED,
    "Asleep": SleepStage.ASLEEP,
    "AsleepUnspecified": SleepStage.ASLEEP,
    "Awake": SleepStage.AWAKE,
    "AsleepCore": SleepStage.LIGHT,
    "AsleepDeep": SleepStage.DEEP,
    "AsleepREM": SleepStage.REM,
}

Attributes = dict[str, str]
Named = tuple[str, str, str]


def recognises(export: Export) -> bool:
    """A zip, or XML that begins like Apple's."""
    head = export.head()
    return head[:4] == zips.MAGIC or b"<HealthData" in head or b"<!DOCTYPE HealthData" in head


def read(export: Export, options: Options) -> Iterator[Run]:
    """The Records of the export; raises Unreadable."""
    records = _Records()
    parser = _parser(records)
    fed = 0
    try:
        with _xml(export) as file:
            for piece in _without_doctype(file):
                text = piece.translate(None, CONTROLS)
                parser.Parse(text, False)
                fed += len(text)
                if fed - parser.CurrentByteIndex > LONGEST_TAG:
                    raise Unreadable("The file holds a tag without an end.")
                if records.waiting >= AT_ONCE:
                    yield from records.take()
        parser.Parse(b"", True)
    except (expat.ExpatError, DefusedXmlException) as error:
        raise Unreadable("The file is not the XML that Apple Health writes.") from error
    yield from records.rest()


def _parser(records: "_Records") -> Any:
    """Expat that tells of elements alone, and ends at any document type, entities or not."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = records.start
    parser.StartDoctypeDeclHandler = _forbid
    return parser


def _forbid(name: str, sysid: str | None, pubid: str | None, _: bool) -> None:
    raise DTDForbidden(name, sysid, pubid)


@contextmanager
def _xml(export: Export) -> Iterator[BinaryIO]:
    with export.open() as file:
        if export.head()[:4] != zips.MAGIC:
            yield file
            return
        with zips.open_member(file, _is_export, NO_EXPORT) as member:
            yield member


def _is_export(path: PurePosixPath) -> bool:
    return path.suffix == ".xml" and not path.stem.endswith("_cda") and len(path.parts) <= 2


def _without_doctype(file: BinaryIO) -> Iterator[bytes]:
    """The text in pieces, the document type left out."""
    head = file.read(PIECE)
    start = head.find(b"<!DOCTYPE")
    if start >= 0 and not re.search(rb"<HealthData[\s>]", head[:start]):
        while (end := _doctype_end(head, start)) < 0:
            more = file.read(PIECE)
            if not more or len(head) > LONGEST_DOCTYPE:
                raise Unreadable("The document type does not end.")
            head += more
        head = head[:start] + head[end:]
    yield head
    while piece := file.read(PIECE):
        yield piece


def _doctype_end(head: bytes, start: int) -> int:
    """Behind the document type, or -1: at "]>" if it has an inner part, else at its ">"."""
    inner, plain = head.find(b"[", start), head.find(b">", start)
    if plain < 0 or 0 <= inner < plain:
        match = re.compile(rb"\]\s*>").search(head, start)
        return match.end() if match else -1
    return plain + 1


class _Series:
    """Records of one kind, unit and source that wait to become columns: texts as they stand.

    Without a kind they are records of what nothing here measures.
    """

    __slots__ = ("kind", "numbers", "source", "starts", "unit", "values")

    def __init__(self, kind: str, unit: str, source: str):
        self.kind, self.unit, self.source = kind, unit, source
        self.numbers: list[int] = []
        self.starts: list[str] = []
        self.values: list[str] = []

    def add(self, number_: int, attributes: Attributes) -> None:
        """One record, whole or not."""
        self.starts.append(attributes.get("startDate", ""))
        self.values.append(attributes.get("value", ""))
        self.numbers.append(number_)

    def take(self) -> Iterator[Run]:
        """What waits, refused rows apart."""
        numbers = np.array(self.numbers, np.int64)
        if not self.kind:
            yield refused(numbers, UNMEASURED)
            self.numbers, self.starts, self.values = [], [], []
            return
        instants, good = stamps_ms(self.starts)
        values, reasons = _numbers(self.values)
        if not good.all():
            yield refused(numbers[~good], NO_TIME)
        for place, reason in reasons:
            if good[place]:
                good[place] = False
                yield refused(numbers[place : place + 1], reason)
        yield Run(numbers[good], instants[good], values[good], self.kind, self.unit, self.source)
        self.numbers, self.starts, self.values = [], [], []


def _numbers(texts: list[str]) -> tuple[npt.NDArray[np.float64], list[tuple[int, str]]]:
    """The values, and where there is none for which reason."""
    try:
        values = np.array(list(map(float, texts)))
    except ValueError:
        values = np.full(len(texts), np.nan)
    if np.isfinite(values).all():
        return values, []
    reasons = []
    for place, text in enumerate(texts):
        found = number(text)
        if isinstance(found, str):
            reasons.append((place, found))
        else:
            values[place] = found
    return values, reasons


class _Records:
    """What the parser tells, kept by series until there is enough for columns."""

    def __init__(self) -> None:
        self._count = self._taken = 0
        self._series: dict[tuple[str, str, str], _Series] = {}
        self._known: dict[Named, _Series] = {}  # by what a record says of itself
        self._insulin: Attributes | None = None
        self._nights = _Nights()

    def start(self, tag: str, attributes: Attributes) -> None:
        """A Record, or what stands within one. Called for each element: no detours here."""
        if tag == "Record":
            self._count += 1
            try:
                start, value = attributes["startDate"], attributes["value"]
                series = self._known[
                    attributes["type"], attributes["unit"], attributes["sourceName"]
                ]
            except KeyError:
                self._look_closer(self._count - 1, attributes)
                return
            series.starts.append(start)
            series.values.append(value)
            series.numbers.append(self._count - 1)
        elif self._insulin is not None and attributes.get("key") == REASON:
            self._insulin["reason"] = attributes.get("value", "")

    def take(self) -> Iterator[Run]:
        """The records so far."""
        for series in self._series.values():
            if series.numbers:
                yield from series.take()
        self._taken = self._count
        yield from self._nights.take()

    def rest(self) -> Iterator[Run]:
        """All that is left: an insulin and the last sleep of each source waited for a next one."""
        self._settle_insulin()
        self._nights.end()
        yield from self.take()

    @property
    def waiting(self) -> int:
        """How many records were not taken yet."""
        return self._count - self._taken

    def _look_closer(self, number_: int, attributes: Attributes) -> None:
        """The first record of a series, and all that are no plain numbers of a known kind."""
        self._settle_insulin()
        of, unit, source = (attributes.get(name, "") for name in ("type", "unit", "sourceName"))
        kind = KINDS.get(of.removeprefix(PREFIX), "")
        if of == SLEEP:
            self._nights.record(number_, attributes)
        elif of == INSULIN:
            self._insulin = attributes | {"number": str(number_)}
        else:
            series = self._series_of(kind, unit, source)
            series.add(number_, attributes)
            self._known[of, unit, source] = series
            if len(self._known) > MOST_SERIES:
                raise Unreadable("The file names too many sources.")

    def _series_of(self, kind: str, unit: str, source: str) -> _Series:
        unit = "mmol/L" if unit.startswith("mmol<") else UNIT_ALIASES.get(unit, unit)
        named = (kind, unit, slug(source) or "apple-health")
        return self._series.setdefault(named, _Series(*named))

    def _settle_insulin(self) -> None:
        """Bolus or basal stands within the record, so it waits for what follows it."""
        if self._insulin is None:
            return
        attributes, self._insulin = self._insulin, None
        kind = "insulin_basal" if attributes.get("reason") == BASAL else "insulin_bolus"
        series = self._series_of(kind, attributes.get("unit", ""), attributes.get("sourceName", ""))
        series.add(int(attributes["number"]), attributes)


class _Nights:
    """Sleep: a stage lasts until the next; where none follows, being awake ends it."""

    def __init__(self) -> None:
        self._found: dict[str, list[tuple[int, int, float]]] = {}
        self._refused: dict[str, list[int]] = {}
        self._last: dict[str, tuple[int, int, int]] = {}  # number, start, end

    def record(self, number_: int, attributes: Attributes) -> None:
        """One stage."""
        (start_ms, end_ms), good = stamps_ms(
            [attributes.get("startDate", ""), attributes.get("endDate", "")]
        )
        stage = STAGES.get(attributes.get("value", "").removeprefix(STAGE))
        if not good[0]:
            self._refused.setdefault(NO_TIME, []).append(number_)
        elif stage is None or not good[1]:
            self._refused.setdefault(UNMEASURED, []).append(number_)
        else:
            source = slug(attributes.get("sourceName", "")) or "apple-health"
            self._close(source, int(start_ms))
            self._found.setdefault(source, []).append((number_, int(start_ms), float(stage)))
            self._last[source] = (number_, int(start_ms), int(end_ms))

    def end(self) -> None:
        """Nothing follows any more."""
        for source in list(self._last):
            self._close(source, None)

    def take(self) -> Iterator[Run]:
        """The samples so far, in columns."""
        for reason, numbers in self._refused.items():
            yield refused(np.array(numbers, np.int64), reason)
        for source, found in self._found.items():
            places, instants, values = zip(*found, strict=True)
            yield Run(
                _whole(places), _whole(instants), np.array(values),
                "sleep_stage", "{stage}", source,
            )  # fmt: skip
        self._found, self._refused = {}, {}

    def _close(self, source: str, next_ms: int | None) -> None:
        if source not in self._last:
            return
        number_, start_ms, end_ms = self._last.pop(source)
        if next_ms is None or not start_ms <= next_ms <= end_ms:
            awake = (number_, end_ms, float(SleepStage.AWAKE))
            self._found.setdefault(source, []).append(awake)


def _whole(numbers: Iterable[int]) -> Instants:
    return np.array(list(numbers), np.int64)

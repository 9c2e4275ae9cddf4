"""Apple Health's export.xml, alone or in export.zip: streamed, a million records in little memory.

Real exports carry a broken document type and stray control characters, so both are cut away before
the parser sees the text. With the document type goes every entity that it might define: a bomb of
entities ends as a parse error. From a zip only the one member is read, and nothing is unpacked.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from backend.streams.importers.reading import Export, Options, Row, Sample, Unreadable, number, slug
from backend.wire.codec import ms_of
from backend.wire.measures import SleepStage

DAMAGED_ZIP = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
PIECE = 1 << 18
LONGEST_DOCTYPE = 1 << 20
MOST_RATIO = 200  # real exports shrink 20 to 40 times
CONTROLS = bytes(set(range(32)) - {9, 10, 13})
UNMEASURED = "nothing here measures this"
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
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
STAGES = {
    "InBed": SleepStage.IN_BED,
    "Asleep": SleepStage.ASLEEP,
    "AsleepUnspecified": SleepStage.ASLEEP,
    "Awake": SleepStage.AWAKE,
    "AsleepCore": SleepStage.LIGHT,
    "AsleepDeep": SleepStage.DEEP,
    "AsleepREM": SleepStage.REM,
}
BASAL = "1"  # HKInsulinDeliveryReasonBasal


def recognises(export: Export) -> bool:
    """A zip, or XML that begins like Apple's."""
    head = export.head()
    return head[:4] == b"PK\x03\x04" or b"<HealthData" in head or b"<!DOCTYPE HealthData" in head


def read(export: Export, options: Options) -> Iterator[Row]:
    """Each Record of the export; raises Unreadable."""
    records = _Records()
    parser = DefusedXMLParser(target=records, forbid_dtd=True)
    try:
        with _xml(export) as file:
            for piece in _without_doctype(file):
                parser.feed(piece.translate(None, CONTROLS))
                yield from records.take()
        parser.close()
    except (ParseError, DefusedXmlException) as error:
        raise Unreadable("The file is not the XML that Apple Health writes.") from error
    except DAMAGED_ZIP as error:
        raise Unreadable("The zip file is damaged.") from error
    yield from records.rest()


@contextmanager
def _xml(export: Export) -> Iterator[BinaryIO]:
    with export.open() as file:
        if export.head()[:4] != b"PK\x03\x04":
            yield file
            return
        with zipfile.ZipFile(file) as archive, archive.open(_member(archive)) as member:
            yield member  # type: ignore[misc]


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The export in the archive; an archive with odd paths or an unlikely size is refused whole."""
    found = []
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename:
            raise Unreadable("The zip file names paths outside of itself.")
        if path.suffix == ".xml" and not path.stem.endswith("_cda") and len(path.parts) <= 2:
            found.append(info)
    if len(found) != 1:
        raise Unreadable("The zip file does not hold one Apple Health export.")
    if found[0].file_size > MOST_RATIO * max(found[0].compress_size, 1):
        raise Unreadable("The zip file grows too large.")
    return found[0]


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


class _Records:
    """The parser's target: turns Record elements into rows, building no tree."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._open: dict[str, str] | None = None
        self._asleep: dict[str, tuple[Sample, int]] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A Record begins, or something within one tells more of it."""
        if tag == "Record":
            self._finish()
            self._open = attributes
        elif self._open is not None and attributes.get("key") == "HKInsulinDeliveryReason":
            self._open["reason"] = attributes.get("value", "")

    def end(self, tag: str) -> None:
        """The Record is complete."""
        if tag == "Record":
            self._finish()

    def data(self, text: str) -> None:
        """Nothing that counts stands between tags."""

    def close(self) -> None:
        """The document has ended."""

    def take(self) -> list[Row]:
        """The rows that are complete."""
        rows, self._rows = self._rows, []
        return rows

    def rest(self) -> list[Row]:
        """The last sleep of each source, which waited for a next one."""
        rows = [_sleep_row(sample, end_ms, None) for sample, end_ms in self._asleep.values()]
        self._asleep.clear()
        return rows

    def _finish(self) -> None:
        if self._open is None:
            return
        attributes, self._open = self._open, None
        start_ms = _instant_ms(attributes.get("startDate", ""))
        if start_ms is None:
            self._rows.append(Row((), "time not readable"))
        elif attributes.get("type") == SLEEP:
            self._sleep(attributes, start_ms)
        else:
            self._rows.append(_quantity(attributes, start_ms))

    def _sleep(self, attributes: dict[str, str], start_ms: int) -> None:
        """A stage lasts until the next: where none follows, being awake ends it."""
        stage = STAGES.get(attributes.get("value", "").removeprefix("HKCategoryValueSleepAnalysis"))
        end_ms = _instant_ms(attributes.get("endDate", ""))
        if stage is None or end_ms is None:
            self._rows.append(Row((), UNMEASURED))
            return
        source = slug(attributes.get("sourceName", "")) or "apple-health"
        before = self._asleep.pop(source, None)
        if before is not None:
            self._rows.append(_sleep_row(*before, start_ms))
        sample = Sample("sleep_stage", "{stage}", source, start_ms, float(stage))
        self._asleep[source] = (sample, end_ms)


def _sleep_row(sample: Sample, end_ms: int, next_ms: int | None) -> Row:
    if next_ms is not None and sample.at_ms <= next_ms <= end_ms:
        return Row((sample,))
    return Row((sample, sample._replace(at_ms=end_ms, value=float(SleepStage.AWAKE))))


def _quantity(attributes: dict[str, str], start_ms: int) -> Row:
    kind = KINDS.get(attributes.get("type", "").removeprefix(PREFIX))
    if kind is None:
        return Row((), UNMEASURED)
    if kind == "insulin_bolus" and attributes.get("reason") == BASAL:
        kind = "insulin_basal"
    value = number(attributes.get("value", ""))
    if isinstance(value, str):
        return Row((), value)
    written = attributes.get("unit", "")
    unit = "mmol/L" if written.startswith("mmol<") else UNIT_ALIASES.get(written, written)
    source = slug(attributes.get("sourceName", "")) or "apple-health"
    return Row((Sample(kind, unit, source, start_ms, value),))


def _instant_ms(text: str) -> int | None:
    """Apple writes "2024-01-01 01:01:36 +0200"; what carries no offset is not guessed."""
    try:
        found = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        return ms_of(found) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None

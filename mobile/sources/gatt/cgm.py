"""CGM Measurement, 0x2AA7, and session start, 0x2AAA (CGM Service 1.0.2).

The end-to-end CRC is not announced in a flag: a record that is two bytes longer than its fields
carries one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mobile.sources.gatt.packet import Packet, Reading, Refused, one_of, plausible, set_bits, within

SHORTEST = 6
CRC_BYTES = 2
ANNUNCIATION = (
    "session stopped",
    "device battery low",
    "sensor type incorrect",
    "sensor malfunction",
    "device specific alert",
    "general device fault",
    "",
    "",
    "time synchronisation required",
    "calibration not allowed",
    "calibration recommended",
    "calibration required",
    "sensor temperature too high",
    "sensor temperature too low",
    "",
    "",
    "below the patient's low level",
    "above the patient's high level",
    "below the hypo level",
    "above the hyper level",
    "rate of decrease exceeded",
    "rate of increase exceeded",
    "below what the device can process",
    "above what the device can process",
)
FAULTS = {
    "session stopped",
    "sensor type incorrect",
    "sensor malfunction",
    "general device fault",
    "sensor temperature too high",
    "sensor temperature too low",
    "below what the device can process",
    "above what the device can process",
}
UNKNOWN_ZONE = -128
SUMMER_TIMES = {0: "none", 2: "half an hour", 4: "an hour", 8: "two hours"}
UNKNOWN_SUMMER = 255


@dataclass(frozen=True, slots=True)
class CgmRecord:
    """`offset_min` counts from the start of the session; the status says faults and alerts."""

    offset_min: int
    glucose_mg_dl: float
    trend_mg_dl_per_min: float | None
    quality_percent: float | None
    status: tuple[str, ...]
    crc_checked: bool

    def readings(self) -> tuple[Reading, ...]:
        """What can be kept."""
        return (Reading("glucose", self.glucose_mg_dl, "mg/dL"),)

    def doubt(self) -> str:
        """Why it should not be kept; empty if it may."""
        return ", ".join(word for word in self.status if word in FAULTS)


@dataclass(frozen=True, slots=True)
class Cgm:
    """One notification holds one or more records."""

    records: tuple[CgmRecord, ...]

    def readings(self) -> tuple[Reading, ...]:
        """What can be kept of all records."""
        return tuple(reading for record in self.records for reading in record.readings())

    def doubt(self) -> str:
        """Each record has its own."""
        return ", ".join(filter(None, (record.doubt() for record in self.records)))


@dataclass(frozen=True, slots=True)
class SessionStart:
    """When the session began, by the device's clock; in UTC if the device knows its zone."""

    start_local: datetime | None
    start_utc: datetime | None

    def readings(self) -> tuple[Reading, ...]:
        """A start measures nothing."""
        return ()

    def doubt(self) -> str:
        """A start measures nothing."""
        return ""


def e2e_crc(data: bytes) -> int:
    """CRC-CCITT, seed 0xFFFF, least significant bit first (CGM Service 3.11)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc


def split_records(data: bytes) -> list[bytes]:
    """The records of one notification, each with its own size; raises Refused."""
    Packet(data)
    records, at = [], 0
    while at < len(data):
        size = data[at]
        if size < SHORTEST:
            raise Refused("truncated: a record is shorter than its mandatory fields")
        if at + size > len(data):
            raise Refused("truncated: the packet ends before its record does")
        records.append(data[at : at + size])
        at += size
    return records


def decode_cgm(data: bytes) -> Cgm:
    """One notification of 0x2AA7; raises Refused for the whole of it."""
    return Cgm(tuple(map(decode_record, split_records(data))))


def decode_record(data: bytes, *, protected: bool = False) -> CgmRecord:
    """One record of a notification; without a CRC it is refused from a `protected` sensor."""
    packet = Packet(data)
    packet.unsigned(1, "size")
    flags = packet.unsigned(1, "flags")
    glucose = packet.sfloat("glucose concentration")
    offset = packet.unsigned(2, "time offset")
    bits = 0
    for flag, shift in ((0x80, 0), (0x40, 8), (0x20, 16)):
        bits |= packet.unsigned(1, "sensor status") << shift if flags & flag else 0
    trend = packet.sfloat_or_none("trend") if flags & 0x01 else None
    quality = packet.sfloat_or_none("quality") if flags & 0x02 else None
    checked = check_crc(packet, data, required=protected)
    packet.end()
    plausible("glucose", glucose)
    if trend is not None:
        within("trend", trend, -100, 100, "mg/dL/min")
    if quality is not None:
        within("quality", quality, 0, 100, "%")
    return CgmRecord(offset, glucose, trend, quality, set_bits(bits, ANNUNCIATION), checked)


def check_crc(packet: Packet, data: bytes, *, required: bool = False) -> bool:
    """Whether a CRC follows; raises Refused if it does not fit, or is missing and required."""
    if packet.left > CRC_BYTES or (packet.left < CRC_BYTES and not required):
        return False  # what is left over is refused where the fields end
    if packet.unsigned(CRC_BYTES, "CRC") != e2e_crc(data[:-CRC_BYTES]):
        raise Refused("damaged: the CRC does not fit the record")
    return True


def decode_session_start(data: bytes) -> SessionStart:
    """A read of 0x2AAA; raises Refused."""
    packet = Packet(data)
    start = packet.date_time("session start")
    quarters = packet.signed(1, "time zone")
    summer = packet.unsigned(1, "summer time")
    check_crc(packet, data)
    packet.end()
    if quarters != UNKNOWN_ZONE:
        within("time zone", quarters, -48, 56, "quarter hours")
    if summer != UNKNOWN_SUMMER:
        one_of("summer time", summer, SUMMER_TIMES)
    if start is None or quarters == UNKNOWN_ZONE or summer == UNKNOWN_SUMMER:
        return SessionStart(start, None)
    within("year of the session start", start.year, 1970, 9998)
    utc = start - timedelta(minutes=15 * (quarters + summer))
    return SessionStart(start, utc.replace(tzinfo=UTC))

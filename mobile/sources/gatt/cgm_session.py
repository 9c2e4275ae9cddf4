"""What a CGM says about itself: Feature 0x2AA8, Status 0x2AA9, Session Run Time 0x2AAB."""

from dataclasses import dataclass

from mobile.sources.gatt.cgm import ANNUNCIATION, check_crc
from mobile.sources.gatt.glucose import SAMPLE_TYPES
from mobile.sources.gatt.packet import Packet, Reading, Refused, one_of, set_bits

E2E_CRC = 1 << 12
NO_CRC = 0xFFFF
LOCATIONS = {
    1: "finger",
    2: "alternate site",
    3: "earlobe",
    4: "control solution",
    5: "subcutaneous tissue",
    15: "not available",
}


@dataclass(frozen=True, slots=True)
class _Silent:
    """Says nothing about the patient."""

    def readings(self) -> tuple[Reading, ...]:
        """Nothing to keep."""
        return ()

    def doubt(self) -> str:
        """Nothing to doubt."""
        return ""


@dataclass(frozen=True, slots=True)
class CgmFeature(_Silent):
    """`protected` means that each packet must carry a CRC."""

    protected: bool
    sample_type: str
    sample_location: str


@dataclass(frozen=True, slots=True)
class CgmStatus(_Silent):
    """How many minutes ago the session began, whatever the sensor's clock says."""

    offset_min: int
    status: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CgmRunTime(_Silent):
    """How many hours a session is to last."""

    hours: int


def decode_feature(data: bytes) -> CgmFeature:
    """A read of 0x2AA8; raises Refused."""
    packet = Packet(data)
    protected = bool(packet.unsigned(3, "features") & E2E_CRC)
    nibbles = packet.unsigned(1, "type and sample location")
    if protected:
        check_crc(packet, data, required=True)
    elif packet.unsigned(2, "CRC") != NO_CRC:
        raise Refused("reserved value: a CRC stands where the sensor says that it has none")
    packet.end()
    return CgmFeature(
        protected,
        one_of("sample type", nibbles & 0x0F, SAMPLE_TYPES),
        one_of("sample location", nibbles >> 4, LOCATIONS),
    )


def decode_status(data: bytes) -> CgmStatus:
    """A read of 0x2AA9; raises Refused."""
    packet = Packet(data)
    offset = packet.unsigned(2, "time offset")
    status = set_bits(packet.unsigned(3, "status"), ANNUNCIATION)
    check_crc(packet, data)
    packet.end()
    return CgmStatus(offset, status)


def decode_run_time(data: bytes) -> CgmRunTime:
    """A read of 0x2AAB; raises Refused."""
    packet = Packet(data)
    hours = packet.unsigned(2, "run time")
    check_crc(packet, data)
    packet.end()
    return CgmRunTime(hours)

"""Blood Pressure Measurement, 0x2A35 (Blood Pressure Service 1.1)."""

from dataclasses import dataclass
from datetime import datetime

from backend.wire.measures import convert
from mobile.sources.gatt.packet import Packet, Reading, Refused, one_of, plausible, set_bits, within

UNKNOWN_USER = 255
STATUS = ("body movement", "cuff too loose", "irregular pulse", "", "", "improper position")
PULSE_RANGE = {0: "within", 1: "above", 2: "below"}


@dataclass(frozen=True, slots=True)
class BloodPressure:
    """Always in mmHg; `unit_sent` is what the device spoke. A cuff that computes no mean arterial
    pressure sends NaN there, which is None here.
    """

    systolic_mmhg: float
    diastolic_mmhg: float
    mean_arterial_mmhg: float | None
    unit_sent: str
    taken_local: datetime | None
    pulse_per_min: float | None
    user_id: int | None
    status: tuple[str, ...]
    pulse_range: str | None

    def readings(self) -> tuple[Reading, ...]:
        """What can be kept."""
        pressures = (
            Reading("systolic", self.systolic_mmhg, "mm[Hg]"),
            Reading("diastolic", self.diastolic_mmhg, "mm[Hg]"),
        )
        if self.pulse_per_min is None:
            return pressures
        return (*pressures, Reading("heart_rate", self.pulse_per_min, "/min"))

    def doubt(self) -> str:
        """Why it should not be kept; empty if it may. An irregular pulse is a finding, no fault."""
        return ", ".join(word for word in self.status if word != "irregular pulse")


def decode_blood_pressure(data: bytes) -> BloodPressure:
    """One indication; raises Refused."""
    packet = Packet(data)
    flags = packet.unsigned(1, "flags")
    unit = "kPa" if flags & 0x01 else "mmHg"
    systolic, diastolic, mean = _pressures(packet, unit)
    taken = packet.date_time("time stamp") if flags & 0x02 else None
    pulse = packet.sfloat_or_none("pulse rate") if flags & 0x04 else None
    if pulse is not None:
        plausible("heart_rate", pulse)
    user = packet.unsigned(1, "user id") if flags & 0x08 else UNKNOWN_USER
    bits = packet.unsigned(2, "measurement status") if flags & 0x10 else None
    packet.end()
    return BloodPressure(
        systolic,
        diastolic,
        mean,
        unit,
        taken,
        pulse,
        None if user == UNKNOWN_USER else user,
        set_bits(bits or 0, STATUS),
        None if bits is None else one_of("pulse rate range", bits >> 3 & 3, PULSE_RANGE),
    )


def _pressures(packet: Packet, unit: str) -> tuple[float, float, float | None]:
    systolic = _mmhg(packet.sfloat("systolic pressure"), unit)
    diastolic = _mmhg(packet.sfloat("diastolic pressure"), unit)
    sent = packet.sfloat_or_none("mean arterial pressure")
    mean = None if sent is None else _mmhg(sent, unit)
    plausible("systolic", systolic)
    plausible("diastolic", diastolic)
    if diastolic >= systolic:
        raise Refused("out of range: the diastolic pressure is not below the systolic one")
    if mean is not None:
        within("mean arterial pressure", mean, 0, 350, "mmHg")
    return systolic, diastolic, mean


def _mmhg(value: float, unit: str) -> float:
    return round(convert("systolic", unit, [value])[0], 3)

"""Weight Measurement, 0x2A9D (Weight Scale Service 1.0), in SI or imperial resolution."""

from dataclasses import dataclass
from datetime import datetime

from backend.wire.measures import convert
from mobile.sources.gatt.packet import Packet, Reading, Refused, plausible, within

UNSUCCESSFUL = 0xFFFF
UNKNOWN_USER = 255
METRES_PER_INCH = 0.0254


@dataclass(frozen=True, slots=True)
class Weight:
    """Always in kilograms and metres; `unit_sent` is what the scale spoke."""

    weight_kg: float
    unit_sent: str
    taken_local: datetime | None
    user_id: int | None
    bmi_kg_m2: float | None
    height_m: float | None

    def readings(self) -> tuple[Reading, ...]:
        """What can be kept."""
        return (Reading("body_weight", self.weight_kg, "kg"),)

    def doubt(self) -> str:
        """A scale says by its value that it failed, and that was refused."""
        return ""


def decode_weight(data: bytes) -> Weight:
    """One indication; raises Refused."""
    packet = Packet(data)
    flags = packet.unsigned(1, "flags")
    imperial = bool(flags & 0x01)
    raw = packet.unsigned(2, "weight")
    if raw == UNSUCCESSFUL:
        raise Refused("reserved value: the scale says that the measurement failed")
    kilograms = convert("body_weight", "lb", [raw / 100])[0] if imperial else raw * 5 / 1000
    taken = packet.date_time("time stamp") if flags & 0x02 else None
    user = packet.unsigned(1, "user id") if flags & 0x04 else UNKNOWN_USER
    bmi, height = _figure(packet, imperial=imperial) if flags & 0x08 else (None, None)
    packet.end()
    plausible("body_weight", kilograms)
    return Weight(
        round(kilograms, 4),
        "lb" if imperial else "kg",
        taken,
        None if user == UNKNOWN_USER else user,
        bmi,
        height,
    )


def _figure(packet: Packet, *, imperial: bool) -> tuple[float, float]:
    bmi = packet.unsigned(2, "body mass index") / 10
    raw = packet.unsigned(2, "height")
    height = round(raw / 10 * METRES_PER_INCH, 4) if imperial else raw / 1000
    return within("body mass index", bmi, 0, 200), within("height", height, 0, 3, "m")

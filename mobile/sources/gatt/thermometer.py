"""Temperature Measurement, 0x2A1C (Health Thermometer Service 1.0)."""

from dataclasses import dataclass
from datetime import datetime

from backend.wire.measures import convert
from mobile.sources.gatt.packet import Packet, Reading, one_of, plausible

SITES = {
    1: "armpit",
    2: "body",
    3: "ear",
    4: "finger",
    5: "gastro-intestinal tract",
    6: "mouth",
    7: "rectum",
    8: "toe",
    9: "eardrum",
}


@dataclass(frozen=True, slots=True)
class Temperature:
    """Always in degrees Celsius; `unit_sent` is what the device spoke."""

    temperature_cel: float
    unit_sent: str
    taken_local: datetime | None
    site: str | None

    def readings(self) -> tuple[Reading, ...]:
        """What can be kept."""
        return (Reading("body_temperature", self.temperature_cel, "Cel"),)

    def doubt(self) -> str:
        """A thermometer tells no faults."""
        return ""


def decode_temperature(data: bytes) -> Temperature:
    """One indication; raises Refused."""
    packet = Packet(data)
    flags = packet.unsigned(1, "flags")
    unit = "degF" if flags & 0x01 else "Cel"
    sent = packet.float32("temperature")
    degrees = round(convert("body_temperature", unit, [sent])[0], 3)
    taken = packet.date_time("time stamp") if flags & 0x02 else None
    site = None
    if flags & 0x04:
        site = one_of("temperature type", packet.unsigned(1, "temperature type"), SITES)
    packet.end()
    return Temperature(plausible("body_temperature", degrees), unit, taken, site)

"""Heart Rate Measurement, 0x2A37 (Heart Rate Service 1.0)."""

from dataclasses import dataclass

from mobile.sources.gatt.packet import Packet, Reading, Refused, plausible

RR_PER_SECOND = 1024


@dataclass(frozen=True, slots=True)
class HeartRate:
    """`skin_contact` is None where the sensor cannot tell; intervals are oldest first."""

    heart_rate_per_min: int
    skin_contact: bool | None
    energy_kj: int | None
    rr_intervals_ms: tuple[float, ...]

    def readings(self) -> tuple[Reading, ...]:
        """What can be kept."""
        beats = tuple(Reading("rr_interval", rr, "ms") for rr in self.rr_intervals_ms)
        return (Reading("heart_rate", self.heart_rate_per_min, "/min"), *beats)

    def doubt(self) -> str:
        """Why it should not be kept; empty if it may."""
        return "no skin contact" if self.skin_contact is False else ""


def decode_heart_rate(data: bytes) -> HeartRate:
    """One notification; raises Refused."""
    packet = Packet(data)
    flags = packet.unsigned(1, "flags")
    rate = packet.unsigned(2 if flags & 0x01 else 1, "heart rate")
    plausible("heart_rate", rate)
    contact = bool(flags & 0x02) if flags & 0x04 else None
    energy = packet.unsigned(2, "energy") if flags & 0x08 else None
    intervals = _intervals(packet) if flags & 0x10 else ()
    packet.end()
    return HeartRate(rate, contact, energy, intervals)


def _intervals(packet: Packet) -> tuple[float, ...]:
    if not packet.left:
        raise Refused("truncated: RR intervals are promised and none follow")
    intervals = []
    while packet.left:
        ticks = packet.unsigned(2, "RR interval")
        plausible("rr_interval", ticks * 1000 / RR_PER_SECOND)
        intervals.append(round(ticks * 1000 / RR_PER_SECOND, 3))
    return tuple(intervals)

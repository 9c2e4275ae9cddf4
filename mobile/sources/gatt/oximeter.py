"""PLX Spot-check, 0x2A5E, and Continuous Measurement, 0x2A5F (Pulse Oximeter Service 1.0)."""

from dataclasses import dataclass
from datetime import datetime

from mobile.sources.gatt.packet import Packet, Reading, plausible, set_bits, within

MEASUREMENT_STATUS = (
    *[""] * 5,
    "ongoing",
    "early estimate",
    "validated",
    "fully qualified",
    "from storage",
    "demonstration",
    "testing",
    "calibration ongoing",
    "unavailable",
    "questionable",
    "invalid",
)
SENSOR_STATUS = (
    "extended display update",
    "equipment malfunction",
    "signal processing irregular",
    "inadequate signal",
    "poor signal",
    "low perfusion",
    "erratic signal",
    "no pulse",
    "questionable pulse",
    "signal analysis ongoing",
    "sensor interface malfunction",
    "sensor unconnected",
    "unknown sensor",
    "sensor displaced",
    "sensor malfunction",
    "sensor disconnected",
)
NO_MEASUREMENT = {
    "early estimate",
    "demonstration",
    "testing",
    "calibration ongoing",
    "unavailable",
    "questionable",
    "invalid",
    "equipment malfunction",
    "inadequate signal",
    "no pulse",
    "sensor interface malfunction",
    "sensor unconnected",
    "sensor displaced",
    "sensor malfunction",
    "sensor disconnected",
}


@dataclass(frozen=True, slots=True)
class Saturation:
    """Oxygen saturation and pulse; the pulse is None where the device sends NaN for it.

    `clock_is_set` is None where the device does not say.
    """

    spo2_percent: float
    pulse_per_min: float | None
    spo2_fast_percent: float | None
    pulse_fast_per_min: float | None
    spo2_slow_percent: float | None
    pulse_slow_per_min: float | None
    taken_local: datetime | None
    clock_is_set: bool | None
    status: tuple[str, ...]
    pulse_amplitude_percent: float | None

    def readings(self) -> tuple[Reading, ...]:
        """What can be kept: the normal averaging, not the fast or slow one."""
        saturation = Reading("spo2", self.spo2_percent, "%")
        if self.pulse_per_min is None:
            return (saturation,)
        return saturation, Reading("heart_rate", self.pulse_per_min, "/min")

    def doubt(self) -> str:
        """Why it should not be kept; empty if it may."""
        return ", ".join(word for word in self.status if word in NO_MEASUREMENT)


def decode_spot_check(data: bytes) -> Saturation:
    """One indication of 0x2A5E; raises Refused."""
    packet = Packet(data)
    flags = packet.unsigned(1, "flags")
    spo2, pulse = _main_pair(packet)
    taken = packet.date_time("time stamp") if flags & 0x01 else None
    status = _status(packet, measurement=bool(flags & 0x02), sensor=bool(flags & 0x04))
    amplitude = _amplitude(packet) if flags & 0x08 else None
    packet.end()
    clock = not flags & 0x10 if flags & 0x01 else None
    return Saturation(spo2, pulse, None, None, None, None, taken, clock, status, amplitude)


def decode_continuous(data: bytes) -> Saturation:
    """One notification of 0x2A5F; raises Refused."""
    packet = Packet(data)
    flags = packet.unsigned(1, "flags")
    normal = _main_pair(packet)
    fast = _side_pair(packet, "fast") if flags & 0x01 else (None, None)
    slow = _side_pair(packet, "slow") if flags & 0x02 else (None, None)
    status = _status(packet, measurement=bool(flags & 0x04), sensor=bool(flags & 0x08))
    amplitude = _amplitude(packet) if flags & 0x10 else None
    packet.end()
    return Saturation(*normal, *fast, *slow, None, None, status, amplitude)


def _main_pair(packet: Packet) -> tuple[float, float | None]:
    spo2 = plausible("spo2", packet.sfloat("oxygen saturation"))
    return spo2, _pulse(packet, "pulse rate")


def _side_pair(packet: Packet, name: str) -> tuple[float | None, float | None]:
    spo2 = packet.sfloat_or_none(f"{name} oxygen saturation")
    return None if spo2 is None else plausible("spo2", spo2), _pulse(packet, f"{name} pulse rate")


def _pulse(packet: Packet, field: str) -> float | None:
    pulse = packet.sfloat_or_none(field)
    return None if pulse is None else plausible("heart_rate", pulse)


def _status(packet: Packet, *, measurement: bool, sensor: bool) -> tuple[str, ...]:
    first = packet.unsigned(2, "measurement status") if measurement else 0
    second = packet.unsigned(3, "sensor status") if sensor else 0
    return set_bits(first, MEASUREMENT_STATUS) + set_bits(second, SENSOR_STATUS)


def _amplitude(packet: Packet) -> float | None:
    amplitude = packet.sfloat_or_none("pulse amplitude index")
    if amplitude is None:
        return None
    return within("pulse amplitude index", amplitude, 0, 100, "%")

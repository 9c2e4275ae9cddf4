"""Battery Level, 0x2A19 (Battery Service 1.0)."""

from dataclasses import dataclass

from mobile.sources.gatt.packet import Packet, Reading, within


@dataclass(frozen=True, slots=True)
class Battery:
    """What is left in the device's battery."""

    level_percent: int

    def readings(self) -> tuple[Reading, ...]:
        """A battery says nothing about a patient."""
        return ()

    def doubt(self) -> str:
        """Nothing to doubt."""
        return ""


def decode_battery(data: bytes) -> Battery:
    """One read or notification; raises Refused."""
    packet = Packet(data)
    level = packet.unsigned(1, "battery level")
    packet.end()
    return Battery(within("battery level", level, 0, 100, "%"))

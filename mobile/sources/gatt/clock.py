"""The clock of a device: Date Time, 0x2A08, and Current Time, 0x2A2B; how far it is off.

A device's clock is a wall clock without a zone, so it is compared with the phone's wall clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mobile.sources.gatt.packet import Packet, Reading, within

TOLERATED = timedelta(minutes=2)
STEP = timedelta(minutes=1)
BY_REFERENCE = 0x02


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """What the device holds for now; None if it does not know."""

    now_local: datetime | None

    def readings(self) -> tuple[Reading, ...]:
        """A clock says nothing about a patient."""
        return ()

    def doubt(self) -> str:
        """Nothing to doubt."""
        return ""


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """How far the device is ahead of the phone; None if the device offers no clock to compare."""

    ahead: timedelta | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether it was compared and found off."""
        return bool(self.ahead)

    def correct(self, taken_local: datetime) -> datetime:
        """The wall clock time at which it really was taken, as far as is known."""
        return taken_local - (self.ahead or timedelta())

    def like(self, earlier: "DeviceClock") -> "DeviceClock":
        """The earlier one, if the two differ by no more than reading and rounding can do.

        What a device sends again in another connection then has the same instant again.
        """
        if self.ahead is None or earlier.ahead is None or not self.ahead or not earlier.ahead:
            return self
        return earlier if abs(self.ahead - earlier.ahead) <= STEP else self


def compare(device: DeviceTime, *, phone_local: datetime) -> DeviceClock:
    """The offset in whole minutes, so that fetching twice gives the same instants; up to two
    minutes count as right.
    """
    if device.now_local is None:
        return DeviceClock()
    ahead = device.now_local - phone_local.replace(tzinfo=None)
    if abs(ahead) <= TOLERATED:
        return DeviceClock(timedelta())
    return DeviceClock(round(ahead / STEP) * STEP)


def encode_date_time(local: datetime) -> bytes:
    """What is written to 0x2A08 to set a device's clock."""
    return local.year.to_bytes(2, "little") + bytes(
        [local.month, local.day, local.hour, local.minute, local.second]
    )


def encode_current_time(local: datetime) -> bytes:
    """What is written to 0x2A2B to set a device's clock; the reason is "by reference"."""
    return encode_date_time(local) + bytes([local.isoweekday(), 0, BY_REFERENCE])


def decode_date_time(data: bytes) -> DeviceTime:
    """A read of 0x2A08; raises Refused."""
    packet = Packet(data)
    now = packet.date_time("date and time")
    packet.end()
    return DeviceTime(now)


def decode_current_time(data: bytes) -> DeviceTime:
    """A read of 0x2A2B; raises Refused."""
    packet = Packet(data)
    now = packet.date_time("current time")
    within("day of the week", packet.unsigned(1, "day of the week"), 0, 7)
    packet.unsigned(1, "fractions of a second")
    packet.unsigned(1, "reason of the last change")
    packet.end()
    return DeviceTime(now)

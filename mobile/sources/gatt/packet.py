"""Read one packet field by field: little-endian integers, IEEE 11073 decimals, dates.

A reason never quotes the value that it refuses: reasons end up in reports and logs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from backend.wire.measures import MEASURES

MOST_BYTES = 512  # the longest value that an attribute can have
SFLOAT_MOST = 2045  # mantissas beyond mean NaN, NRes, infinity or nothing at all
FLOAT_MOST = 8_388_605
Number = TypeVar("Number", int, float)
SPECIAL = {
    (2047, SFLOAT_MOST): "NaN",
    (-2048, SFLOAT_MOST): "NRes",
    (2046, SFLOAT_MOST): "+INFINITY",
    (-2046, SFLOAT_MOST): "-INFINITY",
    (8_388_607, FLOAT_MOST): "NaN",
    (-8_388_608, FLOAT_MOST): "NRes",
    (8_388_606, FLOAT_MOST): "+INFINITY",
    (-8_388_606, FLOAT_MOST): "-INFINITY",
}


class Refused(ValueError):
    """A packet that must not be taken for a measurement; the text says why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a kind that can be kept, in a unit that the kind knows."""

    kind: str
    value: float
    unit: str


class Packet:
    """A cursor over the bytes of one notification, indication or read."""

    def __init__(self, data: bytes) -> None:
        """Refuses what no attribute can be: nothing, or more than 512 bytes."""
        if not data:
            raise Refused("truncated: the packet is empty")
        if len(data) > MOST_BYTES:
            raise Refused(f"over-long: more than {MOST_BYTES} bytes")
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._at

    def _take(self, size: int, field: str) -> bytes:
        if self.left < size:
            raise Refused(f"truncated: the packet ends before its {field} does")
        self._at += size
        return self._data[self._at - size : self._at]

    def unsigned(self, size: int, field: str) -> int:
        """An unsigned integer of `size` bytes."""
        return int.from_bytes(self._take(size, field), "little")

    def signed(self, size: int, field: str) -> int:
        """A signed integer of `size` bytes."""
        return int.from_bytes(self._take(size, field), "little", signed=True)

    def sfloat(self, field: str, *, shift: int = 0) -> float:
        """A 16-bit SFLOAT times ten to the `shift`; refuses NaN, NRes, infinities, reserved."""
        mantissa, exponent = self._sfloat_parts(field)
        return _decimal(mantissa, exponent + shift, SFLOAT_MOST, field)

    def sfloat_or_none(self, field: str) -> float | None:
        """As `sfloat`, where the specification lets NaN say that a side value is not available."""
        mantissa, exponent = self._sfloat_parts(field)
        if (mantissa, exponent) == (2047, 0):
            return None
        return _decimal(mantissa, exponent, SFLOAT_MOST, field)

    def _sfloat_parts(self, field: str) -> tuple[int, int]:
        raw = self.signed(2, field)
        mantissa = raw & 0x0FFF
        return mantissa - 0x1000 if mantissa > 0x07FF else mantissa, raw >> 12

    def float32(self, field: str) -> float:
        """A 32-bit FLOAT; refuses NaN, NRes, infinities, reserved."""
        mantissa = self.signed(3, field)
        return _decimal(mantissa, self.signed(1, field), FLOAT_MOST, field)

    def date_time(self, field: str) -> datetime | None:
        """The wall clock of the device; None where it leaves year, month or day unknown (zero)."""
        year, month = self.unsigned(2, field), self.unsigned(1, field)
        day, hour = self.unsigned(1, field), self.unsigned(1, field)
        minute, second = self.unsigned(1, field), self.unsigned(1, field)
        known = datetime(  # noqa: DTZ001 - devices know no zone
            within(f"year of the {field}", year or 1584, 1582, 9999),
            within(f"month of the {field}", month or 1, 1, 12),
            1,
            within(f"hour of the {field}", hour, 0, 23),
            within(f"minute of the {field}", minute, 0, 59),
            within(f"second of the {field}", second, 0, 59),
        )
        try:
            known = known.replace(day=day or 1)
        except ValueError:
            raise Refused(f"out of range: the {field} names a day that does not exist") from None
        return known if year and month and day else None

    def end(self) -> None:
        """Nothing may follow."""
        if self.left:
            raise Refused(f"over-long: bytes that no field explains follow ({self.left})")


def _decimal(mantissa: int, exponent: int, most: int, field: str) -> float:
    if abs(mantissa) > most:
        word = SPECIAL.get((mantissa, most), "a reserved value")
        raise Refused(f"reserved value: the {field} is {word}")
    return float(f"{mantissa}e{exponent}")  # through decimals, so that 364e-1 is 36.4 exactly


def within(field: str, value: Number, low: float, high: float, unit: str = "") -> Number:
    """The value, if it lies in [low, high]."""
    if not low <= value <= high:
        raise Refused(f"out of range: the {field} is outside {low:g} to {high:g} {unit}".rstrip())
    return value


def plausible(kind: str, value: float) -> float:
    """The value in the kind's canonical unit, if a body can have it."""
    measure = MEASURES[kind]
    return within(measure.label.lower(), value, measure.low, measure.high, measure.shown)


def one_of(field: str, code: int, names: dict[int, str]) -> str:
    """The name of a code."""
    if code not in names:
        raise Refused(f"reserved value: the {field} has a code that means nothing")
    return names[code]


def set_bits(bits: int, names: Sequence[str]) -> tuple[str, ...]:
    """The names of the bits that are set; bits without a name are for future use and ignored."""
    return tuple(name for at, name in enumerate(names) if name and bits >> at & 1)

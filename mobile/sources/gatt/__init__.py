"""Pure decoders of the Bluetooth characteristics that patients' devices speak.

`decode("2A37", data)` gives a frozen measurement with units in its names, or raises `Refused` with
a reason: truncated, over-long, a reserved value, out of range. Bits of a flags field that are kept
for future use are ignored, as the core specification asks.
"""

from collections.abc import Callable
from typing import Protocol

from mobile.sources.gatt.battery import decode_battery
from mobile.sources.gatt.blood_pressure import decode_blood_pressure
from mobile.sources.gatt.cgm import decode_cgm, decode_session_start
from mobile.sources.gatt.cgm_session import decode_feature, decode_run_time, decode_status
from mobile.sources.gatt.clock import decode_current_time, decode_date_time
from mobile.sources.gatt.glucose import decode_glucose, decode_glucose_context
from mobile.sources.gatt.heart_rate import decode_heart_rate
from mobile.sources.gatt.oximeter import decode_continuous, decode_spot_check
from mobile.sources.gatt.packet import Reading, Refused
from mobile.sources.gatt.racp import decode_answer
from mobile.sources.gatt.thermometer import decode_temperature
from mobile.sources.gatt.weight import decode_weight

__all__ = ["DECODERS", "Measurement", "Reading", "Refused", "decode"]


class Measurement(Protocol):
    """What every decoder gives."""

    def readings(self) -> tuple[Reading, ...]:
        """The values that can be kept."""
        ...

    def doubt(self) -> str:
        """Why they should not be kept; empty if they may."""
        ...


DECODERS: dict[str, Callable[[bytes], Measurement]] = {
    "2A08": decode_date_time,
    "2A18": decode_glucose,
    "2A19": decode_battery,
    "2A1C": decode_temperature,
    "2A2B": decode_current_time,
    "2A34": decode_glucose_context,
    "2A35": decode_blood_pressure,
    "2A37": decode_heart_rate,
    "2A52": decode_answer,
    "2A5E": decode_spot_check,
    "2A5F": decode_continuous,
    "2A9D": decode_weight,
    "2AA7": decode_cgm,
    "2AA8": decode_feature,
    "2AA9": decode_status,
    "2AAA": decode_session_start,
    "2AAB": decode_run_time,
}


def decode(characteristic: str, data: bytes) -> Measurement:
    """The measurement in a packet of a characteristic (four hex digits); raises Refused."""
    decoder = DECODERS.get(characteristic.upper().removeprefix("0X"))
    if decoder is None:
        raise Refused(f"unknown characteristic; known are {', '.join(DECODERS)}")
    return decoder(bytes(data))

"""`python -m mobile.sources.gatt CHARACTERISTIC HEX`: a packet as JSON, or a reason and exit 1."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from mobile.sources.gatt import Measurement, Refused, decode

USAGE = "usage: python -m mobile.sources.gatt CHARACTERISTIC HEX, as in 2A37 0048"


def main(arguments: Sequence[str]) -> int:
    """0 with JSON on stdout, 1 with a reason on stderr, 2 for a wrong call."""
    if len(arguments) != 2:
        sys.stderr.write(USAGE + "\n")
        return 2
    characteristic, text = arguments
    try:
        measurement = decode(characteristic, _bytes(text))
    except Refused as reason:
        sys.stderr.write(f"refused: {reason}\n")
        return 1
    sys.stdout.write(json.dumps(_described(characteristic, measurement), default=_iso) + "\n")
    return 0


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.replace(":", " ").replace("-", " ").removeprefix("0x"))
    except ValueError:
        raise Refused("these are no bytes in hexadecimal") from None


def _described(characteristic: str, measurement: Measurement) -> dict[str, Any]:
    return {
        "characteristic": characteristic.upper().removeprefix("0X"),
        **asdict(measurement),  # type: ignore[call-overload]
        "readings": [asdict(reading) for reading in measurement.readings()],
        "doubt": measurement.doubt() or None,
    }


def _iso(value: datetime) -> str:
    return value.isoformat()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The device's clock and zone."""

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

LOCALTIME = Path("/etc/localtime")


def utc_now() -> datetime:
    """This moment, aware."""
    return datetime.now(UTC)


def device_zone() -> str:
    """The IANA zone that this device lives in; "UTC" where it does not tell."""
    named = os.environ.get("TZ", "").lstrip(":")
    if _known(named):
        return named
    parts = LOCALTIME.resolve().parts
    if "zoneinfo" in parts:
        named = "/".join(parts[parts.index("zoneinfo") + 1 :])
        if _known(named):
            return named
    return "UTC"


def _known(zone: str) -> bool:
    return zone in _zones()


@cache
def _zones() -> set[str]:
    """Read once: each reading walks the folders of the disk for some 20 ms."""
    return available_timezones()


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name, or UTC where this device does not know it."""
    return ZoneInfo(name if _known(name) else "UTC")

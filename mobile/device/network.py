"""Whether data cost money now, as far as the device tells."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Protocol

from mobile.device.preferences import load_preferences

ROUTES = Path("/proc/net/route")
DEFAULT = "00000000"
MOBILE = ("ww", "ppp", "rmnet", "usb")  # how Linux names modems and tethered phones


class Network(Protocol):
    """What sync asks the platform."""

    def is_metered(self) -> bool | None:
        """True on mobile data; None where the device does not tell."""
        ...


class DesktopNetwork:
    """Linux by the interface of its default route; others do not tell without a library."""

    def __init__(self, routes: Path = ROUTES):
        self._routes = routes

    def is_metered(self) -> bool | None:
        """See `Network`."""
        try:
            lines = self._routes.read_text().splitlines()[1:]
        except OSError:
            return None
        ways = [line.split() for line in lines]
        names = [way[0] for way in ways if len(way) > 1 and way[1] == DEFAULT]
        return all(name.startswith(MOBILE) for name in names) if names else None


def may_sync(folder: Path, network: Network) -> bool:
    """False on mobile data, if the patient wants none used."""
    return not (load_preferences(folder).wifi_only and network.is_metered())


def this_network(platform: str = "", bridges: Callable[[str], object] = import_module) -> Network:
    """The platform's own answer."""
    platform = platform or ("android" if hasattr(sys, "getandroidapilevel") else sys.platform)
    if platform == "android":
        made: Network = bridges("mobile.device.android").AndroidNetwork()  # type: ignore[attr-defined]
        return made
    return DesktopNetwork()

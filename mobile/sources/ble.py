"""Bluetooth devices nearby: find them, listen to them, come back to them after a loss.

Every failure of a radio stack ends here as `RadioOff` or `Lost`: stacks raise their own errors,
and `OSError` where there is no radio or no system service at all.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_str

from mobile.sources.gatt.clock import DeviceClock
from mobile.sources.link import BATTERY, Link, Lost, Session

# service: what it sends without being asked
SERVICES = {
    "180D": ("2A37",),
    "1808": ("2A18", "2A34"),
    "1809": ("2A1C",),
    "1810": ("2A35",),
    "181D": ("2A9D",),
    "181F": ("2AA7",),
    "1822": ("2A5E", "2A5F"),
}
LIVE = tuple(code for codes in SERVICES.values() for code in codes)
QUIET_S = 5.0  # after this long a device has sent what it had stored
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
CONNECT_S = 20.0


class RadioOff(Exception):
    """There is no Bluetooth here, it is switched off, or the app may not use it."""


FAULTS = (BleakError, OSError, EOFError, Lost)


@dataclass(frozen=True, slots=True)
class Found:
    """A device that advertises a service that we know."""

    address: str
    name: str
    services: tuple[str, ...]
    device: BLEDevice = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """A packet as it came, with what is needed to place it in time."""

    characteristic: str
    data: bytes
    at: datetime
    clock: DeviceClock
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class Radio:
    """The phone's radio; `now` is aware, in the zone in which its owner reads clocks.

    Without backends bleak takes the one of the platform.
    """

    now: Callable[[], datetime]
    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    async def scan(
        self, services: Sequence[str] = tuple(SERVICES), *, seconds: float = 5.0
    ) -> list[Found]:
        """Devices that advertise one of the services (four hex digits); raises RadioOff."""
        known = {normalize_uuid_str(code): code for code in services}
        options: BleakScanner.ExtraArgs = {"service_uuids": list(known)}
        if self.scanner:
            options["backend"] = self.scanner
        try:
            seen = await BleakScanner.discover(seconds, return_adv=True, **options)
        except FAULTS as fault:
            raise RadioOff("Bluetooth is off or missing") from fault
        found = []
        for device, advertised in seen.values():
            offers = tuple(known[uuid] for uuid in advertised.service_uuids if uuid in known)
            if offers:
                found.append(Found(device.address, device.name or "", offers, device))
        return sorted(found, key=lambda each: (each.name, each.address))

    @asynccontextmanager
    async def connected(self, found: Found) -> AsyncIterator[Link]:
        """A link for as long as the block lasts; raises one of FAULTS if there will be none."""
        inbox: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
        client = BleakClient(
            found.device,
            disconnected_callback=lambda _: inbox.put_nowait(None),
            timeout=CONNECT_S,
            backend=self.client,
        )
        async with self._turn:  # a radio connects to one device at a time
            await client.connect()
        try:
            link = Link(client, inbox)
            await link.learn(self.now)
            yield link
        finally:
            await client.disconnect()


async def follow(
    radio: Radio,
    found: Found,
    take: Callable[[Heard], None],
    *,
    tell: Callable[[bool], None] = lambda _: None,
    pauses_s: Sequence[float] = PAUSES_S,
    quiet_s: float = QUIET_S,
) -> None:
    """Hand over what the device sends, for ever: cancel the task to stop.

    `tell` hears True when connected and False when lost. The pause before the next try grows until
    something was heard again. A wrong clock is set once the device has been quiet for a while.
    """
    failures = 0
    while True:
        heard: list[bool] = []
        try:
            async with radio.connected(found) as link:
                await _listen(link)
                tell(True)
                await _hear(radio, link, take, heard, quiet_s)
        except FAULTS:
            tell(False)
        failures = 0 if heard else failures + 1
        await asyncio.sleep(pauses_s[min(failures, len(pauses_s) - 1)])


async def _listen(link: Link) -> None:
    for code in LIVE:
        if link.has(code):
            await link.listen(code)
    if link.tells(BATTERY):
        await link.listen(BATTERY)


async def _hear(
    radio: Radio, link: Link, take: Callable[[Heard], None], heard: list[bool], quiet_s: float
) -> None:
    if link.battery_percent is not None:
        take(Heard(BATTERY, bytes([link.battery_percent]), radio.now(), link.clock))
    tried = False
    while True:
        if link.clock.is_wrong and not tried and await link.is_quiet(quiet_s):
            tried = True
            await link.set_clock(radio.now)
        code, data = await link.next()
        heard[:] = [True]
        take(Heard(code, data, radio.now(), link.clock, link.session))

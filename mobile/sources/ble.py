"""Bluetooth devices nearby: find them, listen to them, come back to them after a loss.

Every failure of a radio stack ends here as `RadioOff` or `Lost`: stacks raise their own errors,
and `OSError` where there is no radio or no system service at all.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_str

from mobile.sources.gatt import Refused
from mobile.sources.gatt.cgm import SessionStart, decode_session_start
from mobile.sources.gatt.clock import DeviceClock, compare, decode_current_time, decode_date_time

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
CLOCKS = {"2A2B": decode_current_time, "2A08": decode_date_time}
SESSION_START = "2AAA"
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
CONNECT_S = 20.0


class RadioOff(Exception):
    """There is no Bluetooth here, it is switched off, or the app may not use it."""


class Lost(Exception):
    """The device is out of reach, switched off, or fell silent."""


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
    session: SessionStart | None = None


class Link:
    """A connected device; packets queue up in the order in which they came."""

    def __init__(self, client: BleakClient, inbox: asyncio.Queue[tuple[str, bytes] | None]) -> None:
        """Made by `Radio.connected` only."""
        self._client = client
        self._inbox = inbox
        self.clock = DeviceClock()
        self.session: SessionStart | None = None

    def has(self, code: str) -> bool:
        """Whether the device offers this characteristic."""
        return self._client.services.get_characteristic(normalize_uuid_str(code)) is not None

    async def listen(self, code: str) -> None:
        """Have notifications or indications of this characteristic queued."""
        await self._client.start_notify(
            normalize_uuid_str(code),
            lambda _, data: self._inbox.put_nowait((code, bytes(data))),
        )

    async def read(self, code: str) -> bytes:
        """The value of a characteristic."""
        return bytes(await self._client.read_gatt_char(normalize_uuid_str(code)))

    async def write(self, code: str, data: bytes) -> None:
        """Write, and wait until the device confirms it."""
        await self._client.write_gatt_char(normalize_uuid_str(code), data, response=True)

    async def next(self, *, within_s: float | None = None) -> tuple[str, bytes]:
        """The next packet and whose it is; Lost if the device goes or says nothing in time."""
        try:
            item = await asyncio.wait_for(self._inbox.get(), within_s)
        except TimeoutError:
            raise Lost("the device did not answer") from None
        if item is None:
            raise Lost("the connection is gone")
        return item

    async def learn_time(self, phone_now: Callable[[], datetime]) -> None:
        """Compare the device's clock, where it offers one, and note when its session began.

        A device may refuse to show its clock to strangers: that is no reason not to listen to it.
        """
        for code, decode in CLOCKS.items():
            if self.has(code):
                with suppress(Refused, BleakError):
                    self.clock = compare(decode(await self.read(code)), phone_local=phone_now())
                    break
        if self.has(SESSION_START):
            with suppress(Refused, BleakError):
                self.session = decode_session_start(await self.read(SESSION_START))


@dataclass(frozen=True, slots=True)
class Radio:
    """The phone's radio; `now` is aware, in the zone in which its owner reads clocks.

    Without backends bleak takes the one of the platform.
    """

    now: Callable[[], datetime]
    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None

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
        async with client:
            link = Link(client, inbox)
            await link.learn_time(self.now)
            yield link


async def follow(
    radio: Radio,
    found: Found,
    take: Callable[[Heard], None],
    *,
    tell: Callable[[bool], None] = lambda _: None,
    pauses_s: Sequence[float] = PAUSES_S,
) -> None:
    """Hand over what the device sends, for ever: cancel the task to stop.

    `tell` hears True when connected and False when lost. The pause before the next try grows until
    something was heard again.
    """
    failures = 0
    while True:
        heard = False
        try:
            async with radio.connected(found) as link:
                for code in filter(link.has, LIVE):
                    await link.listen(code)
                tell(True)
                while True:
                    code, data = await link.next()
                    heard = True
                    take(Heard(code, data, radio.now(), link.clock, link.session))
        except FAULTS:
            tell(False)
        failures = 0 if heard else failures + 1
        await asyncio.sleep(pauses_s[min(failures, len(pauses_s) - 1)])

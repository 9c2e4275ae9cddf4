"""A connected Bluetooth device: its packets, its clock, its session, its battery."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_str

from mobile.sources.gatt import Refused
from mobile.sources.gatt.battery import decode_battery
from mobile.sources.gatt.cgm import SessionStart, decode_session_start
from mobile.sources.gatt.cgm_session import decode_feature, decode_status
from mobile.sources.gatt.clock import (
    DeviceClock,
    compare,
    decode_current_time,
    decode_date_time,
    encode_current_time,
    encode_date_time,
)

CLOCKS = {
    "2A2B": (decode_current_time, encode_current_time),
    "2A08": (decode_date_time, encode_date_time),
}
BATTERY = "2A19"
CGM_FEATURE, CGM_STATUS, SESSION_START = "2AA8", "2AA9", "2AAA"
LOOK_S = 0.05


class Lost(Exception):
    """The device is out of reach, switched off, or fell silent."""


@dataclass(frozen=True, slots=True)
class Session:
    """A CGM's session: when it began by its own clock, and by ours if it tells its age.

    `protected` means that a record without a CRC is damaged.
    """

    start: SessionStart | None = None
    began: datetime | None = None
    protected: bool = False


class Link:
    """A connected device; packets queue up in the order in which they came."""

    def __init__(self, client: BleakClient, inbox: asyncio.Queue[tuple[str, bytes] | None]) -> None:
        """Made by `Radio.connected` only."""
        self._client = client
        self._inbox = inbox
        self.clock = DeviceClock()
        self.session: Session | None = None
        self.battery_percent: int | None = None

    def _found(self, code: str, service: str = "") -> BleakGATTCharacteristic | None:
        """The first of this code: some devices offer two batteries, or two control points."""
        wanted = normalize_uuid_str(code)
        for each in self._client.services:
            if service and each.uuid != normalize_uuid_str(service):
                continue
            for characteristic in each.characteristics:
                if characteristic.uuid == wanted:
                    return characteristic
        return None

    def _sure(self, code: str, service: str) -> BleakGATTCharacteristic:
        found = self._found(code, service)
        if found is None:
            raise Lost("the device does not offer this any more")
        return found

    def has(self, code: str, service: str = "") -> bool:
        """Whether the device offers this characteristic (in this service)."""
        return self._found(code, service) is not None

    def tells(self, code: str) -> bool:
        """Whether the device sends this by itself."""
        found = self._found(code)
        return found is not None and bool({"notify", "indicate"} & set(found.properties))

    async def listen(self, code: str, service: str = "") -> None:
        """Have notifications or indications of this characteristic queued."""
        await self._client.start_notify(
            self._sure(code, service),
            lambda _, data: self._inbox.put_nowait((code, bytes(data))),
        )

    async def read(self, code: str, service: str = "") -> bytes:
        """The value of a characteristic."""
        return bytes(await self._client.read_gatt_char(self._sure(code, service)))

    async def write(self, code: str, data: bytes, service: str = "") -> None:
        """Write, and wait until the device confirms it."""
        await self._client.write_gatt_char(self._sure(code, service), data, response=True)

    async def next(self, *, within_s: float | None = None) -> tuple[str, bytes]:
        """The next packet and whose it is; Lost if the device goes or says nothing in time."""
        try:
            item = await asyncio.wait_for(self._inbox.get(), within_s)
        except TimeoutError:
            raise Lost("the device did not answer") from None
        if item is None:
            raise Lost("the connection is gone")
        return item

    async def is_quiet(self, seconds: float) -> bool:
        """Whether nothing came for so long; what came stays in the queue."""
        ends = asyncio.get_running_loop().time() + seconds
        while self._inbox.empty() and asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(min(seconds, LOOK_S))
        return self._inbox.empty()

    async def learn(self, phone_now: Callable[[], datetime]) -> None:
        """What the device tells of its clock, its session, its battery.

        A device may refuse to show these to strangers: that is no reason not to listen to it.
        """
        await self._learn_clock(phone_now)
        if self.has(SESSION_START) or self.has(CGM_STATUS):
            await self._learn_session(phone_now)
        if self.has(BATTERY):
            with suppress(Refused, BleakError):
                self.battery_percent = decode_battery(await self.read(BATTERY)).level_percent

    async def _learn_clock(self, phone_now: Callable[[], datetime]) -> None:
        for code, (decode, _) in CLOCKS.items():
            if self.has(code):
                with suppress(Refused, BleakError):
                    self.clock = compare(decode(await self.read(code)), phone_local=phone_now())
                    break

    async def _learn_session(self, phone_now: Callable[[], datetime]) -> None:
        start, began, protected = None, None, False
        with suppress(Refused, BleakError, Lost):
            start = decode_session_start(await self.read(SESSION_START))
        with suppress(Refused, BleakError, Lost):
            age = decode_status(await self.read(CGM_STATUS)).offset_min
            began = phone_now() - timedelta(minutes=age)
        with suppress(Refused, BleakError, Lost):
            protected = decode_feature(await self.read(CGM_FEATURE)).protected
        self.session = Session(start, began, protected)

    async def set_clock(self, phone_now: Callable[[], datetime]) -> bool:
        """Put a wrong clock right where the device lets us; False if it does not.

        Only once it has handed over what it measured by the wrong one.
        """
        for code, (decode, encode) in CLOCKS.items():
            found = self._found(code)
            if found is None or "write" not in found.properties:
                continue
            with suppress(BleakError):  # CTS: "data field ignored" may come although it was set
                await self.write(code, encode(phone_now().replace(tzinfo=None)))
            with suppress(Refused, BleakError):
                clock = compare(decode(await self.read(code)), phone_local=phone_now())
                if clock.ahead == timedelta():
                    self.clock = clock
                    return True
        return False

"""Devices as patients own them: a strap, a cuff, a meter and a sensor with memories, clocks."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bumble.core import UUID
from bumble.gatt import Characteristic, CharacteristicValue, Service

from mobile.sources.ble import Found, Radio
from tests.mobile.sources import encode
from tests.mobile.sources.virtual_radio import Air, client_of, scanner_of

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
LOCAL = NOW.replace(tzinfo=None)
READ, NOTIFY = Characteristic.Properties.READ, Characteristic.Properties.NOTIFY
WRITE, INDICATE = Characteristic.Properties.WRITE, Characteristic.Properties.INDICATE
BOTH = Characteristic.READABLE | Characteristic.WRITEABLE
QUICK = (0.05,)


def radio_of(world: Air) -> Radio:
    return Radio(lambda: NOW, scanner_of(world.phone), client_of(world.phone))


async def only(radio: Radio, service: str) -> Found:
    (found,) = await radio.scan([service], seconds=0.3)
    return found


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


def battery(level: int) -> tuple[Characteristic, Service]:
    one = Characteristic("2A19", READ | NOTIFY, Characteristic.READABLE, bytes([level]))
    return one, Service(UUID.from_16_bits(0x180F), [one])


def strap(level: int = 88) -> tuple[Characteristic, list[Service]]:
    rate = Characteristic("2A37", NOTIFY, 0)
    return rate, [Service(UUID.from_16_bits(0x180D), [rate]), battery(level)[1]]


class Clock:
    """A device's clock, `ahead` of the phone's, which may let itself be set."""

    def __init__(self, ahead: timedelta, *, code: str = "2A2B", settable: bool = True) -> None:
        self.ahead, self._code = ahead, code
        self.was_set = 0
        value = CharacteristicValue(read=self._read, write=self._write)
        properties = READ | WRITE if settable else READ
        self.characteristic = Characteristic(code, properties, BOTH, value)

    def _read(self, _: object) -> bytes:
        tell = encode.current_time if self._code == "2A2B" else encode.date_time
        return tell(LOCAL + self.ahead)

    def _write(self, _: object, data: bytes) -> None:
        self.was_set += 1
        year = int.from_bytes(data[:2], "little")
        self.ahead = datetime(year, *data[2:7]) - LOCAL  # noqa: DTZ001


class Remembering:
    """A device with a memory; it can break off, leave records out, speak few words."""

    service, record_code = 0, ""

    def __init__(self, *more: Characteristic) -> None:
        self.records: dict[int, int] = {}
        self.requests: list[str] = []
        self.break_after: list[int] = []
        self.leave_out: set[int] = set()
        self.knows_filters = True
        self.world: Air
        self.record = Characteristic(self.record_code, NOTIFY, 0)
        self.control = Characteristic(
            "2A52",
            WRITE | INDICATE,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=self.asked),
        )
        inside = [self.record, self.control, *more]
        self.services = [Service(UUID.from_16_bits(self.service), inside)]
        self.tasks: set[asyncio.Task[None]] = set()

    def asked(self, _: object, request: bytes) -> None:
        self.requests.append(request.hex())
        task = asyncio.get_running_loop().create_task(self.answer(bytes(request)))
        self.tasks.add(task)

    async def answer(self, request: bytes) -> None:
        opcode, operator = request[0], request[1]
        if operator == 3 and not self.knows_filters:
            await self.indicate(bytes([6, 0, opcode, 4]))
            return
        numbers = list(self.records)
        if operator == 3:
            numbers = [n for n in numbers if n >= int.from_bytes(request[3:5], "little")]
        elif operator == 6:
            numbers = numbers[-1:]
        if opcode == 4:
            await self.indicate(bytes([5, 0]) + encode.u16(len(numbers)))
        elif await self._reported(numbers, only_last=operator == 6):
            await self.indicate(bytes([6, 0, opcode, 1 if numbers else 6]))

    async def _reported(self, numbers: list[int], *, only_last: bool) -> bool:
        until = self.break_after.pop(0) if self.break_after and not only_last else None
        for at, number in enumerate(numbers):
            if until == at:
                await self.world.drop()
                return False
            if number not in self.leave_out:
                await self.report(number)
        if not only_last:
            self.leave_out.clear()
        return True

    async def report(self, number: int) -> None:
        raise NotImplementedError

    async def indicate(self, data: bytes) -> None:
        await self.world.device.indicate_subscribers(self.control, data)


class Meter(Remembering):
    """A glucose meter; its records were taken a day ago by its clock."""

    service, record_code = 0x1808, "2A18"

    def __init__(self, clock: Clock | None = None) -> None:
        self.context = Characteristic("2A34", NOTIFY, 0)
        self.clock = clock
        super().__init__(self.context, *([clock.characteristic] if clock else []))

    async def report(self, number: int) -> None:
        ahead = self.clock.ahead if self.clock else timedelta()
        taken = LOCAL + ahead - timedelta(days=1) + timedelta(minutes=number % 1000)
        packet = encode.glucose(number, taken, self.records[number], context=number == 2)
        await self.world.send(self.record, packet)
        if number == 2:
            await self.world.send(self.context, encode.carbohydrate(2, 45))


class Sensor(Remembering):
    """A CGM; its session is `age` minutes old, its clock `ahead`; records by minute of session."""

    service, record_code = 0x181F, "2AA7"

    def __init__(
        self, *, age: int, ahead: timedelta = timedelta(), tells_age: bool = True,
        protected: bool = False,
    ) -> None:  # fmt: skip
        self.age, self.ahead, self.protected, self.sends_crc = age, ahead, protected, protected
        self.live: list[int] = []
        start = CharacteristicValue(read=self._start)
        self.more = [Characteristic("2AAA", READ, Characteristic.READABLE, start)]
        if tells_age:
            status = CharacteristicValue(read=lambda _: encode.cgm_status(self.age))
            self.more.append(Characteristic("2AA9", READ, Characteristic.READABLE, status))
        feature = encode.cgm_feature(protected=protected)
        self.more.append(Characteristic("2AA8", READ, Characteristic.READABLE, feature))
        super().__init__(*self.more)

    def _start(self, _: object) -> bytes:
        return encode.session_start(LOCAL + self.ahead - timedelta(minutes=self.age))

    async def report(self, number: int) -> None:
        if self.live and number != max(self.records):
            await self.measure(self.live.pop())
        packet = encode.cgm(number, self.records[number], protected=self.sends_crc)
        await self.world.send(self.record, packet)

    async def measure(self, number: int) -> None:
        """A live measurement, told at once."""
        self.records[number] = 150
        await self.world.send(self.record, encode.cgm(number, 150, protected=self.sends_crc))


class Cuff:
    """A blood pressure cuff that sends what it has stored as soon as somebody listens."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.pressure = Characteristic("2A35", INDICATE, 0)
        inside = [self.pressure, clock.characteristic]
        self.services = [Service(UUID.from_16_bits(0x1810), inside)]

    async def send(self, world: Air, hours_ago: float) -> None:
        taken = LOCAL + self.clock.ahead - timedelta(hours=hours_ago)
        await world.device.indicate_subscribers(
            self.pressure, encode.blood_pressure(121, 79, taken)
        )

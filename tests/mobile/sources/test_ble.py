"""The real client code against virtual devices: no radio, no system service."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakError
from bumble.core import UUID
from bumble.gatt import Characteristic, CharacteristicValue, Service

from mobile.sources.ble import Found, Heard, Lost, Radio, RadioOff, follow
from mobile.sources.gatt import decode
from mobile.sources.glucose_history import History, fetch_glucose
from tests.mobile.sources import encode
from tests.mobile.sources.virtual_radio import Air, VirtualClient, air, client_of, scanner_of

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
READ, NOTIFY = Characteristic.Properties.READ, Characteristic.Properties.NOTIFY
WRITE, INDICATE = Characteristic.Properties.WRITE, Characteristic.Properties.INDICATE
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


def strap() -> tuple[Characteristic, list[Service]]:
    rate = Characteristic("2A37", NOTIFY, 0)
    level = Characteristic("2A19", READ, Characteristic.READABLE, bytes([88]))
    return rate, [
        Service(UUID.from_16_bits(0x180D), [rate]),
        Service(UUID.from_16_bits(0x180F), [level]),
    ]


class Meter:
    """A glucose meter with a memory; it can break off, leave records out, speak few words."""

    def __init__(self, *, clock: datetime | None = None) -> None:
        self.records: dict[int, int] = {}
        self.requests: list[str] = []
        self.break_after: int | None = None
        self.leave_out: set[int] = set()
        self.knows_filters = True
        self.world: Air
        self.record = Characteristic("2A18", NOTIFY, 0)
        self.context = Characteristic("2A34", NOTIFY, 0)
        self.control = Characteristic(
            "2A52",
            WRITE | INDICATE,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=self.asked),
        )
        inside = [self.record, self.context, self.control]
        if clock:
            time = encode.current_time(clock)
            inside.append(Characteristic("2A2B", READ, Characteristic.READABLE, time))
        self.services = [Service(UUID.from_16_bits(0x1808), inside)]
        self.tasks: set[asyncio.Task[None]] = set()

    def asked(self, _: object, request: bytes) -> None:
        self.requests.append(request.hex())
        task = asyncio.get_running_loop().create_task(self.answer(bytes(request)))
        self.tasks.add(task)

    async def answer(self, request: bytes) -> None:
        opcode, operator = request[0], request[1]
        if operator == 3 and not self.knows_filters:
            return await self.indicate(bytes([6, 0, opcode, 4]))
        numbers = list(self.records)
        if operator == 3:
            numbers = [n for n in numbers if n >= int.from_bytes(request[3:5], "little")]
        elif operator == 6:
            numbers = numbers[-1:]
        if opcode == 4:
            return await self.indicate(bytes([5, 0]) + encode.u16(len(numbers)))
        for at, number in enumerate(numbers):
            if self.break_after == at and operator != 6:
                self.break_after = None
                return await self.world.drop()
            if number not in self.leave_out:
                await self.report(number)
        self.leave_out.clear()
        return await self.indicate(bytes([6, 0, opcode, 1 if numbers else 6]))

    async def report(self, number: int) -> None:
        taken = NOW.replace(tzinfo=None) - timedelta(days=1) + timedelta(minutes=number % 1000)
        packet = encode.glucose(number, taken, self.records[number], context=number == 2)
        await self.world.send(self.record, packet)
        if number == 2:
            await self.world.send(self.context, encode.carbohydrate(2, 45))

    async def indicate(self, data: bytes) -> None:
        await self.world.device.indicate_subscribers(self.control, data)


async def fetched(meter: Meter, after: int | None = None) -> History:
    async with air("Meter", meter.services) as meter.world:
        radio = radio_of(meter.world)
        found = await only(radio, "1808")
        return await fetch_glucose(radio, found, after=after, pauses_s=QUICK)


def numbers(history: History) -> list[int]:
    return [record.sequence for record in history.records]


async def test_a_strap_is_found_heard_lost_and_heard_again() -> None:
    rate, services = strap()
    heard: list[Heard] = []
    states: list[bool] = []
    async with air("Strap", services) as world:
        radio = radio_of(world)
        found = await only(radio, "180D")
        assert (found.name, found.services) == ("Strap", ("180D",))
        task = asyncio.create_task(
            follow(radio, found, heard.append, tell=states.append, pauses_s=QUICK)
        )
        await until(lambda: states == [True])
        await world.send(rate, encode.heart_rate(71, rr=(1024, 1000)))
        await until(lambda: len(heard) == 1)
        await world.drop()
        await until(lambda: states == [True, False, True])
        await world.send(rate, encode.heart_rate(72))
        await until(lambda: len(heard) == 2)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    rates = [decode(h.characteristic, h.data) for h in heard]
    assert [r.heart_rate_per_min for r in rates] == [71, 72]
    assert {h.at for h in heard} == {NOW}
    assert heard[0].clock.ahead is None


async def test_nothing_nearby_offers_the_service() -> None:
    _, services = strap()
    async with air("Strap", services) as world:
        assert await radio_of(world).scan(["1808"], seconds=0.2) == []


class NoBus(BaseBleakScanner):
    """What bleak does on a Linux without D-Bus."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__(None, None)

    async def start(self) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    async def stop(self) -> None: ...


async def test_no_radio_is_said_so() -> None:
    with pytest.raises(RadioOff):
        await Radio(lambda: NOW, NoBus).scan(seconds=0.1)


async def test_history_is_fetched_once_and_then_only_what_is_new() -> None:
    meter = Meter(clock=NOW.replace(tzinfo=None) + timedelta(hours=1))
    meter.records = {1: 90, 2: 140, 3: 110}
    first = await fetched(meter)
    assert (numbers(first), first.last_sequence) == ([1, 2, 3], 3)
    assert [c.carbohydrate_g for c in first.contexts] == [45.0]
    assert first.clock.ahead == timedelta(hours=1)
    nothing = await fetched(meter, after=3)
    assert (nothing.records, nothing.last_sequence) == ((), 3)
    meter.records |= {4: 100, 5: 105}
    meter.requests.clear()
    assert numbers(await fetched(meter, after=3)) == [4, 5]
    assert meter.requests == ["0106", "0403010400", "0103010400"]


async def test_a_transfer_that_breaks_off_goes_on_without_gap_or_repeat() -> None:
    meter = Meter()
    meter.records = dict.fromkeys(range(1, 9), 100)
    meter.break_after = 3
    assert numbers(await fetched(meter)) == list(range(1, 9))
    assert meter.requests[-1] == "0103010400"


async def test_a_record_that_the_count_promised_is_asked_for_again() -> None:
    meter = Meter()
    meter.records = dict.fromkeys(range(1, 6), 100)
    meter.leave_out = {3}
    history = await fetched(meter)
    assert sorted(numbers(history)) == [1, 2, 3, 4, 5]
    assert history.last_sequence == 5


@pytest.mark.parametrize(
    ("stored", "after", "new"),
    [
        ([0, 1, 2], 700, [0, 1, 2]),
        ([65534, 65535, 0, 1], 65535, [0, 1]),
        ([65534, 65535, 0, 1], 65534, [65535, 0, 1]),
        ([], 5, []),
    ],
)
async def test_a_meter_that_was_reset_or_counted_over(
    stored: list[int], after: int, new: list[int]
) -> None:
    meter = Meter()
    meter.records = dict.fromkeys(stored, 100)
    assert numbers(await fetched(meter, after=after)) == new


async def test_a_meter_without_filters_and_a_record_that_is_refused() -> None:
    meter = Meter()
    meter.records = {1: 90, 2: 5, 3: 110}
    meter.knows_filters = False
    history = await fetched(meter, after=1)
    assert numbers(history) == [3]
    assert history.refused == ("out of range: the glucose is outside 10 to 1000 mg/dL",)


class OutOfReach(VirtualClient):
    """A device that was there a moment ago."""

    tries = 0

    async def connect(self, pair: bool, **_: object) -> None:
        OutOfReach.tries += 1
        raise BleakError("device not found")


async def test_a_meter_that_went_away_is_lost() -> None:
    meter = Meter()
    async with air("Meter", meter.services) as meter.world:
        found = await only(radio_of(meter.world), "1808")
    with pytest.raises(Lost):
        await fetch_glucose(
            Radio(lambda: NOW, client=OutOfReach), found, attempts=3, pauses_s=QUICK
        )
    assert OutOfReach.tries == 3


async def test_tries_to_come_back_grow_apart() -> None:
    _, services = strap()
    async with air("Strap", services) as world:
        found = await only(radio_of(world), "180D")
    began, OutOfReach.tries = asyncio.get_running_loop().time(), 0
    task = asyncio.create_task(
        follow(
            Radio(lambda: NOW, client=OutOfReach),
            found,
            lambda _: None,
            pauses_s=(0.0, 0.02, 0.05, 0.1),
        )
    )
    await until(lambda: OutOfReach.tries == 5)
    assert asyncio.get_running_loop().time() - began >= 0.02 + 0.05 + 0.1 + 0.1
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

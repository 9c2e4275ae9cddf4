"""The real client code against virtual devices: no radio, no system service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakError

from mobile.sources.ble import Found, Heard, Radio, RadioOff, follow
from mobile.sources.gatt import decode
from tests.mobile.sources import encode
from tests.mobile.sources.virtual_devices import (
    NOW,
    QUICK,
    Clock,
    Cuff,
    battery,
    only,
    radio_of,
    strap,
    until,
)
from tests.mobile.sources.virtual_radio import VirtualClient, air, airs


@asynccontextmanager
async def following(
    radio: Radio, found: Found, tell: Callable[[bool], None] = lambda _: None
) -> AsyncIterator[list[Heard]]:
    heard: list[Heard] = []
    task = asyncio.create_task(
        follow(radio, found, heard.append, tell=tell, pauses_s=QUICK, quiet_s=0.15)
    )
    yield heard
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def rates(heard: list[Heard]) -> list[int]:
    found = [decode(h.characteristic, h.data) for h in heard if h.characteristic == "2A37"]
    return [each.heart_rate_per_min for each in found]  # type: ignore[attr-defined]


def levels(heard: list[Heard]) -> list[int]:
    return [h.data[0] for h in heard if h.characteristic == "2A19"]


async def test_a_strap_is_found_heard_lost_and_heard_again() -> None:
    rate, services = strap()
    states: list[bool] = []
    async with air("Strap", services) as world:
        radio = radio_of(world)
        found = await only(radio, "180D")
        assert (found.name, found.services) == ("Strap", ("180D",))
        async with following(radio, found, states.append) as heard:
            await until(lambda: states == [True])
            await world.send(rate, encode.heart_rate(71, rr=(1024, 1000)))
            await until(lambda: rates(heard) == [71])
            await world.drop()
            await until(lambda: states == [True, False, True])
            await world.send(rate, encode.heart_rate(72))
            await until(lambda: rates(heard) == [71, 72])
    assert {h.at for h in heard} == {NOW}
    assert heard[0].clock.ahead is None
    assert levels(heard) == [88, 88]


async def test_a_battery_is_read_and_heard_and_a_second_one_does_no_harm() -> None:
    rate, services = strap(60)
    level, more = battery(20)
    async with air("Strap", [*services, more]) as world:
        radio = radio_of(world)
        async with following(radio, await only(radio, "180D")) as heard:
            await until(lambda: levels(heard) == [60])
            await world.send(services[1].characteristics[0], bytes([59]))
            await world.send(level, bytes([19]))
            await world.send(rate, encode.heart_rate(70))
            await until(lambda: rates(heard) == [70])
    assert levels(heard) == [60, 59]


async def test_two_devices_at_once_and_one_of_them_lost() -> None:
    (first, one), (second, other) = strap(), strap(50)
    async with airs({"One": one, "Other": other}) as (here, there):
        radio = radio_of(here)
        found = await radio.scan(["180D"], seconds=0.4)
        assert [each.name for each in found] == ["One", "Other"]
        lost: list[bool] = []
        async with (
            following(radio, found[0], lost.append) as left,
            following(radio, found[1]) as right,
        ):
            await until(lambda: bool(levels(left) and levels(right)))
            await here.send(first, encode.heart_rate(60))
            await there.send(second, encode.heart_rate(90))
            await until(lambda: (rates(left), rates(right)) == ([60], [90]))
            await here.drop()
            await there.send(second, encode.heart_rate(91))
            await until(lambda: rates(right) == [90, 91])
            await until(lambda: lost == [True, False, True])
            await here.send(first, encode.heart_rate(61))
            await until(lambda: rates(left) == [60, 61])


@pytest.mark.parametrize("code", ["2A2B", "2A08"])
async def test_a_wrong_clock_is_put_right_when_all_was_heard(code: str) -> None:
    clock = Clock(timedelta(minutes=-90), code=code)
    cuff = Cuff(clock)
    async with air("Cuff", cuff.services) as world:
        radio = radio_of(world)
        states: list[bool] = []
        async with following(radio, await only(radio, "1810"), states.append) as heard:
            await until(lambda: states == [True])
            for hours in (30, 20, 10):
                await cuff.send(world, hours)
            assert clock.was_set == 0
            await until(lambda: clock.was_set == 1)
            await until(lambda: len(heard) == 3)
            await cuff.send(world, 0)
            await until(lambda: len(heard) == 4)
    assert [h.clock.ahead for h in heard] == [timedelta(minutes=-90)] * 3 + [timedelta()]
    assert clock.ahead == timedelta()


async def test_a_clock_that_cannot_be_set_is_left_alone() -> None:
    cuff = Cuff(Clock(timedelta(days=-400), settable=False))
    async with air("Cuff", cuff.services) as world:
        radio = radio_of(world)
        states: list[bool] = []
        async with following(radio, await only(radio, "1810"), states.append) as heard:
            await until(lambda: states == [True])
            await asyncio.sleep(0.3)
            await cuff.send(world, 1)
            await until(lambda: len(heard) == 1)
    assert heard[0].clock.ahead == timedelta(days=-400)


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


class OutOfReach(VirtualClient):
    """A device that was there a moment ago."""

    tries = 0

    async def connect(self, pair: bool, **_: object) -> None:
        OutOfReach.tries += 1
        raise BleakError("device not found")


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

"""A patient looks around, uses a device and fetches from it, over a virtual radio."""

import asyncio
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mobile.presenters import devices
from mobile.presenters.devices import DevicesView, Looking
from mobile.sources.ble import Radio, RadioOff
from mobile.store import outbox
from mobile.sync.connections import Connection, connections, pair, unpair
from mobile.sync.devices import source_of
from mobile.sync.nearby import Nearby, NoRadio
from mobile.sync.pairing import RealBluetooth, fetch_from
from mobile.words import load
from tests.mobile import house
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give
from tests.mobile.sources.virtual_devices import NOW, Meter, radio_of, strap
from tests.mobile.sources.virtual_radio import Air, air

BERLIN = ZoneInfo("Europe/Berlin")
WORDS = load("en")


async def use(phone: Phone, world: Air) -> Connection:
    """The patient chooses what is in reach."""
    (found,) = await radio_of(world).scan(seconds=0.3)
    pair(
        phone.db, source_of(found), label=found.name, address=found.address,
        services=found.services,
    )  # fmt: skip
    return connections(phone.db)[0]


async def fetch(phone: Phone, world: Air, each: Connection) -> Connection:
    await fetch_from(
        phone.db, radio_of(world), each, zone=BERLIN, clock=lambda: NOW, scan_s=0.3, listen_s=1.0
    )
    return connections(phone.db)[0]


async def test_a_meter_gives_what_it_has_stored(phone: Phone) -> None:
    meter = Meter()
    meter.records = {1: 90, 2: 140}
    async with air("Meter", meter.services) as meter.world:
        known = await fetch(phone, meter.world, await use(phone, meter.world))
    assert known.problem == ""
    assert known.last_ms is not None
    found = outbox.local_samples(phone.db, "glucose", 0, 10**15)
    assert sorted(value for _, _, pairs in found for _, value in pairs) == [90, 140]


async def test_a_strap_is_listened_to_for_a_while(phone: Phone) -> None:
    rate, services = strap(66)

    async def beat(world: Air) -> None:
        while True:
            await asyncio.sleep(0.05)
            await world.send(rate, bytes([0, 72]))

    async with air("Strap", services) as world:
        each = await use(phone, world)
        beating = asyncio.create_task(beat(world))
        known = await fetch(phone, world, each)
        beating.cancel()
    assert (known.battery_percent, known.problem) == (66, "")
    assert outbox.local_samples(phone.db, "heart_rate", 0, 10**15)


async def test_out_of_reach_is_noted(phone: Phone) -> None:
    meter = Meter()
    async with air("Meter", meter.services) as meter.world:
        each = await use(phone, meter.world)
        elsewhere = replace(each, address="00:00:00:00:00:00")
        assert (await fetch(phone, meter.world, elsewhere)).problem == "out_of_reach"


class Off(Radio):
    """A radio that is switched off."""

    async def scan(self, *_: object, **__: object) -> list[object]:
        raise RadioOff("off")


def test_without_a_radio_both_say_so(phone: Phone, tmp_path: Path) -> None:
    bluetooth = RealBluetooth(lambda: Off(lambda: NOW))
    with pytest.raises(NoRadio):
        bluetooth.look_around()
    pair(phone.db, "ble:m", label="Meter", address="F0", services=("1808",))
    with pytest.raises(NoRadio):
        bluetooth.fetch(phone.connect, "ble:m", zone=BERLIN)


# --- the page ------------------------------------------------------------------------------------

METER = Nearby("ble:m", "Meter", "F0", ("1808",))


def near(state: Looking, *used: Connection) -> DevicesView:
    return devices.nearby(state, list(used), words=WORDS)


def test_what_is_in_reach_can_be_used_and_what_is_used_is_not_offered_again() -> None:
    (card,) = near(Looking((METER,))).cards
    assert (card.title, card.choices[0].deed.subject) == ("Meter", "F0")
    assert near(Looking((METER,)), Connection("ble:m", "Meter", "F0")).cards == ()


def test_it_says_what_is_going_on() -> None:
    assert near(Looking()).empty == ""
    assert near(Looking(looking=True)).empty == "Looking around …"
    assert near(Looking(no_radio=True)).empty.startswith("Bluetooth is off")
    assert near(Looking(())).empty.startswith("We found no new device.")
    assert near(Looking((replace(METER, name=""),))).cards[0].title == "A device without a name"


def test_a_used_device_can_be_asked_and_left_and_tells_for_what_it_counts_first(
    phone: Phone,
) -> None:
    plan = {
        "kind": "glucose", "sources": ["ble:m", "other"], "every_s": None, "tell_team": False,
        "target_low": None, "target_high": None,
    }  # fmt: skip
    give(phone, profile=[house.profile()], plans=[plan])
    pair(phone.db, "ble:m", label="Meter", address="F0", services=("1808",))

    def card(fetching: str = "") -> tuple[str, list[str]]:
        view = devices.present(
            devices.read(phone.db), words=WORDS, zone=BERLIN, now=START,
            counts=devices.priorities(phone.db), fetching=fetching,
        )  # fmt: skip
        return view.cards[0].small, [choice.deed.kind for choice in view.cards[0].choices]

    assert card() == ("Counts first for: Glucose", ["fetch", "unpair"])
    assert card("ble:m")[1] == []
    unpair(phone.db, "ble:m")
    assert devices.read(phone.db) == []


def test_a_health_store_is_read_by_itself() -> None:
    store = Connection("health-connect", "Health Connect")
    (card,) = devices.present([store], words=WORDS, zone=BERLIN, now=START).cards
    assert card.choices == ()

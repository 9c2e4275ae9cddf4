"""What meters and sensors have stored, fetched over losses without gaps or repeats."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from bleak.exc import BleakError
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile.sources.ble import Radio
from mobile.sources.gatt.cgm import CgmRecord
from mobile.sources.history import BrokeOff, fetch_history
from mobile.sources.link import Lost
from mobile.sources.memory import METER, SENSOR, Gathered, History, Memory
from mobile.store import outbox
from mobile.sync.connections import connections
from mobile.sync.devices import last_number
from mobile.sync.visiting import visit
from tests.mobile.phone import Phone
from tests.mobile.sources import encode
from tests.mobile.sources.virtual_devices import (
    LOCAL,
    NOW,
    QUICK,
    Clock,
    Meter,
    Remembering,
    Sensor,
    only,
    radio_of,
)
from tests.mobile.sources.virtual_radio import VirtualClient, air

BERLIN = ZoneInfo("Europe/Berlin")
NOW_MS = round(NOW.timestamp() * 1000)
MINUTE_MS = 60_000
MEMORY: dict[type, tuple[str, Memory]] = {Meter: ("1808", METER), Sensor: ("181F", SENSOR)}


async def fetched(device: Remembering, after: int | None = None, *, attempts: int = 5) -> History:
    service, memory = MEMORY[type(device)]
    async with air("Device", device.services) as device.world:
        radio = radio_of(device.world)
        found = await only(radio, service)
        return await fetch_history(
            radio, found, memory, after=after, attempts=attempts, pauses_s=QUICK
        )


async def kept(phone: Phone, device: Remembering) -> bool:
    """One visit, in at most two tries."""
    async with air("Device", device.services) as device.world:
        radio = radio_of(device.world)
        found = await only(radio, MEMORY[type(device)][0])
        return await visit(
            phone.db, radio, found, source="ble:d", zone=BERLIN, clock=lambda: NOW,
            attempts=2, pauses_s=QUICK,
        )  # fmt: skip


def on_phone(phone: Phone) -> dict[int, float]:
    """Glucose by minutes before now; each sample stands in one upload only."""
    found = [
        (round((NOW_MS - at) / MINUTE_MS), value)
        for _, _, pairs in outbox.local_samples(phone.db, "glucose", 0, 10**15)
        for at, value in pairs
    ]
    assert len(found) == len(dict(found))
    return dict(found)


def numbers(history: History) -> list[int]:
    return [
        record.offset_min if isinstance(record, CgmRecord) else record.sequence
        for record in history.records
    ]


async def test_history_is_fetched_once_and_then_only_what_is_new() -> None:
    meter = Meter(Clock(timedelta(hours=1), settable=False))
    meter.records = {1: 90, 2: 140, 3: 110}
    first = await fetched(meter)
    assert (numbers(first), first.last_number) == ([1, 2, 3], 3)
    assert [c.carbohydrate_g for c in first.contexts] == [45.0]
    assert first.clock.ahead == timedelta(hours=1)
    nothing = await fetched(meter, after=3)
    assert (nothing.records, nothing.last_number) == ((), 3)
    meter.records |= {4: 100, 5: 105}
    meter.requests.clear()
    assert numbers(await fetched(meter, after=3)) == [4, 5]
    assert meter.requests == ["0106", "0403010400", "0103010400"]


async def test_a_transfer_that_breaks_off_goes_on_without_gap_or_repeat() -> None:
    meter = Meter()
    meter.records = dict.fromkeys(range(1, 9), 100)
    meter.break_after = [3]
    assert numbers(await fetched(meter)) == list(range(1, 9))
    assert meter.requests[-1] == "0103010400"


async def test_a_record_that_the_count_promised_is_asked_for_again() -> None:
    meter = Meter()
    meter.records = dict.fromkeys(range(1, 6), 100)
    meter.leave_out = {3}
    history = await fetched(meter)
    assert sorted(numbers(history)) == [1, 2, 3, 4, 5]
    assert history.last_number == 5


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
        await fetch_history(
            Radio(lambda: NOW, client=OutOfReach), found, METER, attempts=3, pauses_s=QUICK
        )
    assert OutOfReach.tries == 3


async def test_what_came_before_the_last_break_is_kept_for_the_next_visit(phone: Phone) -> None:
    meter = Meter()
    meter.records = dict.fromkeys(range(1, 10), 100)
    meter.break_after = [3, 2]  # both tries of the first visit
    assert not await kept(phone, meter)
    assert last_number(phone.db, "ble:d") == 5
    assert connections(phone.db)[0].problem == "broke_off"
    phone.killed()
    meter.requests.clear()
    assert await kept(phone, meter)
    assert meter.requests == ["0106", "0403010600", "0103010600"]
    assert len(on_phone(phone)) == 9
    assert connections(phone.db)[0].problem == ""


async def test_a_prefix_that_may_hide_a_gap_is_kept_up_to_there_only(phone: Phone) -> None:
    meter = Meter()
    meter.records = dict.fromkeys(range(1, 10), 100)
    meter.break_after, meter.leave_out = [6, 0], {3}
    assert not await kept(phone, meter)
    assert last_number(phone.db, "ble:d") == 2
    meter.leave_out = set()
    assert await kept(phone, meter)
    assert len(on_phone(phone)) == 9


async def test_a_record_lost_before_a_break_is_missed_by_the_first_count() -> None:
    meter = Meter()
    meter.records = dict.fromkeys(range(1, 10), 100)
    meter.break_after, meter.leave_out = [6], {3}
    assert sorted(numbers(await fetched(meter))) == list(range(1, 10))


async def test_times_of_a_wrong_clock_are_corrected_then_it_is_set(phone: Phone) -> None:
    clock = Clock(timedelta(hours=5, minutes=3))
    meter = Meter(clock)
    meter.records = {1: 101, 2: 102}
    assert await kept(phone, meter)
    assert (clock.was_set, clock.ahead) == (1, timedelta())
    (connection,) = connections(phone.db)
    assert connection.clock_ahead_min == 303
    meter.records |= {3: 103}
    assert await kept(phone, meter)
    assert on_phone(phone) == {1439: 101, 1438: 102, 1437: 103}


async def test_a_broken_transfer_leaves_the_clock_for_what_is_still_to_come() -> None:
    clock = Clock(timedelta(hours=5))
    meter = Meter(clock)
    meter.records = dict.fromkeys(range(1, 6), 100)
    meter.break_after = [2, 2]
    with pytest.raises(BrokeOff):
        await fetched(meter, attempts=2)
    assert clock.was_set == 0


@pytest.mark.parametrize("protected", [True, False])
async def test_a_sensors_memory_is_read_and_then_only_what_is_new(
    phone: Phone, protected: bool
) -> None:
    sensor = Sensor(age=60, ahead=timedelta(days=-3), protected=protected)
    sensor.records = {minute: 100 + minute for minute in (5, 10, 15)}
    assert await kept(phone, sensor)
    assert on_phone(phone) == {55: 105, 50: 110, 45: 115}
    sensor.records |= {20: 120}
    sensor.requests.clear()
    assert await kept(phone, sensor)
    assert sensor.requests == ["0106", "0403011000", "0103011000"]
    assert on_phone(phone) == {55: 105, 50: 110, 45: 115, 40: 120}


async def test_a_sensor_breaks_off_and_goes_on_in_the_next_visit(phone: Phone) -> None:
    sensor = Sensor(age=120, tells_age=False)
    sensor.records = dict.fromkeys(range(5, 60, 5), 100)
    sensor.break_after = [4, 3]
    assert not await kept(phone, sensor)
    phone.killed()
    assert await kept(phone, sensor)
    assert on_phone(phone) == dict.fromkeys(range(115, 60, -5), 100)


async def test_a_new_session_is_read_from_its_beginning(phone: Phone) -> None:
    sensor = Sensor(age=600)
    sensor.records = {5: 100, 590: 110}
    assert await kept(phone, sensor)
    sensor.age, sensor.records = 300, {5: 120, 290: 130}
    assert await kept(phone, sensor)
    assert on_phone(phone) == {595: 100, 10: 130, 295: 120}
    sensor.age, sensor.records = 1000, {5: 125, 800: 135}  # numbers beyond the last one kept
    assert await kept(phone, sensor)
    assert {before: on_phone(phone)[before] for before in (995, 200)} == {995: 125, 200: 135}


async def test_the_age_of_a_session_is_kept_as_it_was_first_told(phone: Phone) -> None:
    sensor = Sensor(age=60)
    sensor.ahead = timedelta(0)
    sensor.records = {5: 100}
    assert await kept(phone, sensor)
    sensor.age = 61  # read a moment later in the same minute, or the sensor's minute is short
    sensor.ahead = timedelta(minutes=1)
    sensor.records = {5: 100, 10: 110}
    assert await kept(phone, sensor)
    assert on_phone(phone) == {55: 100, 50: 110}


async def test_a_live_value_does_not_stand_for_one_that_is_missing(phone: Phone) -> None:
    sensor = Sensor(age=60)
    sensor.records = {minute: 100 for minute in range(5, 30, 5)}
    sensor.leave_out, sensor.live = {10}, [30]
    assert await kept(phone, sensor)
    assert sorted(on_phone(phone)) == [30, 35, 40, 45, 50, 55]


async def test_a_protected_sensor_that_sends_no_crc_is_refused() -> None:
    sensor = Sensor(age=60, protected=True)
    sensor.sends_crc = False
    sensor.records = {5: 100}
    history = await fetched(sensor)
    assert history.records == ()
    assert "CRC" in history.refused[0]


async def test_a_device_that_is_away_is_said_so_and_nothing_is_lost(phone: Phone) -> None:
    meter = Meter()
    async with air("Device", meter.services) as meter.world:
        found = await only(radio_of(meter.world), "1808")
    away = Radio(lambda: NOW, client=OutOfReach)
    assert not await visit(
        phone.db, away, found, source="ble:d", zone=BERLIN, clock=lambda: NOW,
        attempts=1, pauses_s=QUICK,
    )  # fmt: skip
    assert connections(phone.db)[0].problem == "out_of_reach"
    assert last_number(phone.db, "ble:d") is None


@settings(max_examples=500)
@given(
    st.sampled_from([(METER, 1), (SENSOR, 5)]),
    st.integers(1, 12),
    st.none() | st.integers(0, 3),
    st.sets(st.integers(0, 11), max_size=3),
    st.integers(0, 12),
)
def test_what_is_kept_of_a_broken_transfer_never_hides_a_gap(
    kind: tuple[Memory, int], many: int, known: int | None, lost: set[int], until: int
) -> None:
    memory, step = kind
    stored = [step * n for n in range(1, many + 1)]
    after = None if known is None else step * known
    wanted = [n for n in stored if after is None or n > after]
    gathered = Gathered(memory, after)
    gathered.promised, gathered.newest = len(wanted), stored[-1]
    for place, number in enumerate(wanted[:until]):
        if place not in lost:
            packet = (
                encode.glucose(number, LOCAL, 100) if memory is METER else encode.cgm(number, 100)
            )
            gathered.take(memory.record, packet)
    found = gathered.safe()
    if found is not None:
        kept = numbers(found)
        assert kept == wanted[: len(kept)]

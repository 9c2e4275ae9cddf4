"""From packets to the outbox, and on to a server."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wire.measures import MEASURES
from mobile.sources.ble import LIVE, Found, Heard
from mobile.sources.gatt import Refused, decode
from mobile.sources.gatt.cgm import decode_session_start
from mobile.sources.gatt.clock import DeviceClock
from mobile.sources.gatt.glucose import decode_glucose, decode_glucose_context
from mobile.sources.link import Session
from mobile.sources.memory import History
from mobile.store import outbox, sending
from mobile.sync.connections import connections, pair, unpair
from mobile.sync.devices import (
    Taken,
    keep_heard,
    keep_history,
    last_number,
    samples_of,
    source_of,
)
from mobile.sync.placing import Moment
from tests.mobile.model_server import ModelServer, Network
from tests.mobile.phone import START, Phone
from tests.mobile.sources import encode

BERLIN = ZoneInfo("Europe/Berlin")
LOCAL = START.astimezone(BERLIN).replace(tzinfo=None)
NOW_MS = round(START.timestamp() * 1000)
RIGHT = DeviceClock(timedelta())
HOUR_FAST = DeviceClock(timedelta(hours=1))
MINUTE_MS = 60_000


def taken(code: str, packet: str | bytes, clock: DeviceClock = RIGHT, session: str = "") -> Taken:
    data = bytes.fromhex(packet) if isinstance(packet, str) else packet
    began = Session(decode_session_start(bytes.fromhex(session))) if session else None
    moment = Moment(START, BERLIN, clock, began)
    return samples_of([decode(code, data)], moment, source="ble:x")


def pairs(found: Taken) -> dict[str, list[tuple[int, float]]]:
    """Samples by kind, as (ms before now, value)."""
    return {
        s.kind: [(NOW_MS - at, v) for at, v in zip(s.instants_ms, s.values, strict=True)]
        for s in found.samples
    }


def pressure_at(at: datetime) -> bytes:
    body = encode.sfloat(120) + encode.sfloat(80) + encode.sfloat(93)
    return b"\x02" + body + encode.date_time(at)


def history(*numbers: int, clock: DeviceClock = RIGHT, at: datetime = LOCAL) -> History:
    records = [
        decode_glucose(encode.glucose(n, at - timedelta(hours=9) + timedelta(minutes=n), 90 + n))
        for n in numbers
    ]
    contexts = [decode_glucose_context(encode.carbohydrate(n, 45)) for n in numbers[:1]]
    return History(tuple(records), tuple(contexts), (), numbers[-1], clock)


def test_intervals_end_where_the_next_begins() -> None:
    found = pairs(taken("2A37", encode.heart_rate(61, rr=(1024, 512, 1024))))
    assert found["heart_rate"] == [(0, 61)]
    assert found["rr_interval"] == [(1500, 1000.0), (1000, 500.0), (0, 1000.0)]


def test_a_wrong_clock_is_corrected_and_said() -> None:
    fast = taken("2A35", pressure_at(LOCAL + timedelta(minutes=50)), HOUR_FAST)
    assert pairs(fast)["systolic"] == [(10 * MINUTE_MS, 120.0)]
    assert fast.clock_note == "The device's clock is 60 minutes ahead; its times were corrected."


def test_a_clock_that_cannot_be_compared_is_said() -> None:
    found = taken("2A35", pressure_at(LOCAL - timedelta(hours=1)), DeviceClock())
    assert pairs(found)["diastolic"] == [(60 * MINUTE_MS, 80.0)]
    assert "could not be compared" in found.clock_note


@pytest.mark.parametrize("years", [-30, -2, 1, 7000])
def test_an_incredible_time_is_left_aside(years: int) -> None:
    found = taken("2A35", pressure_at(LOCAL.replace(year=LOCAL.year + years)), DeviceClock())
    assert found.samples == ()
    assert "clock" in found.left_aside[0]


def test_without_a_time_it_was_taken_when_it_was_heard() -> None:
    assert pairs(taken("2A1C", "006c0100ff")) == {"body_temperature": [(0, 36.4)]}
    assert pairs(taken("2A9D", "00d039")) == {"body_weight": [(0, 74.0)]}
    assert pairs(taken("2A5F", "0062004800")) == {"spo2": [(0, 98.0)], "heart_rate": [(0, 72.0)]}
    assert taken("2A19", "64").samples == ()


def test_a_sensor_counts_from_the_start_of_its_session() -> None:
    packet = encode.cgm(30, 110) + encode.cgm(35, 115, status=0x000008) + encode.cgm(40, 120)
    session = (encode.date_time(LOCAL - timedelta(hours=1)) + b"\x04\x00").hex()
    found = taken("2AA7", packet, session=session)
    assert pairs(found)["glucose"] == [(30 * MINUTE_MS, 110.0), (20 * MINUTE_MS, 120.0)]
    assert found.left_aside == ("sensor malfunction",)
    unknown_zone = (encode.date_time(LOCAL - timedelta(hours=1)) + b"\x80\x00").hex()
    assert pairs(taken("2AA7", packet, session=unknown_zone)) == pairs(found)
    assert taken("2AA7", packet).samples == ()


def test_what_the_device_doubts_is_left_aside() -> None:
    assert taken("2A37", encode.heart_rate(61, contact=False)).left_aside == ("no skin contact",)
    lonely = taken("2A34", encode.carbohydrate(1, 45))
    assert lonely.left_aside == ("a context has no time without its record",)
    control = encode.glucose(1, LOCAL, 100, nibbles=0x1A)
    assert taken("2A18", control).left_aside == ("control solution",)


def test_history_and_its_number_are_kept_together_and_once(phone: Phone) -> None:
    server = ModelServer()
    assert last_number(phone.db, "ble:m") is None
    for part in (history(1, 2, 3), history(1, 2, 3), history(4, 5)):
        keep_history(phone.db, part, source="ble:m", zone=BERLIN, now=START)
        phone.sync(Network(server))
    assert last_number(phone.db, "ble:m") == 5
    assert last_number(phone.db, "ble:other") is None
    assert len(server.books.samples) == 5 + 2  # and two counts of carbohydrate
    found = keep_history(phone.db, history(6), source="ble:m", zone=BERLIN, now=START)
    at = {s.kind: s.instants_ms[0] for s in found.samples}
    assert at["glucose"] == at["carbohydrate"] == NOW_MS - 534 * MINUTE_MS


def test_a_failed_write_keeps_neither_records_nor_number(phone: Phone) -> None:
    phone.db.execute("DROP TABLE item")
    with pytest.raises(Exception, match="no such table"):
        keep_history(phone.db, history(1, 2), source="ble:m", zone=BERLIN, now=START)
    assert last_number(phone.db, "ble:m") is None


def test_a_refused_packet_leaves_its_reason(phone: Phone) -> None:
    found = keep_heard(phone.db, Heard("2A37", b"\x00", START, RIGHT), source="x", zone=BERLIN)
    assert found.left_aside == ("truncated: the packet ends before its heart rate does",)
    assert sending.waiting(phone.db).items == 0


def test_live_packets_wait_for_sending(phone: Phone) -> None:
    heard = Heard("2A37", encode.heart_rate(72, rr=(1024,)), START, RIGHT)
    keep_heard(phone.db, heard, source="ble:strap", zone=BERLIN)
    ((source, unit, found),) = outbox.local_samples(phone.db, "heart_rate", 0, 10**14)
    assert (source, unit, found) == ("ble:strap", "/min", [(NOW_MS, 72)])


def test_a_source_names_the_device_and_hides_its_address() -> None:
    source = source_of(Found("F0:F1:F2:F3:F4:F5", "My Meter (2)", ("1808",), None))  # type: ignore[arg-type]
    assert source.startswith("ble:my-meter-2-")
    assert "F0" not in source.upper()
    assert len(source) <= 80


def test_a_wrong_clock_has_only_run_on_through_the_change_of_summer_time() -> None:
    """Taken on Saturday at 20:00 summer time; on Monday the meter still shows summer time."""
    monday = datetime(2026, 10, 26, 10, 0, tzinfo=BERLIN)
    saturday = datetime(2026, 10, 24, 20, 0, tzinfo=BERLIN)
    shown = saturday.replace(tzinfo=None)
    for clock in (HOUR_FAST, RIGHT):  # left alone, or set by somebody on Sunday
        found = samples_of(
            [decode("2A35", pressure_at(shown))], Moment(monday, BERLIN, clock), source="ble:x"
        )
        assert found.samples[0].instants_ms == [round(saturday.timestamp() * 1000)]


def test_what_a_cuff_sends_again_has_the_same_instant_again(phone: Phone) -> None:
    for minutes in (61, 60, 61, 62):
        clock = DeviceClock(timedelta(minutes=minutes))
        heard = Heard("2A35", pressure_at(LOCAL), START, clock)
        keep_heard(phone.db, heard, source="ble:cuff", zone=BERLIN)
    found = [pairs for _, _, pairs in outbox.local_samples(phone.db, "systolic", 0, 10**14)]
    assert found == [[(NOW_MS - 61 * MINUTE_MS, 120)]]


def test_a_bad_record_of_a_sensor_spoils_no_other(phone: Phone) -> None:
    session = Session(None, START - timedelta(hours=1))
    no_value = b"\x06\x00\xff\x07\x23\x00"
    packet = encode.cgm(30, 110) + no_value + encode.cgm(40, 120)
    heard = Heard("2AA7", packet, START, DeviceClock(), session)
    found = keep_heard(phone.db, heard, source="ble:cgm", zone=BERLIN)
    assert pairs(found)["glucose"] == [(30 * MINUTE_MS, 110.0), (20 * MINUTE_MS, 120.0)]
    assert found.left_aside == ("reserved value: the glucose concentration is NaN",)
    broken = Heard("2AA7", b"\x09\x00", START, DeviceClock(), session)
    assert "truncated" in keep_heard(phone.db, broken, source="x", zone=BERLIN).left_aside[0]


def test_a_sensor_that_tells_its_age_needs_no_clock() -> None:
    start = decode_session_start(encode.session_start(datetime.fromisoformat("2001-01-01")))
    moment = Moment(START, BERLIN, DeviceClock(), Session(start, START - timedelta(hours=2)))
    found = samples_of([decode("2AA7", encode.cgm(30, 110))], moment, source="ble:x")
    assert pairs(found)["glucose"] == [(90 * MINUTE_MS, 110.0)]


def test_battery_clock_and_last_word_of_a_device_are_noted(phone: Phone) -> None:
    cuff = Found("F0", "Cuff", ("1810",), None)  # type: ignore[arg-type]
    source = source_of(cuff)
    pair(phone.db, source, label=cuff.name, address=cuff.address, services=cuff.services)
    assert connections(phone.db)[0].last_ms is None
    keep_heard(phone.db, Heard("2A19", b"\x42", START, RIGHT), source=source, zone=BERLIN)
    keep_heard(
        phone.db, Heard("2A35", pressure_at(LOCAL), START, HOUR_FAST), source=source, zone=BERLIN
    )
    (found,) = connections(phone.db)
    assert (found.label, found.address, found.services) == ("Cuff", "F0", ("1810",))
    assert (found.battery_percent, found.clock_ahead_min, found.last_ms) == (66, 60, NOW_MS)
    unpair(phone.db, source)
    assert connections(phone.db) == []


@given(
    st.sampled_from(LIVE),
    st.binary(min_size=1, max_size=24),
    st.timedeltas(timedelta(days=-9000), timedelta(days=9000)) | st.none(),
)
def test_any_packet_gives_samples_of_known_units_in_credible_time(
    code: str, data: bytes, ahead: timedelta | None
) -> None:
    try:
        found = taken(code, data, DeviceClock(ahead))
    except Refused:
        return
    for samples in found.samples:
        assert samples.unit in MEASURES[samples.kind].units
        assert all(abs(NOW_MS - at) <= 367 * 86_400_000 for at in samples.instants_ms)

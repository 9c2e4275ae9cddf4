"""Decoders against packets written by hand from the specifications, and against any bytes."""

import json
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wire.measures import MEASURES, convert
from mobile.sources.gatt import DECODERS, Refused, decode
from mobile.sources.gatt.cgm import decode_record, e2e_crc
from mobile.sources.gatt.clock import (
    DeviceClock,
    DeviceTime,
    compare,
    encode_current_time,
    encode_date_time,
)
from mobile.sources.gatt.packet import Packet
from mobile.sources.gatt.racp import Opcode, request_abort, request_last, request_records
from tests.mobile.sources import encode
from tests.mobile.sources.packets import AT_LOCAL, BAD, GOOD


@pytest.mark.parametrize(("characteristic", "packet", "fields"), GOOD)
def test_good_packets(characteristic: str, packet: str, fields: dict[str, object]) -> None:
    measurement = decode(characteristic, bytes.fromhex(packet))
    assert {name: getattr(measurement, name) for name in fields} == fields


@pytest.mark.parametrize(("characteristic", "packet", "reason"), BAD)
def test_bad_packets_are_refused_with_a_reason(
    characteristic: str, packet: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        decode(characteristic, bytes.fromhex(packet))


@pytest.mark.parametrize(("characteristic", "packet", "fields"), GOOD)
def test_every_shorter_or_longer_packet_is_refused_or_means_fewer_intervals(
    characteristic: str, packet: str, fields: dict[str, object]
) -> None:
    data = bytes.fromhex(packet)
    for size in range(len(data)):
        if characteristic == "2A37" and size == len(data) - 2 and fields.get("energy_kj"):
            continue
        with pytest.raises(Refused, match="truncated"):
            decode(characteristic, data[:size])
    with pytest.raises(Refused, match="over-long|truncated"):
        decode(characteristic, data + b"\x01")


@given(st.sampled_from(sorted(DECODERS)), st.binary(max_size=40))
def test_any_bytes_decode_plausibly_or_are_refused(characteristic: str, data: bytes) -> None:
    try:
        measurement = decode(characteristic, data)
    except Refused:
        return
    measurement.doubt()
    for reading in measurement.readings():
        measure = MEASURES[reading.kind]
        (value,) = convert(reading.kind, reading.unit, [reading.value])
        assert measure.low - 1e-3 <= value <= measure.high + 1e-3


@given(st.integers(-2045, 2045), st.integers(-8, 7))
def test_sfloat_round_trip(mantissa: int, exponent: int) -> None:
    assert Packet(encode.sfloat(mantissa, exponent)).sfloat("x") == float(f"{mantissa}e{exponent}")


@given(st.integers(-8_388_605, 8_388_605), st.integers(-128, 127))
def test_float_round_trip(mantissa: int, exponent: int) -> None:
    value = Packet(encode.float32(mantissa, exponent)).float32("x")
    assert value == float(f"{mantissa}e{exponent}")


@given(
    st.integers(20, 300),
    st.sampled_from([None, True, False]),
    st.none() | st.integers(0, 65_535),
    st.lists(st.integers(205, 3072), max_size=9).map(tuple),
)
def test_heart_rate_round_trip(
    rate: int, contact: bool | None, energy: int | None, rr: tuple[int, ...]
) -> None:
    packet = encode.heart_rate(rate, contact=contact, energy=energy, rr=rr)
    found = decode("2A37", packet)
    again = encode.heart_rate(
        found.heart_rate_per_min,
        contact=found.skin_contact,
        energy=found.energy_kj,
        rr=tuple(round(ms * 1024 / 1000) for ms in found.rr_intervals_ms),
    )
    assert again == packet


@given(
    st.integers(0, 65_535),
    st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("9990-01-01")),
    st.none() | st.integers(10, 1000),
    st.none() | st.integers(-0x7FFF, 0x7FFE),
)
def test_glucose_round_trip(
    sequence: int, at: datetime, mg_dl: int | None, offset: int | None
) -> None:
    at = at.replace(microsecond=0)
    found = decode("2A18", encode.glucose(sequence, at, mg_dl, offset=offset))
    assert (found.sequence, found.base_local, found.glucose_mg_dl) == (sequence, at, mg_dl)
    assert found.time_offset_min == (offset or 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 65_535), st.integers(10, 1000), st.integers(0, 0xFFFFFF)),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_cgm_round_trip_with_and_without_crc(
    records: list[tuple[int, int, int]], protected: bool
) -> None:
    packet = b"".join(
        encode.cgm(offset, value, status=status, protected=protected)
        for offset, value, status in records
    )
    found = decode("2AA7", packet).records
    assert [(r.offset_min, r.glucose_mg_dl) for r in found] == [r[:2] for r in records]
    assert {r.crc_checked for r in found} == {protected}


MOMENTS = st.datetimes(
    datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("9990-01-01")
).map(lambda at: at.replace(microsecond=0))


@given(
    st.integers(60, 250), st.integers(20, 59), MOMENTS,
    st.none() | st.integers(30, 200), st.none() | st.integers(0, 254),
)  # fmt: skip
def test_blood_pressure_round_trip(
    systolic: int, diastolic: int, at: datetime, pulse: int | None, user: int | None
) -> None:
    found = decode("2A35", encode.blood_pressure(systolic, diastolic, at, pulse=pulse, user=user))
    assert (found.systolic_mmhg, found.diastolic_mmhg) == (systolic, diastolic)
    assert (found.taken_local, found.pulse_per_min, found.user_id) == (at, pulse, user)


@given(st.integers(3000, 4500), st.none() | MOMENTS, st.none() | st.integers(1, 9))
def test_temperature_round_trip(hundredths: int, at: datetime | None, site: int | None) -> None:
    found = decode("2A1C", encode.temperature(hundredths, at, site=site))
    assert (found.temperature_cel, found.taken_local) == (hundredths / 100, at)
    assert (found.site is None) == (site is None)


@given(st.integers(40, 0xFFFE), st.none() | MOMENTS, st.none() | st.integers(0, 254))
def test_weight_round_trip(steps: int, at: datetime | None, user: int | None) -> None:
    found = decode("2A9D", encode.weight(steps, at, user=user))
    assert (found.weight_kg, found.taken_local, found.user_id) == (steps * 5 / 1000, at, user)


@given(st.integers(30, 100), st.none() | st.integers(20, 300), st.none() | MOMENTS)
def test_saturation_round_trip(spo2: int, pulse: int | None, at: datetime | None) -> None:
    found = decode("2A5E", encode.spot_check(spo2, pulse, at))
    assert (found.spo2_percent, found.pulse_per_min, found.taken_local) == (spo2, pulse, at)
    beside = (97, 60), (96, 61)
    found = decode("2A5F", encode.continuous(spo2, pulse or 70, *beside))
    assert (found.spo2_fast_percent, found.pulse_fast_per_min) == beside[0]
    assert (found.spo2_slow_percent, found.pulse_slow_per_min) == beside[1]


@given(MOMENTS)
def test_clocks_that_we_write_are_clocks_that_we_read(at: datetime) -> None:
    assert decode("2A08", encode_date_time(at)).now_local == at
    assert decode("2A2B", encode_current_time(at)).now_local == at
    assert encode_current_time(at)[:8] == encode.current_time(at)[:8]


@given(st.integers(0, 65_535), st.integers(0, 0xFFFFFF), st.integers(-48, 56), MOMENTS)
def test_session_round_trip(offset: int, bits: int, quarters: int, at: datetime) -> None:
    body = encode.cgm_status(offset, bits)
    for packet in (body, body + encode.crc(body)):
        found = decode("2AA9", packet)
        assert found.offset_min == offset
        assert len(found.status) <= bits.bit_count()
    start = decode("2AAA", encode.session_start(at, quarters=quarters, summer=4))
    assert start.start_local == at
    assert start.start_utc.replace(tzinfo=None) == at - timedelta(minutes=15 * quarters + 60)


def test_a_protected_sensor_must_send_its_crc() -> None:
    record = encode.cgm(5, 110)
    assert decode_record(record).glucose_mg_dl == 110
    with pytest.raises(Refused, match="CRC"):
        decode_record(record, protected=True)
    assert decode_record(encode.cgm(5, 110, protected=True), protected=True).crc_checked


def test_an_offset_stays_while_it_differs_by_reading_only() -> None:
    def clock(minutes: float | None) -> DeviceClock:
        return DeviceClock(None if minutes is None else timedelta(minutes=minutes))

    assert clock(61).like(clock(60)) == clock(60)
    assert clock(62).like(clock(60)) == clock(62)
    assert clock(0).like(clock(60)) == clock(0)
    assert clock(60).like(clock(None)) == clock(60)
    assert clock(None).like(clock(60)) == clock(None)


@given(st.integers(0, 8 * 10 - 1))
def test_any_flipped_bit_of_a_protected_record_is_noticed(bit: int) -> None:
    packet = bytearray(encode.cgm(5, 110, status=0x010001, protected=True))
    packet[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        decode("2AA7", bytes(packet))


def test_the_crc_has_its_published_check_value() -> None:
    assert e2e_crc(b"123456789") == 0x6F91


def test_packets_that_real_devices_sent() -> None:
    """As their owners wrote them down in public issue threads."""
    meter = decode("2A18", bytes.fromhex("03 0600 e407040d10260a 0000 78b0 f1"))
    assert (meter.glucose_mg_dl, meter.sample_location) == (120, "not available")
    with pytest.raises(Refused, match="NaN"):  # a cuff whose display said Err
        decode("2A35", bytes.fromhex("16 ff07 ff07 ff07 e80706170e230a ff07 0000"))


def test_what_the_device_itself_doubts_is_said() -> None:
    at = AT_LOCAL
    assert decode("2A37", encode.heart_rate(72, contact=False)).doubt() == "no skin contact"
    assert decode("2A18", encode.glucose(1, at, 90, nibbles=0x1A)).doubt() == "control solution"
    assert decode("2A18", encode.glucose(1, at, 90, status=0x0001)).doubt() == ""
    assert decode("2A18", encode.glucose(1, at, 90, status=0x0004)).doubt() == "sample insufficient"
    assert decode("2AA7", encode.cgm(1, 60, status=0x040000)).doubt() == ""
    assert decode("2AA7", encode.cgm(1, 60, status=0x000008)).doubt() == "sensor malfunction"
    assert decode("2A5F", bytes.fromhex("04 6200 4800 0004")).doubt() == "demonstration"


def test_requests_for_records() -> None:
    assert request_records() == bytes.fromhex("0101")
    assert request_records(first=258) == bytes.fromhex("01 03 01 0201")
    assert request_records(last=5) == bytes.fromhex("01 02 01 0500")
    assert request_records(Opcode.COUNT, first=1, last=5) == bytes.fromhex("04 04 01 0100 0500")
    assert request_last() == bytes.fromhex("0106")
    assert request_abort() == bytes.fromhex("0300")
    with pytest.raises(ValueError, match="16 bits"):
        request_records(first=65_536)


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (119, 0), (-3605, -60), (86_400, 1440)])
def test_a_device_clock_is_compared_in_whole_minutes(seconds: int, minutes: int) -> None:
    phone = datetime.fromisoformat("2026-11-24T08:30:15")
    device = datetime.fromtimestamp(phone.timestamp() + seconds)  # noqa: DTZ006
    ahead = compare(DeviceTime(device), phone_local=phone).ahead
    assert ahead is not None
    assert ahead.total_seconds() / 60 == minutes


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mobile.sources.gatt", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_prints_json_with_units_or_a_reason() -> None:
    done = run("2a37", "16:48:00:04")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["heart_rate_per_min"] == 72
    assert {"kind": "rr_interval", "value": 1000.0, "unit": "ms"} in found["readings"]
    refused = run("2A37", "00")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "truncated" in refused.stderr
    assert run("2A37", "zz").returncode == 1
    assert run("2A37").returncode == 2

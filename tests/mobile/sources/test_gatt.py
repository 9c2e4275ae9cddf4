"""Decoders against packets written by hand from the specifications, and against any bytes."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wire.measures import MEASURES, convert
from mobile.sources.gatt import DECODERS, Refused, decode
from mobile.sources.gatt.cgm import e2e_crc
from mobile.sources.gatt.clock import DeviceTime, compare
from mobile.sources.gatt.packet import Packet
from mobile.sources.gatt.racp import Opcode, request_abort, request_last, request_records
from tests.mobile.sources import encode

AT = "ea070b18081e0f"
AT_LOCAL = datetime.fromisoformat("2026-11-24T08:30:15")

GOOD = [
    ("2A37", "00 48", {"heart_rate_per_min": 72, "skin_contact": None, "rr_intervals_ms": ()}),
    ("2A37", "01 04 01", {"heart_rate_per_min": 260}),
    ("2A37", "06 48", {"skin_contact": True}),
    ("2A37", "04 48", {"skin_contact": False}),
    ("2A37", "02 48", {"skin_contact": None}),
    ("2A37", "e0 48", {"heart_rate_per_min": 72}),
    ("2A37", "18 48 0c00 0004 5603", {"energy_kj": 12, "rr_intervals_ms": (1000.0, 833.984)}),
    ("2A35", "00 7800 5000 5d00", {"systolic_mmhg": 120.0, "mean_arterial_mmhg": 93.0}),
    ("2A35", "01 a0f0 6af0 7cf0", {"systolic_mmhg": 120.01, "unit_sent": "kPa"}),
    ("2A35", "00 7800 5000 ff07", {"mean_arterial_mmhg": None}),
    (
        "2A35",
        f"1e 7800 5000 5d00 {AT} 4800 02 0c00",
        {
            "taken_local": AT_LOCAL,
            "pulse_per_min": 72.0,
            "user_id": 2,
            "status": ("irregular pulse",),
            "pulse_range": "above",
        },
    ),
    ("2A35", "08 7800 5000 5d00 ff", {"user_id": None}),
    ("2A35", "02 7800 5000 5d00 00000000081e0f", {"taken_local": None}),
    (
        "2A18",
        f"03 0100 {AT} 0f00 64b0 11",
        {
            "sequence": 1,
            "glucose_mg_dl": 100.0,
            "glucose_mmol_l": 5.550745,
            "time_offset_min": 15,
            "sample_type": "capillary whole blood",
            "sample_location": "finger",
        },
    ),
    ("2A18", f"06 ffff {AT} 37c0 f8", {"sequence": 65535, "glucose_mmol_l": 5.5, "status": ()}),
    ("2A18", f"1a 0200 {AT} 78b0 1a 0108", {"status": ("battery low", "time fault")}),
    ("2A18", f"08 0300 {AT} 0400", {"glucose_mg_dl": None, "status": ("sample insufficient",)}),
    ("2A34", "00 0100", {"sequence": 1, "meal": None}),
    ("2A34", "01 0100 02 2dd0", {"carbohydrate": "lunch", "carbohydrate_g": 45.0}),
    (
        "2A34",
        "ff 0100 00 01 2dd0 03 51 5802 32 04 0cb0 45f0",
        {
            "carbohydrate_g": 45.0,
            "meal": "fasting",
            "tester": "self",
            "health": "no health issues",
            "exercise_s": 600,
            "exercise_intensity_percent": 50,
            "medication": "long acting insulin",
            "medication_ml": 0.12,
            "medication_mg": None,
            "hba1c_percent": 6.9,
        },
    ),
    ("2A34", "10 0100 01 0aa0", {"medication_mg": 10.0, "medication_ml": None}),
    ("2A52", "05 00 0300", {"records": 3}),
    ("2A52", "06 00 01 01", {"request": "report", "outcome": "success"}),
    ("2A52", "06 00 01 06", {"outcome": "no records found"}),
    ("2A1C", "00 6c0100ff", {"temperature_cel": 36.4, "site": None}),
    ("2A1C", f"07 da0300ff {AT} 06", {"temperature_cel": 37.0, "site": "mouth"}),
    ("2A1C", "00 400e00fe", {"temperature_cel": 36.48}),
    ("2A9D", "00 d039", {"weight_kg": 74.0, "unit_sent": "kg", "user_id": None}),
    ("2A9D", "01 803e", {"weight_kg": 72.5748, "unit_sent": "lb"}),
    (
        "2A9D",
        f"0e d039 {AT} 01 e600 0807",
        {"taken_local": AT_LOCAL, "user_id": 1, "bmi_kg_m2": 23.0, "height_m": 1.8},
    ),
    ("2A9D", "09 803e e600 c302", {"height_m": 1.7958}),
    ("2A5E", "00 6200 4800", {"spo2_percent": 98.0, "pulse_per_min": 72.0, "clock_is_set": None}),
    (
        "2A5E",
        f"0f 6200 4800 {AT} 8000 200000 0df0",
        {
            "taken_local": AT_LOCAL,
            "clock_is_set": True,
            "status": ("validated", "low perfusion"),
            "pulse_amplitude_percent": 1.3,
        },
    ),
    ("2A5E", f"11 6200 4800 {AT}", {"clock_is_set": False}),
    ("2A5F", "00 d5f3 4800", {"spo2_percent": 98.1}),
    ("2A5F", "00 6200 ff07", {"pulse_per_min": None}),
    (
        "2A5F",
        "1f 6200 4800 6100 4900 6000 4a00 0020 000100 0a00",
        {
            "spo2_fast_percent": 97.0,
            "pulse_slow_per_min": 74.0,
            "status": ("unavailable", "questionable pulse"),
            "pulse_amplitude_percent": 10.0,
        },
    ),
    ("2A19", "64", {"level_percent": 100}),
    ("2A08", AT, {"now_local": AT_LOCAL}),
    ("2A2B", f"{AT} 02 80 01", {"now_local": AT_LOCAL}),
    ("2AAA", f"{AT} 04 00", {"start_utc": datetime(2026, 11, 24, 7, 30, 15, tzinfo=UTC)}),
    ("2AAA", f"{AT} 80 ff", {"start_local": AT_LOCAL, "start_utc": None}),
]

BAD = [
    ("2A37", "", "truncated"),
    ("2A37", "00", "truncated"),
    ("2A37", "01 48", "truncated"),
    ("2A37", "08 48 01", "truncated"),
    ("2A37", "10 48", "truncated"),
    ("2A37", "10 48 0004 00", "truncated"),
    ("2A37", "00 48 00", "over-long"),
    ("2A37", "00 00", "out of range"),
    ("2A37", "01 ffff", "out of range"),
    ("2A37", "10 48 0000", "out of range"),
    ("2A37", "10 48" + "0004" * 256, "over-long"),
    ("2A35", "00 7800 5000", "truncated"),
    ("2A35", "00 7800 5000 5d00 00", "over-long"),
    ("2A35", "00 ff07 5000 5d00", "NaN"),
    ("2A35", "00 0008 5000 5d00", "NRes"),
    ("2A35", "00 7800 fe07 5d00", "\\+INFINITY"),
    ("2A35", "00 7800 0208 5d00", "-INFINITY"),
    ("2A35", "00 7800 0108 5d00", "a reserved value"),
    ("2A35", "00 7800 5000 0008", "NRes"),
    ("2A35", "00 9001 5000 5d00", "out of range"),
    ("2A35", "00 5000 7800 5d00", "not below"),
    ("2A35", "02 7800 5000 5d00 ea070d18081e0f", "month"),
    ("2A35", "02 7800 5000 5d00 ea0702 1e081e0f", "day that does not exist"),
    ("2A35", "02 7800 5000 5d00 ea070b18181e0f", "hour"),
    ("2A35", "02 7800 5000 5d00 ea07", "truncated"),
    ("2A35", "10 7800 5000 5d00 1800", "pulse rate range"),
    ("2A35", "04 7800 5000 5d00 0000", "out of range"),
    ("2A18", f"02 0100 {AT} ff07 11", "NaN"),
    ("2A18", f"02 0100 {AT} 64b0", "truncated"),
    ("2A18", f"02 0100 {AT} 64b0 11 00", "over-long"),
    ("2A18", f"02 0100 {AT} 6400 11", "out of range"),
    ("2A18", f"02 0100 {AT} 64b0 10", "sample type"),
    ("2A18", f"02 0100 {AT} 64b0 51", "sample location"),
    ("2A18", f"01 0100 {AT} ff7f", "overrun"),
    ("2A18", f"01 0100 {AT} 0080", "underrun"),
    ("2A34", "02 0100 06", "meal"),
    ("2A34", "08 0100 ffff 32", "overrun"),
    ("2A34", "08 0100 5802 65", "intensity"),
    ("2A34", "01 0100 02", "truncated"),
    ("2A52", "05 00 03", "truncated"),
    ("2A52", "06 00 01 0a", "response code"),
    ("2A52", "06 01 01 01", "operator"),
    ("2A52", "01 00 01", "opcode"),
    ("2A1C", "00 ffff7f00", "NaN"),
    ("2A1C", "00 00008000", "NRes"),
    ("2A1C", "00 feff7f00", "\\+INFINITY"),
    ("2A1C", "00 02008000", "-INFINITY"),
    ("2A1C", "00 01008000", "a reserved value"),
    ("2A1C", "00 6c010000", "out of range"),
    ("2A1C", "00 6c01007f", "out of range"),
    ("2A1C", "00 6c0100", "truncated"),
    ("2A1C", "04 6c0100ff 0a", "temperature type"),
    ("2A9D", "00 ffff", "failed"),
    ("2A9D", "00 0000", "out of range"),
    ("2A9D", "00 d0", "truncated"),
    ("2A9D", "00 d039 00", "over-long"),
    ("2A5E", "00 6500 4800", "out of range"),
    ("2A5F", "00 ff07 4800", "NaN"),
    ("2A5F", "01 6200 4800 6100", "truncated"),
    ("2A5F", "08 6200 4800 0000", "truncated"),
    ("2A19", "65", "out of range"),
    ("2A19", "6464", "over-long"),
    ("2AA7", "05 00 6400 01", "truncated"),
    ("2AA7", "07 00 6400 0100", "truncated"),
    ("2AA7", "07 00 6400 0100 00", "over-long"),
    ("2AA7", "08 00 6400 0100 0000", "damaged"),
    ("2AA7", "06 00 ff07 0100", "NaN"),
    ("2AA7", "06 00 6400 0100 06 00 0900 0200", "out of range"),
    ("2AAA", f"{AT} 39 00", "time zone"),
    ("2AAA", f"{AT} 04 03", "summer time"),
    ("2A2B", f"{AT} 08 00 00", "day of the week"),
    ("2A00", "00", "unknown characteristic"),
]


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


@given(st.integers(0, 8 * 10 - 1))
def test_any_flipped_bit_of_a_protected_record_is_noticed(bit: int) -> None:
    packet = bytearray(encode.cgm(5, 110, status=0x010001, protected=True))
    packet[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        decode("2AA7", bytes(packet))


def test_the_crc_has_its_published_check_value() -> None:
    assert e2e_crc(b"123456789") == 0x6F91


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

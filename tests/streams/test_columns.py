"""Stored columns: lossless, small, and damaged bytes are told."""

import csv
import io
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.streams.columns import (
    EMPTY,
    Columns,
    CorruptColumns,
    columns,
    contradicts,
    decode,
    encode,
    overlay,
)
from tests.realdata import shared_data

INSTANTS = st.integers(-(2**40), 2**42)
VALUES = (
    st.integers(-(2**53), 2**53).map(float)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-10_000, 10_000, places=2).map(float)
    | st.sampled_from([5.5, -0.1, 99.0858, 0.1 + 0.2, 1e300, 5e-324])
)
PAIRS = st.dictionaries(INSTANTS, VALUES, max_size=80)


def of(pairs: dict[int, float]) -> Columns:
    return columns(sorted(pairs), [pairs[at] for at in sorted(pairs)])


def as_dict(found: Columns) -> dict[int, float]:
    return dict(zip(found.instants.tolist(), found.values.tolist(), strict=True))


@given(PAIRS)
def test_what_is_encoded_comes_back(pairs: dict[int, float]):
    assert as_dict(decode(encode(of(pairs)))) == pairs


@given(st.lists(PAIRS, max_size=5))
def test_overlay_is_dict_update(layers: list[dict[int, float]]):
    expected: dict[int, float] = {}
    for layer in layers:
        expected |= layer
    found = overlay(of(layer) for layer in layers)
    assert as_dict(found) == expected
    assert found.instants.tolist() == sorted(expected)


@given(PAIRS, PAIRS)
def test_contradiction_is_another_value_at_the_same_instant(a: dict, b: dict):
    assert contradicts(of(a), of(b)) == any(a[at] != b[at] for at in a.keys() & b.keys())


@given(PAIRS.filter(bool), st.data())
def test_damage_is_told_or_harmless(pairs: dict[int, float], data: st.DataObject):
    blob = bytearray(encode(of(pairs)))
    at = data.draw(st.integers(0, len(blob) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "add"]))
    damaged = bytes(blob[:at]) if how == "cut" else bytes(blob) + b"x"
    if how == "flip":
        blob[at] ^= data.draw(st.integers(1, 255))
        damaged = bytes(blob)
    try:
        assert isinstance(decode(damaged), Columns)
    except CorruptColumns:
        return
    assert how == "flip"  # a changed value in plain bytes cannot be seen; a changed length can


@pytest.mark.parametrize(
    "blob", [b"", b"\x01", b"\x02\x00", b"\x01\x07abc", b"\x01\x01not deflate", b"\x01\x00short"]
)
def test_foreign_bytes_are_told(blob: bytes):
    with pytest.raises(CorruptColumns):
        decode(blob)


def test_a_bomb_asks_for_no_memory():
    header = b"\xff\xff\xff\x7f" + bytes(27)
    with pytest.raises(CorruptColumns):
        decode(b"\x01\x00" + header)


def test_an_even_series_costs_no_time_column():
    values = [60 + n // 600 for n in range(3600)]
    even = encode(columns(range(0, 3_600_000, 1000), values))
    assert len(even) < 150
    assert as_dict(decode(even))[3_599_000] == 65


def test_unordered_instants_are_refused():
    with pytest.raises(ValueError, match="order"):
        encode(columns([2, 1], [0, 0]))


def test_nothing_is_something_too():
    assert len(decode(encode(EMPTY))) == 0


def test_real_glucose_takes_under_a_byte_a_sample():
    days: dict[object, dict[int, float]] = {}
    name = "Hall_2018-from-Glucose-ML.zip"
    with zipfile.ZipFile(shared_data("cgm-hall-2018") / name) as archive:
        files = [f for f in archive.namelist() if f.endswith(".csv") and "MACOSX" not in f]
        for file in files[:20]:
            text = io.TextIOWrapper(archive.open(file), "utf-8")
            for row in csv.DictReader(text):
                moment = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
                value = row["glucose_value_mg_dl"]
                if value.replace(".", "").isdigit():
                    day = days.setdefault((file, moment.date()), {})
                    day[int(moment.timestamp()) * 1000] = float(value)
    stored = sum(len(encode(of(day))) for day in days.values())
    counted = sum(map(len, days.values()))
    assert counted > 10_000
    assert stored / counted < 1.0

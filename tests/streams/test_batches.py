"""Decoding many uploads at once is decoding each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.streams.batches import decode_each
from backend.streams.columns import Columns, CorruptColumns, columns, decode, encode, join


@st.composite
def some_columns(draw: st.DrawFn) -> Columns:
    first = draw(st.integers(0, 2**41))
    gaps = draw(st.lists(st.integers(1, 70_000), max_size=40) | st.just([1000] * 59))
    instants = np.cumsum([first, *gaps])
    numbers = st.integers(20, 300) | st.floats(-1e5, 1e5) | st.sampled_from([5.5, -0.1, 99.0858])
    values = draw(st.lists(numbers, min_size=len(instants), max_size=len(instants)))
    return columns(instants, values)


@given(st.lists(some_columns() | st.just(columns([], [])), max_size=12))
def test_many_are_decoded_as_one_by_one(parts: list[Columns]):
    blobs = [encode(part) for part in parts]
    found = decode_each(blobs)
    each = join([decode(blob) for blob in blobs])
    assert found.counts.tolist() == [len(part) for part in parts]
    assert found.instants.tolist() == each.instants.tolist()
    assert found.values.tolist() == each.values.tolist()


@pytest.mark.parametrize("blob", [b"", b"\x09\x00", b"\x01\x00short", b"\x01\x01\x00"])
def test_damage_is_told(blob: bytes):
    with pytest.raises(CorruptColumns):
        decode_each([encode(columns([1], [2])), blob])

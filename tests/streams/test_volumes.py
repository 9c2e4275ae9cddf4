"""Volumes give back every upload as it came."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.streams.columns import CorruptColumns
from backend.streams.volumes import Bound, Receipts, bind, receipts_of, unbind

IDS = st.binary(min_size=16, max_size=16)
SAMPLES = st.lists(
    st.tuples(st.integers(0, 2**42), st.integers(20, 300) | st.floats(-1e9, 1e9)), max_size=6
)
UPLOADS = st.dictionaries(IDS, st.tuples(st.integers(0, 2**51), SAMPLES), min_size=1, max_size=12)


def bound_of(uploads: dict) -> Bound:
    order = sorted(uploads)
    flat = [sample for id_ in order for sample in uploads[id_][1]]
    receipts = Receipts(
        tuple(order),
        np.array([uploads[id_][0] for id_ in order], np.int64),
        np.array([len(uploads[id_][1]) for id_ in order], np.int64),
    )
    instants = np.array([at for at, _ in flat], np.int64)
    return Bound(receipts, instants, np.array([value for _, value in flat], np.float64))


def told(bound: Bound) -> dict:
    return {
        id_: (came, list(zip(part.instants.tolist(), part.values.tolist(), strict=True)))
        for (id_, part), came in zip(bound.each(), bound.receipts.received_us.tolist(), strict=True)
    }


@given(UPLOADS)
def test_what_is_bound_comes_back(uploads: dict):
    blob = bind(bound_of(uploads))
    assert told(unbind(blob)) == uploads
    receipts = receipts_of(blob)
    assert receipts.ids == tuple(sorted(uploads))
    assert receipts.counts.tolist() == [len(uploads[id_][1]) for id_ in sorted(uploads)]


@given(UPLOADS, UPLOADS)
def test_joining_keeps_each_id_once_in_order(one: dict, two: dict):
    whole = Bound.join([bound_of(one), bound_of(two)])
    assert list(whole.receipts.ids) == sorted(one | two)
    assert told(whole) == two | one


def test_a_minute_of_heart_rate_costs_under_a_byte_a_sample():
    rng = np.random.default_rng(7)
    count = 120
    rates = np.rint(70 + np.cumsum(rng.normal(0, 0.6, 60 * count)))
    start = 1_790_000_000_000
    ids = [
        (start + 60_000 * n + 900).to_bytes(6, "big") + b"\x70" + rng.bytes(9) for n in range(count)
    ]
    came = (start + 60_000 * np.arange(count)) * 1000 + rng.integers(0, 900_000, count)
    receipts = Receipts(tuple(ids), came, np.full(count, 60))
    blob = bind(Bound(receipts, start + 1000 * np.arange(60 * count), rates))
    assert len(blob) / (60 * count) < 0.6


@pytest.mark.parametrize("cut", [0, 3, 12, 20, 40, -1])
def test_a_damaged_volume_is_told(cut: int):
    blob = bind(bound_of({bytes([n]) * 16: (n, [(n, 1.5), (n + 1, 2.0)]) for n in range(9)}))
    with pytest.raises(CorruptColumns):
        unbind(blob[:cut])

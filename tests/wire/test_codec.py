"""JSON columns there and back, ids, and the agreement with the phone's own writer."""

import json
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.wire.codec import (
    moment_of,
    ms_of,
    pack_columns,
    unpack_columns,
    upload_item,
    wire_time,
)
from backend.wire.ids import uuid7, uuid7_from_ms, uuid7_moment

ID = UUID("019aac8b-4f00-7a1b-8c2d-0123456789ab")
INSTANTS = st.integers(-2_000_000_000_000, 4_000_000_000_000)
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([5.5, -0.1, 61.0])
COLUMNS = st.lists(st.tuples(INSTANTS, VALUES), min_size=1, max_size=60, unique_by=lambda p: p[0])


@given(COLUMNS)
def test_columns_survive_json(columns: list[tuple[int, float]]):
    instants, values = zip(*sorted(columns), strict=True)
    item = json.loads(json.dumps(pack_columns(instants, values), allow_nan=False))
    assert unpack_columns(item) == (list(instants), list(values))


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(2, 40))
def test_an_even_series_is_told_by_its_step(start: int, step: int, count: int):
    item = pack_columns([start + step * n for n in range(count)], [1.0] * count)
    assert item["step_ms"] == step
    assert "offsets_ms" not in item
    assert unpack_columns(item)[0][-1] == start + step * (count - 1)


@given(INSTANTS)
def test_moments_are_exact(ms: int):
    assert ms_of(moment_of(ms)) == ms
    assert ms_of(datetime.fromisoformat(wire_time(ms))) == ms


def test_whole_numbers_travel_whole():
    item = upload_item(ID, "heart_rate", "polar-h10", "/min", ([0, 900], [61.0, 61.5]))
    assert json.dumps(item["values"]) == "[61, 61.5]"
    assert item["start"] == "1970-01-01T00:00:00.000Z"


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_uuid7_holds_its_time_and_bits(ms: int, bits: int):
    made = uuid7_from_ms(ms, bits)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == ms
    assert (made.int >> 64 & 0xFFF) << 62 | made.int & (2**62 - 1) == bits


def test_uuid7_sorts_by_time():
    early = uuid7(datetime(2026, 1, 1, tzinfo=UTC))
    late = uuid7(datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC))
    assert early < late
    assert uuid7_moment(early) == datetime(2026, 1, 1, tzinfo=UTC)


def test_uuid7_reads_the_rfc_example():
    """RFC 9562, appendix A.6."""
    example = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert uuid7_moment(example) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)

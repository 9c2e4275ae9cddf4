"""Columns written as text say what json would say."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.streams.columns import columns
from backend.streams.text import SHORT, offsets_text, raw_json, values_text

VALUES = st.integers(-5, 400) | st.sampled_from([5.5, -0.1, 99.0858, 1e9, 36.66]) | st.floats(0, 9)


@given(st.lists(VALUES, min_size=1, max_size=20), st.sampled_from([1, 2 * SHORT]))
def test_values_read_as_they_were(values: list[float], times: int):
    found = np.array(values * times, np.float64)
    assert json.loads(b"[%b]" % values_text(found)) == found.tolist()


@given(st.lists(st.integers(1, 300_000), min_size=SHORT, max_size=SHORT + 300))
def test_offsets_read_as_they_were(gaps: list[int]):
    offsets = np.cumsum([0, *gaps])
    assert json.loads(b"[%b]" % offsets_text(offsets)) == offsets.tolist()


def test_an_even_series_may_say_its_step():
    found = columns(range(1000, 2_001_000, 1000), [60 + n % 50 for n in range(2000)])
    told = json.loads(raw_json("heart_rate", "/min", found, may_step=True))
    assert (told["start"], told["step_ms"]) == ("1970-01-01T00:00:01.000Z", 1000)
    assert told["values"] == found.values.tolist()
    plain = json.loads(raw_json("heart_rate", "/min", found))
    assert plain["offsets_ms"] == (found.instants - 1000).tolist()

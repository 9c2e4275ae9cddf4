"""Days, hours and coverage against a slow, obvious twin; hours as stored."""

from statistics import median_low

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.streams.columns import columns
from backend.streams.days import HOUR_MS, summarise_day
from backend.streams.hours import pack_hours, unpack_hours
from backend.wire.measures import MEASURES

START = 1_795_000_000_000 // HOUR_MS * HOUR_MS
GAPS = st.lists(st.sampled_from([1, 60, 61, 300, 301, 900, 5000]), max_size=60)


def twin(instants: list[int], end: int, kind: str) -> tuple[float, dict[int, tuple]]:
    """Second by second."""
    every_s = MEASURES[kind].every_s
    hours = {(at - START) // HOUR_MS for at in instants}
    if every_s is None:
        return len(hours) * HOUR_MS / (end - START), {hour: HOUR_MS for hour in hours}
    gaps = [b - a for a, b in zip(instants, instants[1:], strict=False)]
    typical = median_low(gaps) if gaps else every_s * 1000
    longest = min(typical * 3 // 2, 3 * every_s * 1000)
    covered = dict.fromkeys(range(25), 0)
    for at, following in zip(instants, [*instants[1:], end], strict=True):
        for moment in range(at, min(at + longest, following), 500):
            covered[(moment - START) // HOUR_MS] += 500
    whole = sum(covered.values()) / (end - START)
    return whole, {hour: covered[hour] for hour in hours}


@given(
    st.integers(0, 7200),
    GAPS,
    st.sampled_from(["glucose", "heart_rate", "steps"]),
    st.sampled_from([23, 24, 25]),
)
def test_coverage_is_what_samples_stand_for(first: int, gaps: list[int], kind: str, length: int):
    end = START + length * HOUR_MS
    instants = [at for at in (START + 1000 * np.cumsum([first, *gaps])).tolist() if at < end]
    values = [100.0 + n % 7 for n in range(len(instants))]
    told, hours = summarise_day(columns(instants, values), START, end, kind)
    whole, by_hour = twin(instants, end, kind)
    assert told.coverage == pytest.approx(whole, abs=2e-4)
    found = dict(zip(hours.numbers.tolist(), hours.covered_ms.tolist(), strict=True))
    assert found == pytest.approx(by_hour, abs=8500)
    assert (told.count, told.total) == (len(values), sum(values))
    stored = unpack_hours(pack_hours(hours))
    for name in ("numbers", "counts", "covered_ms", "lows", "highs", "totals"):
        assert getattr(stored, name).tolist() == getattr(hours, name).tolist(), name


def test_a_day_of_even_samples_is_covered_and_a_lonely_one_is_not():
    whole = columns(range(START, START + 24 * HOUR_MS, 300_000), [120] * 288)
    told, _ = summarise_day(whole, START, START + 24 * HOUR_MS, "glucose")
    assert told.coverage == 1
    lonely, _ = summarise_day(columns([START], [120]), START, START + 24 * HOUR_MS, "glucose")
    assert lonely.coverage == round(450 / 86_400, 4)
    gone = columns([*range(START, START + 6 * HOUR_MS, 300_000)], [120] * 72)
    assert summarise_day(gone, START, START + 24 * HOUR_MS, "glucose")[0].coverage == 0.2517

"""Fewer points show the same: no spike and no gap is lost, and the screen bounds the output."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wire.decimation import LEAST_GAP_MS, decimate, longest_step, pieces

point = st.tuples(st.integers(0, 10_000), st.integers(-500, 500))
points = st.lists(point, unique_by=lambda p: p[0], max_size=300).map(sorted)
columns = st.integers(1, 40)


def apart(given_points: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [at for at, _ in given_points], [value for _, value in given_points]


@given(points, columns)
def test_every_columns_extremes_and_ends_survive_in_order(
    given_points: list[tuple[int, int]], columns: int
) -> None:
    instants, values = apart(given_points)
    kept = decimate(instants, values, columns, start=0, end=10_001)
    assert kept == sorted(set(kept))
    assert len(kept) <= 4 * columns
    width = 10_001 / columns
    for column in range(columns):
        inside = [n for n, at in enumerate(instants) if column * width <= at < (column + 1) * width]
        if inside:
            survived = [values[n] for n in kept if n in inside]
            assert min(survived) == min(values[n] for n in inside)
            assert max(survived) == max(values[n] for n in inside)
            assert inside[0] in kept
            assert inside[-1] in kept


@given(points, columns)
def test_the_highest_and_lowest_survive_whatever_the_bounds(
    given_points: list[tuple[int, int]], columns: int
) -> None:
    instants, values = apart(given_points)
    kept = decimate(instants, values, columns)
    assert len(kept) <= max(4, 4 * columns)
    if values:
        assert {min(values), max(values)} <= {values[n] for n in kept}
        assert (kept[0], kept[-1]) == (0, len(values) - 1)


@given(points, columns, st.integers(0, 3_000))
def test_no_gap_wider_than_a_column_is_lost_or_made(
    given_points: list[tuple[int, int]], columns: int, gap: int
) -> None:
    instants, values = apart(given_points)
    kept = decimate(instants, values, columns, start=0, end=10_001)
    longest = max(gap, 10_001 / columns)
    before = {(instants[run[0]], instants[run[-1]]) for run in pieces(instants, longest)}
    left = [instants[n] for n in kept]
    assert {(left[run[0]], left[run[-1]]) for run in pieces(left, longest)} == before


def test_one_spike_in_a_year_of_heart_beats_is_kept() -> None:
    instants = list(range(0, 525_600 * 60_000, 60_000))
    values = [60.0] * len(instants)
    values[333_333] = 190.0
    kept = decimate(instants, values, 360)
    assert 333_333 in kept
    assert len(kept) <= 1_440


def test_what_a_gap_is() -> None:
    minute = 60_000
    five = [n * 5 * minute for n in range(50)]
    assert longest_step(five, 300) == 15 * minute
    assert longest_step(five, 60) == 15 * minute  # a device that is slower than most
    assert longest_step([0, 1000, 2000, 3000], 60) == 3 * minute  # a burst
    assert longest_step([], 300) == 15 * minute
    days = [n * 86_400_000 for n in range(9)]
    assert longest_step(days, None) == 3 * 86_400_000
    assert longest_step([0, 1000], None) == LEAST_GAP_MS
    assert longest_step([5], None) == LEAST_GAP_MS


def test_nothing_and_nonsense() -> None:
    assert decimate([], [], 10) == []
    assert pieces([], 1) == []
    assert decimate([7.0], [1.0], 1) == [0]
    assert pieces([7.0], 1) == [range(1)]
    with pytest.raises(ValueError, match="at least one column"):
        decimate([1.0], [1.0], 0)

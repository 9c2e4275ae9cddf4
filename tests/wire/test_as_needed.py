"""The limits of a medicine taken as needed, by examples and by laws."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.wire.as_needed import A_DAY, free_at, is_too_many, is_too_soon, left_in_a_day

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ago(*hours: float) -> list[datetime]:
    return [NOON - timedelta(hours=each) for each in hours]


def test_the_gap_holds_both_ways_and_ends_on_the_minute() -> None:
    assert is_too_soon(ago(3), NOON, min_gap_minutes=181)
    assert not is_too_soon(ago(3), NOON, min_gap_minutes=180)
    assert is_too_soon(ago(-1), NOON, min_gap_minutes=61)
    assert not is_too_soon(ago(0), NOON, min_gap_minutes=None)


def test_the_maximum_holds_in_any_24_hours() -> None:
    assert is_too_many(ago(1, 5, 23), NOON, most_a_day=3)
    assert not is_too_many(ago(1, 5, 24), NOON, most_a_day=3)
    assert is_too_many(ago(1, -20), NOON, most_a_day=2)
    assert left_in_a_day(ago(1, 5, 24), NOON, most_a_day=3) == 1


def test_the_next_one_is_free_when_both_limits_let_it() -> None:
    taken = ago(2, 8, 20)
    assert free_at(taken, NOON, min_gap_minutes=240, most_a_day=4) == NOON + timedelta(hours=2)
    assert free_at(taken, NOON, min_gap_minutes=240, most_a_day=3) == NOON + timedelta(hours=4)
    assert free_at([], NOON, min_gap_minutes=240, most_a_day=0) is None
    assert free_at(taken, NOON, min_gap_minutes=None, most_a_day=None) == NOON


minutes = st.integers(-2000, 2000)


@given(st.lists(minutes, max_size=8), st.one_of(st.none(), st.integers(0, 600)), st.integers(1, 6))
def test_no_minute_before_the_free_one_is_allowed_and_it_is(
    taken_min: list[int], gap: int | None, most: int
) -> None:
    taken = [NOON + each * MINUTE for each in taken_min]
    limits = {"min_gap_minutes": gap, "most_a_day": most}
    free = free_at(taken, NOON, **limits)
    assert free is not None

    def allowed(at: datetime) -> bool:
        soon = is_too_soon(taken, at, min_gap_minutes=gap)
        return not soon and not is_too_many(taken, at, most_a_day=most)

    assert allowed(free)
    at = NOON
    while at < min(free, NOON + 2 * A_DAY):
        assert not allowed(at)
        at += 30 * MINUTE

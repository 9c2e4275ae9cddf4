"""NightSignal: the published program's own states on thirty nights, laws, and odd nights."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from backend.science.nightsignal import NightState, night_average, night_signal

DAYS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15]
DAYS += [17, 18, 19, 20, 22, 25, 26, 27, 28, 29, 31, 32, 33, 34, 35]
AVERAGES = [60, 61, 59, 60, 62, 60, 58, 59, 63, 63, 60, 59, 60, 64, 65]
AVERAGES += [66, 61, 59, 60, 60, 66, 67, 63, 59, 60, 62, 65, 64, 64, 60]
# What nightsignal.py of the paper's authors wrote for these nights, the filled ones among them.
STATES = "0000000000100002220000002100000210"


def test_the_published_programs_states():
    nights = night_signal(DAYS, AVERAGES)
    assert "".join(str(int(night.state)) for night in nights) == STATES
    assert [night.day for night in nights if night.filled] == [6, 16, 21, 30]


def test_an_alarm_tells_by_how_much():
    red = next(n for n in night_signal(DAYS, AVERAGES) if n.state is NightState.RED)
    assert (red.day, red.average, red.baseline, red.above) == (15, 65, 60, 5)


nights = st.lists(st.tuples(st.integers(1, 3), st.integers(45, 90)), min_size=1, max_size=40)


def slow_states(nights_told):
    """Word by word, from the filled nights on."""
    told = []
    for i, night in enumerate(nights_told):
        baseline = int(statistics.median(n.average for n in nights_told[: i + 1]))
        above = night.average - baseline
        before = told[-1] if told and told[-1][0] == night.day - 1 else (None, -99)
        both = min(above, before[1])
        told.append((night.day, above, 2 if both >= 4 else 1 if both >= 3 else 0))
    return [state for _, _, state in told]


@given(nights)
def test_states_equal_the_slow_twin_and_one_night_alone_never_alarms(steps):
    day, days = 0, []
    for step, _ in steps:
        day += step
        days.append(day)
    found = night_signal(days, [average for _, average in steps])
    assert [int(night.state) for night in found] == slow_states(found)
    for before, after in zip(found, found[1:], strict=False):
        if after.state > 0:
            assert before.day == after.day - 1
            assert before.above >= 3


def test_one_spike_is_no_alarm_and_no_night_no_state():
    assert {night.state for night in night_signal(range(9), [60] * 4 + [75] + [60] * 4)} == {
        NightState.GREEN
    }
    assert night_signal([], []) == []


def test_a_nights_average_is_cut_as_published():
    assert night_average([60.9, 61.2, 61.9]) == 60

"""Sleep regularity and the active day: twins, laws, size, what is refused."""

import csv
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.science.active_day import ActiveDay, active_day
from backend.science.refusal import Refusal
from backend.science.sleep_regularity import ASLEEP, AWAKE, NOT_WORN, sleep_regularity
from tests.realdata import shared_data
from tests.science.timing import fastest

EPOCHS = 8  # a day, where the number of them does not matter
state = st.sampled_from([ASLEEP, AWAKE, NOT_WORN])
NIGHT = [ASLEEP] * 3 + [AWAKE] * 5


def regularity(states, *, epochs_per_day=EPOCHS, **more):
    return sleep_regularity(np.array(states, np.int8), epochs_per_day=epochs_per_day, **more)


@given(st.lists(state, min_size=EPOCHS + 1, max_size=120))
def test_sri_equals_the_slow_obvious_twin(states):
    pairs = [
        (one, two)
        for one, two in zip(states, states[EPOCHS:], strict=False)
        if NOT_WORN not in (one, two)
    ]
    found = regularity(states, limits=False)
    if pairs:
        alike = sum(one == two for one, two in pairs)
        assert found.sri == pytest.approx(-100 + 200 * alike / len(pairs))
        assert found.pairs == len(pairs)
    else:
        assert isinstance(found, Refusal)


@given(st.lists(st.sampled_from([ASLEEP, AWAKE]), min_size=7 * EPOCHS, max_size=120))
def test_to_exchange_sleep_and_waking_changes_nothing(states):
    assert regularity(states).sri == regularity([1 - s for s in states]).sri


def test_the_same_every_day_is_100_and_the_opposite_is_minus_100():
    assert regularity(NIGHT * 7).sri == 100
    assert regularity(([ASLEEP] * EPOCHS + [AWAKE] * EPOCHS) * 4).sri == -100


def test_an_hour_later_every_day_is_less_regular():
    shifted = [s for day in range(7) for s in np.roll(NIGHT, day).tolist()]
    assert regularity(shifted).sri == pytest.approx(50)


def test_six_days_and_thin_wear_are_refused():
    assert regularity(NIGHT * 6) == Refusal("too_few_days_of_sleep", 6.0, 7, "days")
    thin = NIGHT * 4 + [NOT_WORN] * EPOCHS * 3
    assert regularity(thin) == Refusal("too_little_worn", 57.1, 70.0, "%")
    assert regularity(thin, limits=False).sri == 100
    assert regularity([], limits=False) == Refusal("too_few_days_of_sleep", 0.0, 2, "days")
    assert regularity([NOT_WORN] * 80, limits=False).code == "too_few_days_of_sleep"


def test_a_year_of_half_minutes_takes_little():
    states = np.tile(np.repeat(np.array(NIGHT, np.int8), 360), 365)
    assert fastest(lambda: sleep_regularity(states, epochs_per_day=2880)) < 0.2


def day(steps, worn=None, **more):
    worn = [True] * len(steps) if worn is None else worn
    return active_day(np.array(steps, float), np.array(worn, bool), **more)


minutes = st.lists(st.tuples(st.sampled_from([0, 0, 0, 40, 100, 140]), st.booleans()), max_size=300)


@settings(max_examples=100)
@given(minutes)
def test_a_day_equals_the_slow_obvious_twin(pairs):
    found = day([s for s, _ in pairs], [w for _, w in pairs], limits=False)
    worn = [s for s, w in pairs if w]
    if not worn:
        assert found == Refusal("too_little_worn", 0, 1, "min")
        return
    runs = [
        len(list(run)) for still, run in itertools.groupby(w and s == 0 for s, w in pairs) if still
    ]
    bouts = [run for run in runs if run >= 30]
    assert found == ActiveDay(
        worn_minutes=len(worn),
        steps=sum(worn),
        active_minutes=sum(s >= 100 for s in worn),
        still_minutes=sum(runs),
        sedentary_bouts=len(bouts),
        sedentary_bout_minutes=sum(bouts),
        longest_bout_minutes=max(runs, default=0),
    )


@settings(max_examples=10)
@given(st.lists(st.sampled_from([0, 0, 60, 120]), min_size=600, max_size=620))
def test_backwards_the_day_is_the_same(steps):
    assert day(steps) == day(steps[::-1])


def test_29_minutes_are_no_bout_and_taking_it_off_ends_one():
    assert day([0] * 29 + [5] + [0] * 30, limits=False).sedentary_bouts == 1
    off = [True] * 40 + [False] * 5 + [True] * 40
    found = day([0] * 85, off, limits=False)
    assert (found.sedentary_bouts, found.longest_bout_minutes) == (2, 40)


def test_under_10_worn_hours_is_refused():
    assert day([10] * 599) == Refusal("too_little_worn", 599, 600, "min")
    assert isinstance(day([10] * 600), ActiveDay)
    assert day([]) == Refusal("too_little_worn", 0, 600, "min")


def test_a_year_of_minutes_takes_little():
    steps = np.tile(np.repeat([0.0, 80.0, 120.0], 20), 365 * 24)
    worn = np.ones(len(steps), bool)
    assert fastest(lambda: active_day(steps, worn)) < 0.2


def test_real_days_of_the_fitbit_month_add_up():
    """Furberg 2016: worn all day or not is unknown here, so every minute counts as worn."""
    with (shared_data("fitbit-furberg2016") / "minuteStepsWide_merged.csv").open() as lines:
        rows = list(itertools.islice(csv.DictReader(lines), 24 * 20))
    hours = [[float(row[f"Steps{minute:02}"]) for minute in range(60)] for row in rows]
    for first in range(0, len(hours) - 23, 24):
        steps = [count for hour in hours[first : first + 24] for count in hour]
        found = day(steps)
        assert found.steps == sum(steps)
        assert found.active_minutes * 100 <= found.steps
        assert found.sedentary_bout_minutes <= found.still_minutes <= 1440
        assert found.sedentary_bouts >= 1  # the night at least

"""A week of active days: minutes of a real month of Fitbits, and what is too coarse."""

import csv
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.active_week import ActiveWeek, active_week
from backend.science.refusal import Refusal
from backend.science.wear import worn_minutes
from tests.realdata import shared_data
from tests.science.timing import fastest

MINUTE_MS, DAY_MS = 60_000, 86_400_000
HOUR = 60


def week(counts, *, days=7, worn_every=5, sleep=()):
    """`counts`: steps of each minute of a day from eight o'clock, the same each day."""
    starts = [n * DAY_MS for n in range(days)]
    walked = [(s + (8 * HOUR + m) * MINUTE_MS, c) for s in starts for m, c in enumerate(counts)]
    at = np.array([t for t, _ in walked], np.int64)
    worn = np.arange(0, days * DAY_MS, worn_every * MINUTE_MS, dtype=np.int64)
    edges = [(s, s + DAY_MS) for s in starts]
    return active_week(at, np.array([c for _, c in walked], np.float64), worn, sleep, edges)


def test_the_means_of_the_days_by_hand():
    found = week([120] * 30 + [40] * 30)
    assert isinstance(found, ActiveWeek)
    assert found.active_minutes_per_day == 30
    assert found.active_minutes_lower == found.active_minutes_upper == 30  # all days are alike
    assert found.steps_per_day == 4800
    assert found.sedentary_bouts_per_day == 2
    assert found.worn_days == 7


def test_minutes_of_sleep_are_neither_worn_nor_sat():
    nights = [(n * DAY_MS, n * DAY_MS + 7 * HOUR * MINUTE_MS) for n in range(7)]
    awake = week([120] * 30, sleep=nights)
    assert awake.worn_hours_per_day == pytest.approx(17, abs=0.1)
    assert awake.sedentary_hours_per_day < week([120] * 30).sedentary_hours_per_day


def test_three_days_and_an_unworn_watch_are_refused():
    for few in (week([120] * 30, days=3), week([120] * 30, worn_every=60)):
        assert isinstance(few, Refusal)
        assert few.code == "too_few_worn_days"


@pytest.mark.parametrize("counts", [[500] * 60, [600, 0] * 30])
def test_sums_of_several_minutes_are_too_coarse(counts):
    assert week(counts).code == "steps_too_coarse"


@given(st.lists(st.integers(0, 400), max_size=40, unique=True), st.integers(-50, 50))
def test_worn_minutes_equal_the_slow_obvious_twin(minutes, shift):
    signs = sorted(minutes)
    found = worn_minutes(np.array(signs, np.int64) * MINUTE_MS, shift * MINUTE_MS, 300)
    near = [m - shift for m in signs]
    twin = set(near)
    for one, two in zip(near, near[1:], strict=False):
        if two - one <= 15:
            twin |= set(range(one, two))
    seen = {m for m in twin if 0 <= m < 300}
    assert set(np.flatnonzero(found).tolist()) == seen


def test_a_week_takes_little():
    assert fastest(lambda: week([120] * 600, worn_every=1)) < 0.1


def test_a_real_month_of_fitbits_has_sane_weeks():
    """With a sign of wear each five minutes the weeks add up."""
    by_person = defaultdict(dict)
    with (shared_data("fitbit-furberg2016") / "minuteStepsWide_merged.csv").open() as lines:
        for row in csv.DictReader(lines):
            hour = datetime.strptime(row["ActivityHour"], "%m/%d/%Y %I:%M:%S %p").replace(
                tzinfo=UTC
            )
            by_person[row["Id"]][hour] = [int(row[f"Steps{m:02}"]) for m in range(60)]
    judged = []
    for hours in by_person.values():
        first = min(hours).replace(hour=0) + timedelta(days=1)
        days = [first + timedelta(days=n) for n in range(7)]
        start, end = (int(d.timestamp() * 1000) for d in (days[0], days[-1] + timedelta(days=1)))
        found = [
            (int(h.timestamp() * 1000) + m * MINUTE_MS, c)
            for h, counts in sorted(hours.items())
            for m, c in enumerate(counts)
            if c
        ]
        at = np.array([t for t, _ in found], np.int64)
        counts = np.array([c for _, c in found], np.float64)
        edges = [(start + n * DAY_MS, start + (n + 1) * DAY_MS) for n in range(7)]
        told = active_week(at, counts, np.arange(start, end, 300_000), [], edges)
        if isinstance(told, ActiveWeek):
            judged.append(told)
            inside = (at >= start) & (at < end)
            assert told.steps_per_day * 7 == pytest.approx(counts[inside].sum())
    assert len(judged) >= 25
    assert 5 < np.median([one.active_minutes_per_day for one in judged]) < 60

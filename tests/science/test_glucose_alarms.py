"""Alarms on virtual people that nothing was learnt from, and how they are counted."""

import numpy as np
import pytest

from bench.alarms import counted
from bench.virtual_people import WINDOW, Person, count, events


def test_lows_are_foreseen_and_few_alarms_are_false():
    told = counted("low")
    assert told.events > 80
    assert told.recall >= 0.88
    assert told.false_a_day <= 0.29
    assert told.median_lead_min >= 15
    for of, recall in told.recall_of.values():
        assert of >= 20
        assert recall >= 0.88


def test_an_event_takes_fifteen_minutes_and_ends_with_fifteen_minutes_back():
    low = [0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1]
    assert events(np.array(low, np.bool_)) == [4, 12]
    assert events(np.zeros(5, np.bool_)) == []


def test_an_alarm_counts_from_five_to_sixty_five_minutes_before():
    flat = np.full(WINDOW + 200, 100.0)
    person = Person(np.arange(len(flat)) * 300_000, flat, ([], []), ([], []))
    start = WINDOW + 100
    told = count([(person, [start], [start - 14, start - 13, start - 1])])
    assert (told.recall, told.median_lead_min) == (1.0, 65.0)
    assert told.false_a_day == pytest.approx(288 / 200)
    missed = count([(person, [start], [start])])
    assert (missed.recall, missed.precision) == (0.0, 0.0)

"""Seizures: from a diary's notes to a chance beside the plain average, or why there is none."""

import numpy as np
import pytest

from tests.insights.measured import days_ago, refresh, upload

AHEAD = "seizures.day_ahead"


def keep_diary(who, counts, *, last=1, hour=9, source="diary"):
    """So many each day at this hour, up to `last` days ago; None: nothing is said of the day."""
    first = last + len(counts) - 1
    noted = [(days_ago(first - n, hour), count) for n, count in enumerate(counts)]
    noted = [(at, count) for at, count in noted if count is not None]
    start = noted[0][0]
    offsets = [round((at - start).total_seconds() * 1000) for at, _ in noted]
    values = [count for _, count in noted]
    upload(who, "seizure", start, values, unit="{events}", offsets_ms=offsets, source=source)


def usual(days, chance=0.2, seed=1):
    return (np.random.default_rng(seed).random(days) < chance).astype(float).tolist()


def test_a_long_diary_is_a_chance_beside_the_plain_average(cast):
    counts = usual(200)
    keep_diary(cast.amina, counts)
    found = refresh(cast.amina)[AHEAD]
    assert found.lower < found.value < found.upper
    assert found.detail["baseline_percent"] == pytest.approx(100 * np.mean(counts[-90:]), abs=0.1)
    assert (found.detail["days_kept"], found.detail["events"]) == (200, sum(counts))
    assert "in 100" in found.detail["says"]
    assert "plain average" in found.detail["says"]
    assert found.detail["last_day"] == "2026-11-22"


def test_hours_that_crowd_are_named(cast):
    keep_diary(cast.amina, usual(300), hour=9)
    assert 9 in refresh(cast.amina)[AHEAD].detail["likelier_hours"]


@pytest.mark.parametrize(
    ("counts", "code", "words"),
    [
        (usual(60), "too_few_days_kept", "We have 60 days with a note. We need 90."),
        ([1.0, *[0.0] * 9] * 12, "too_few_events", "There are 12 events in the diary. We need 20."),
        ([1.0] * 120, "no_day_without_events", "No day is noted as one with no event."),
    ],
)
def test_too_little_is_no_number(cast, counts, code, words):
    keep_diary(cast.amina, counts)
    found = refresh(cast.amina)[AHEAD]
    assert (found.value, found.detail["code"], found.abstained) == (None, code, words)
    assert found.is_thin


def test_days_that_were_not_kept_are_no_days_without(cast):
    counts = usual(200)
    counts[50:80] = [None] * 30
    keep_diary(cast.amina, counts)
    assert refresh(cast.amina)[AHEAD].detail["days_kept"] == 170


def test_who_keeps_no_diary_is_told_nothing(cast):
    found = refresh(cast.amina)[AHEAD]
    assert found.detail["code"] == "too_few_days_kept"
    assert not found.is_thin
    assert found.valid_until is None

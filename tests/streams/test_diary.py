"""Notes on days entered on the patient's pages: they hold, revise, and say what they cannot be."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.core.problems import Invalid, NotFound
from backend.patients.access import Category
from backend.streams import diary
from backend.streams.diary import NotedDay
from tests.people import Cast, chart

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def hers(cast: Cast):
    return chart(cast.amina, cast.amina, Category.STREAMS, change=True, now=NOW)


def of_today(hers) -> NotedDay:
    return diary.noted_days(hers, [YESTERDAY, TODAY])[1]


def test_tags_hold_until_they_are_taken_back(hers):
    diary.note_tags(hers, TODAY, frozenset({"alcohol", "vaccine"}), now=NOW)
    diary.note_tags(hers, YESTERDAY, frozenset({"travel"}), now=NOW)
    yesterday, today = diary.noted_days(hers, [YESTERDAY, TODAY])
    assert (yesterday.tags, today.tags) == ({"travel"}, {"alcohol", "vaccine"})
    diary.note_tags(hers, TODAY, frozenset({"vaccine"}), now=NOW)
    assert of_today(hers).tags == {"vaccine"}


def test_seizures_are_counted_and_none_is_not_the_same_as_nothing_said(hers):
    assert of_today(hers).seizures is None
    for part in ("night", "night", "morning"):
        diary.note_seizure(hers, TODAY, part, now=NOW)
    assert of_today(hers).seizures == 3
    diary.note_seizure(hers, TODAY, None, now=NOW)
    assert of_today(hers).seizures == 0
    diary.note_seizure(hers, TODAY, "night", now=NOW)
    assert of_today(hers).seizures == 1


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), TODAY - timedelta(days=8)])
def test_only_days_of_the_last_week_can_be_noted(hers, day):
    with pytest.raises(Invalid):
        diary.note_tags(hers, day, frozenset({"alcohol"}), now=NOW)


def test_the_evening_to_come_cannot_be_noted(hers):
    with pytest.raises(Invalid):
        diary.note_seizure(hers, TODAY, "evening", now=NOW)


def test_who_may_not_change_streams_notes_nothing(cast: Cast):
    other = chart(cast.amina, cast.amina, Category.MEDICINES, change=True, now=NOW)
    with pytest.raises(NotFound):
        diary.note_tags(other, TODAY, frozenset(), now=NOW)

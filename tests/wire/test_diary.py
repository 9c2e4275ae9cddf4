"""Notes on days: where they stand, and how they are read again."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wire import diary
from backend.wire.measures import MEASURES, DayTag

BERLIN = ZoneInfo("Europe/Berlin")


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.sampled_from(["Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles", "UTC"]),
    st.sets(st.sampled_from(sorted(diary.TAGS))),
)
def test_tags_of_a_day_come_back_whatever_the_zone(day, zone, tags):
    at = ZoneInfo(zone)
    moments = [ms(diary.tag_at(day, tag, at)) for tag in sorted(tags)]
    values = [diary.TAGS[tag] for tag in sorted(tags)]
    assert diary.tags_of(moments, values, at) == ({day: tags} if tags else {})
    assert len(set(moments)) == len(tags)


def test_a_tag_taken_back_is_none():
    at = ms(diary.tag_at(date(2026, 11, 24), "alcohol", BERLIN))
    assert diary.tags_of([at], [DayTag.NONE], BERLIN) == {}


@pytest.mark.parametrize("part", diary.PARTS)
def test_parts_lie_within_their_day_and_away_from_the_noted_none(part):
    day = date(2026, 3, 29)  # clocks go forward at two
    moment = diary.part_at(day, part, BERLIN)
    assert diary.day_of(ms(moment), BERLIN) == day
    assert abs(moment - diary.none_at(day, BERLIN)) >= timedelta(hours=2)


def test_every_tag_fits_its_kind():
    assert MEASURES[diary.TAG].low == DayTag.NONE
    assert MEASURES[diary.TAG].high == max(diary.TAGS.values())

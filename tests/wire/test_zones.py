"""Every IANA zone over two years: each day its doses, at their local time, eight hours stay eight.

The whole run takes every zone that has rules of its own (the others are links to one of these, and
read the same bytes); around each change of a clock it looks at every quarter of an hour.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from backend.wire.schedule import slots
from tests.wire.test_schedule import END, START, ZONES, distinct_zones, schedule

DISTINCT = distinct_zones()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUARTERS = [
    tuple(f"{hour:02}:{minute}" for hour in range(24)) for minute in ("00", "15", "30", "45")
]
ODD = {
    "Pacific/Kiritimati": 14 * HOUR,
    "Etc/GMT+12": -12 * HOUR,
    "Asia/Kolkata": 5.5 * HOUR,
    "Asia/Kathmandu": 5.75 * HOUR,
    "Pacific/Chatham": 13.75 * HOUR,
    "Australia/Eucla": 8.75 * HOUR,
    "Australia/Lord_Howe": 11 * HOUR,
    "America/St_Johns": -3.5 * HOUR,
    "Asia/Tehran": 3.5 * HOUR,
    "Africa/Casablanca": 1 * HOUR,  # its summer time pauses in Ramadan
}


def changes(zone: ZoneInfo) -> list[datetime]:
    """The days, by UTC, on which the zone's offset changes."""
    found, moment = [], START - DAY
    while moment < END + DAY:
        following = moment + DAY
        if moment.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found.append(moment)
        moment = following
    return found


def shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


def check_local(nominal: str, due_at: datetime, zone: ZoneInfo) -> None:
    """It shows at its local time, the first of two; in a gap, later by the gap's length."""
    local, seen = datetime.fromisoformat(nominal), due_at.astimezone(zone)
    if seen.replace(tzinfo=None) == local:
        assert seen.fold == 0, (zone, nominal)
        return
    gap = offset(due_at, zone) - offset(due_at - 3 * HOUR, zone)
    assert timedelta() < gap <= DAY, (zone, nominal)
    assert seen.replace(tzinfo=None) == local + gap, (zone, nominal)
    # No moment at all shows this local time.
    assert not any(shown(due_at + n * timedelta(minutes=15), zone) == local for n in range(-8, 9))


def test_the_zones_are_all_there_and_odd_ones_too() -> None:
    assert len(ZONES) > 550
    assert len(DISTINCT) > 300
    for name, offset in ODD.items():
        assert name in ZONES
        offsets = {(START + n * DAY).astimezone(ZoneInfo(name)).utcoffset() for n in range(730)}
        assert offset in offsets, name
    assert sum(bool(changes(ZoneInfo(name))) for name in DISTINCT) > 60


def test_every_zone_has_every_days_doses_at_their_local_times() -> None:
    daily = schedule("FREQ=DAILY", ("00:00", "23:45"))
    days = [date(2026, 1, 3) + n * DAY for n in range(725)]
    wanted = {f"{day}T{at}" for day in days for at in ("00:00", "23:45")}
    for name in DISTINCT:
        zone = ZoneInfo(name)
        found = {s.nominal_local: s.due_at for s in slots(daily, zone=name, start=START, end=END)}
        assert wanted <= set(found), name
        for nominal, due_at in found.items():
            if shown(due_at, zone) != datetime.fromisoformat(nominal):
                check_local(nominal, due_at, zone)


def test_around_every_change_of_a_clock_every_quarter_of_an_hour_is_right() -> None:
    looked = 0
    for name in DISTINCT:
        zone = ZoneInfo(name)
        for change in changes(zone):
            start, end = change - DAY, change + 3 * DAY
            for times in QUARTERS:
                found = slots(schedule("FREQ=DAILY", times), zone=name, start=start, end=end)
                for slot in found:
                    check_local(slot.nominal_local, slot.due_at, zone)
                inner = [shown(change, zone).date() + n * DAY for n in (0, 1)]
                named = {slot.nominal_local for slot in found}
                assert {f"{day}T{at}" for day in inner for at in times} <= named, name
                looked += len(found)
    assert looked > 100_000


def test_eight_hours_stay_eight_in_every_zone() -> None:
    for number, name in enumerate(DISTINCT):
        spaced = schedule("FREQ=HOURLY;INTERVAL=8", mode="elapsed", zone=name)
        whole = number % 20 == 0
        spans = (
            [(START, END)]
            if whole
            else [(change - DAY, change + 3 * DAY) for change in changes(ZoneInfo(name))]
        )
        for start, end in spans:
            due = [slot.due_at for slot in slots(spaced, zone="UTC", start=start, end=end)]
            assert {later - earlier for earlier, later in pairwise(due)} == {8 * HOUR}, name
            assert len(due) == pytest.approx((end - start) / (8 * HOUR), abs=1)


def test_a_day_on_either_side_of_the_date_line_has_its_own_doses() -> None:
    daily = schedule("FREQ=DAILY", ("08:00",))
    east, west = (
        {s.nominal_local: s.due_at for s in slots(daily, zone=name, start=START, end=END)}
        for name in ("Pacific/Kiritimati", "Etc/GMT+12")
    )
    both = set(east) & set(west)
    assert len(both) >= 728
    assert {west[nominal] - east[nominal] for nominal in both} == {26 * HOUR}


def test_links_read_as_what_they_point_to() -> None:
    daily = schedule("FREQ=DAILY", ("02:30",))
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
    for link, name in (("US/Eastern", "America/New_York"), ("Asia/Calcutta", "Asia/Kolkata")):
        assert slots(daily, zone=link, start=start, end=end) == slots(
            daily, zone=name, start=start, end=end
        )

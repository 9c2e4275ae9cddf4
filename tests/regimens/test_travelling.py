"""Zones: the future goes with the traveller, the past and the names stay."""

from datetime import UTC, datetime, timedelta

from backend.notices.models import Occurrence
from backend.patients.actions import change_profile
from backend.regimens.actions import Timing, materialise_patient
from backend.regimens.models import Dose
from tests.people import NOW, Cast, chart
from tests.regimens.people import due_times, metformin

DAY = timedelta(days=1)
DAILY = Timing(times=("08:00",))


def travel(cast: Cast, zone: str, *, now: datetime) -> None:
    change_profile(chart(cast.bo, cast.amina, change=True), zone=zone)
    materialise_patient(cast.amina.id, now=now)


def test_a_floating_schedule_goes_along_under_the_same_keys(cast: Cast) -> None:
    regimen = metformin(cast, DAILY)
    assert due_times(regimen) == ["24 07:00", "25 07:00", "26 07:00"]
    before = set(Dose.objects.values_list("key", flat=True))
    revision = chart(cast.amina, cast.amina).patient.revision
    travel(cast, "America/New_York", now=NOW + DAY)
    assert due_times(regimen) == ["24 07:00", "25 13:00", "26 13:00"]
    assert set(Dose.objects.values_list("key", flat=True)) == before
    said = dict(Occurrence.objects.values_list("key", "due_at"))
    moved = Dose.objects.filter(due_at__gt=NOW + DAY)
    assert {d.key: d.due_at for d in moved} == {d.key: said[d.key] for d in moved}
    assert all(d.revision > revision for d in moved)
    materialise_patient(cast.amina.id, now=NOW + 2 * DAY)
    assert due_times(regimen) == ["24 07:00", "25 13:00", "26 13:00", "27 13:00"]


def test_what_is_past_stays_and_nothing_comes_twice(cast: Cast) -> None:
    """In Honolulu 08:00 of the same day is still to come: that dose was taken in Berlin."""
    regimen = metformin(cast, DAILY)
    travel(cast, "Pacific/Honolulu", now=NOW + DAY)
    assert due_times(regimen)[:2] == ["24 07:00", "25 18:00"]
    travel(cast, "Pacific/Kiritimati", now=NOW + DAY)
    assert due_times(regimen)[0] == "24 07:00"
    assert len(set(due_times(regimen))) == len(due_times(regimen))


def test_a_fixed_schedule_and_one_by_spacing_stay_where_they_are(cast: Cast) -> None:
    fixed = metformin(cast, Timing(times=("08:00",), zone_mode="fixed"))
    spaced = metformin(cast, Timing(rule="FREQ=HOURLY;INTERVAL=8", mode="elapsed"))
    before = due_times(fixed), due_times(spaced)
    travel(cast, "Asia/Tokyo", now=NOW)
    assert (due_times(fixed), due_times(spaced)) == before


def test_the_clock_change_keeps_the_local_time_and_the_spacing(cast: Cast) -> None:
    """Berlin goes to summer time on 28 March 2027 at 02:00."""
    friday = datetime(2027, 3, 26, 12, tzinfo=UTC)
    wall = metformin(cast, DAILY, now=friday)
    gap = metformin(cast, Timing(times=("02:30",)), now=friday)
    spaced = metformin(cast, Timing(rule="FREQ=HOURLY;INTERVAL=24", mode="elapsed"), now=friday)
    assert due_times(wall) == ["27 07:00", "28 06:00", "29 06:00"]
    assert due_times(gap) == ["27 01:30", "28 01:30", "29 00:30"]
    assert due_times(spaced) == ["26 12:00", "27 12:00", "28 12:00"]

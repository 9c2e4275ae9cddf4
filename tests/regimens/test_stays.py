"""A stay in hospital: nothing is due, nothing is said, nothing counts; then it goes on."""

from datetime import datetime, timedelta

import pytest

from backend.core.problems import Conflict, Invalid, NotFound
from backend.notices.models import Delivery, Occurrence
from backend.regimens.actions import Plan, materialise_patient
from backend.regimens.models import Dose, Stay
from backend.regimens.queries import adherence, regimens, stays
from backend.regimens.staying import begin_stay, end_stay
from backend.science.adherence import Adherence
from tests.people import NOW, Cast, chart
from tests.regimens.people import Timing, due_times, metformin, says

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def stay(cast: Cast, starts: datetime, ends: datetime | None = None) -> Stay:
    hers = chart(cast.bo, cast.amina, change=True)
    return begin_stay(hers, starts_at=starts, ends_at=ends, reason="Surgery", now=NOW)


def test_nothing_is_due_or_said_within(cast: Cast) -> None:
    regimen = metformin(cast, plan=Plan(escalation={"push": 10}))
    stay(cast, NOW + DAY, NOW + 2 * DAY)
    assert due_times(regimen) == ["23 19:00", "24 07:00", "25 19:00", "26 07:00"]
    gone = Dose.objects.filter(status="cancelled")
    keys = {key for dose in gone for key in (dose.key, f"{dose.key}:push")}
    assert set(Delivery.objects.values_list("key", "outcome")) == {(k, "cancelled") for k in keys}
    (row,) = regimens(chart(cast.amina, cast.amina))
    assert [(p.starts_at, p.ends_at) for p in row.pauses] == [(NOW + DAY, NOW + 2 * DAY)]


def test_without_an_end_it_goes_on_until_she_is_back(cast: Cast) -> None:
    regimen = metformin(cast)
    begun = stay(cast, NOW)
    assert due_times(regimen) == []
    materialise_patient(cast.amina.id, now=NOW + 5 * DAY)
    assert due_times(regimen) == []
    assert Occurrence.objects.count() == 6  # those of before; all are settled
    back = NOW + 5 * DAY + HOUR
    hers = chart(cast.bo, cast.amina, change=True, now=back)
    end_stay(hers, begun.id, ends_at=back, now=back)
    assert due_times(regimen)[:2] == ["28 19:00", "29 07:00"]
    to_come = list(Dose.objects.filter(status="due").values_list("key", flat=True))
    assert Occurrence.objects.filter(key__in=to_come).count() == len(to_come)
    assert not Delivery.objects.filter(key__in=to_come).exists()
    assert stays(hers)[0].ends_at == back


def test_a_stay_that_is_told_later_leaves_what_was_answered(cast: Cast) -> None:
    metformin(cast, Timing(times=("08:00", "20:00"), starts_local="2026-10-24T00:00"))
    hers = chart(cast.bo, cast.amina)
    doses = list(Dose.objects.filter(due_at__lt=NOW).order_by("due_at"))
    for number, dose in enumerate(doses):
        if not 20 <= number < 26:
            says(cast, dose.id, "taken", dose.due_at)
    start, end = doses[20].due_at, doses[27].due_at + HOUR
    missed = adherence(hers, start=NOW - 30 * DAY, end=NOW, now=NOW)
    stay(cast, start, end)
    found = adherence(hers, start=NOW - 30 * DAY, end=NOW, now=NOW)
    assert isinstance(missed, Adherence)
    assert isinstance(found, Adherence)
    assert found.doses == missed.doses - 6
    assert missed.pdc_percent < found.pdc_percent == 100
    assert Dose.objects.filter(status="taken").count() == len(doses) - 6


def test_a_planned_stay_can_end_sooner_or_later(cast: Cast) -> None:
    regimen = metformin(cast)
    begun = stay(cast, NOW + DAY, NOW + 2 * DAY)
    hers = chart(cast.bo, cast.amina, change=True)
    end_stay(hers, begun.id, ends_at=NOW + DAY + HOUR, now=NOW)
    assert due_times(regimen) == [
        "23 19:00", "24 07:00", "24 19:00", "25 07:00", "25 19:00", "26 07:00",
    ]  # fmt: skip
    assert not Delivery.objects.exists()
    end_stay(hers, begun.id, ends_at=NOW + 3 * DAY, now=NOW)
    assert due_times(regimen) == ["23 19:00", "24 07:00"]


def test_what_cannot_be_is_refused(cast: Cast) -> None:
    metformin(cast)
    begun = stay(cast, NOW + DAY, NOW + 2 * DAY)
    with pytest.raises(Conflict):
        stay(cast, NOW)
    for starts, ends in ((NOW - 121 * DAY, None), (NOW, NOW), (NOW + 400 * DAY, None)):
        with pytest.raises(Invalid):
            stay(cast, starts, ends)
    strangers = chart(cast.other_clinician, cast.stranger, change=True)
    with pytest.raises(NotFound):
        end_stay(strangers, begun.id, ends_at=NOW, now=NOW)
    with pytest.raises(NotFound):
        begin_stay(chart(cast.bo, cast.amina), starts_at=NOW, now=NOW)
    late = NOW + 3 * DAY
    with pytest.raises(Conflict):
        end_stay(chart(cast.bo, cast.amina, change=True), begun.id, ends_at=late, now=late)

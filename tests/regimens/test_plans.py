"""Tapers, cycles, meals, limits, supplies: what stands beside the times, and editing it."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from backend.core.problems import Invalid
from backend.notices.models import Delivery, Occurrence
from backend.patients.actions import change_profile
from backend.regimens.actions import (
    Plan,
    Timing,
    change_regimen,
    materialise_patient,
    prescribe,
    set_meal_times,
)
from backend.regimens.models import Dose, Regimen
from backend.regimens.queries import regimens
from tests.people import NOW, Cast, chart
from tests.regimens.people import TWICE_A_DAY, due_times, metformin, says

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WITH_MEALS = Timing(meals=("supper", "breakfast"))


def meals_at(cast: Cast, *clock: time, now: Any = NOW) -> None:
    names = ("breakfast", "lunch", "supper", "bedtime")
    hers = chart(cast.bo, cast.amina, change=True, now=now)
    set_meal_times(hers, **dict(zip(names, clock, strict=True)), now=now)


def row_of(cast: Cast) -> Any:
    (row,) = regimens(chart(cast.amina, cast.amina))
    return row


def test_a_taper_tells_each_dose_its_amount(cast: Cast) -> None:
    steps = ((date(2026, 11, 23), "40 mg"), (date(2026, 11, 25), "20 mg"))
    timing = Timing(times=("08:00",), ends_local="2026-11-27T00:00")
    metformin(cast, timing, medicine="Prednisolone", dose="40 mg", plan=Plan(steps=steps))
    amounts = dict(Dose.objects.values_list("nominal_local", "amount"))
    assert amounts == {
        "2026-11-24T08:00": "40 mg",
        "2026-11-25T08:00": "20 mg",
        "2026-11-26T08:00": "20 mg",
    }
    assert row_of(cast).sentence == (
        "Every day at 08:00: 40 mg to 24 November 2026, then 20 mg to 26 November 2026"
    )
    said = Occurrence.objects.order_by("due_at").last()
    assert said is not None
    assert said.values["dose"] == "20 mg"


def test_days_off_have_no_dose(cast: Cast) -> None:
    timing = Timing("FREQ=DAILY;X-CYCLE=21/7", ("08:00",), starts_local="2026-11-03T00:00")
    regimen = metformin(cast, timing)
    assert due_times(regimen)[-1] == "23 07:00"  # day 21 is the 23rd; then a week without
    materialise_patient(cast.amina.id, now=NOW + 7 * DAY)
    assert due_times(regimen)[21:] == ["01 07:00", "02 07:00", "03 07:00"]


def test_meals_are_the_patients_own_and_a_change_moves_the_future_only(cast: Cast) -> None:
    meals_at(cast, time(7, 30), time(12), time(19), time(22))
    regimen = metformin(cast, WITH_MEALS)
    assert row_of(cast).sentence == "Every day with breakfast (07:30) and with supper (19:00)"
    assert due_times(regimen)[:2] == ["23 18:00", "24 06:30"]
    before = list(Dose.objects.filter(due_at__lt=NOW + 13 * HOUR).values())
    meals_at(cast, time(9), time(12), time(18), time(22))
    assert list(Dose.objects.filter(due_at__lt=NOW + 13 * HOUR).values()) == before
    assert due_times(regimen)[:3] == ["23 18:00", "24 08:00", "24 17:00"]
    assert row_of(cast).schedule.times == ["09:00", "18:00"]
    materialise_patient(cast.amina.id, now=NOW + DAY)
    assert due_times(regimen)[:3] == ["23 18:00", "24 08:00", "24 17:00"]


def test_meals_that_stay_change_nothing(cast: Cast) -> None:
    regimen = metformin(cast, WITH_MEALS)
    before = due_times(regimen)
    meals_at(cast, time(8), time(13), time(18, 30), time(23))
    assert due_times(regimen) == before
    assert regimen.schedules.count() == 1


def test_no_journey_brings_two_doses_too_close(cast: Cast) -> None:
    """From Berlin to Tokyo the next dose would come eight hours sooner."""
    regimen = metformin(cast, TWICE_A_DAY, plan=Plan(min_gap_minutes=10 * 60))
    later = NOW + 11 * HOUR  # 21:00 in Berlin; 20:00 was due at 19:00 UTC
    profile = chart(cast.amina, cast.amina, change=True, now=later)
    change_profile(profile, zone="Asia/Tokyo")
    for _ in range(2):
        materialise_patient(cast.amina.id, now=later)
        # 08:00 in Tokyo is 23:00 UTC, four hours after the last: it waits until 05:00.
        assert due_times(regimen)[:4] == ["23 19:00", "24 05:00", "24 15:00", "25 01:00"]
    said = dict(Occurrence.objects.values_list("key", "due_at"))
    assert all(said[dose.key] == dose.due_at for dose in Dose.objects.filter(due_at__gt=later))


def test_without_a_gap_the_journey_moves_them_alone(cast: Cast) -> None:
    regimen = metformin(cast)
    later = NOW + 11 * HOUR
    change_profile(chart(cast.amina, cast.amina, change=True, now=later), zone="Asia/Tokyo")
    materialise_patient(cast.amina.id, now=later)
    assert due_times(regimen)[:3] == ["23 19:00", "23 23:00", "24 11:00"]


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("most_a_day", {"timing": Timing(mode="as_needed")}),
        ("most_a_day", {"plan": Plan(most_a_day=0)}),
        ("min_gap_minutes", {"plan": Plan(min_gap_minutes=13 * 60)}),
        ("min_gap_minutes", {"plan": Plan(min_gap_minutes=1)}),
        ("early_minutes", {"plan": Plan(early_minutes=-1)}),
        ("snooze_minutes", {"plan": Plan(snooze_minutes=1)}),
        ("most_snoozes", {"plan": Plan(most_snoozes=21)}),
        ("supply_doses", {"plan": Plan(supply_doses=-1)}),
        ("refill_days", {"plan": Plan(refill_days=91)}),
        ("steps", {"plan": Plan(steps=((date(2026, 12, 2), "1"), (date(2026, 12, 1), "2")))}),
        ("steps", {"plan": Plan(steps=((date(2026, 12, 2), " "),))}),
        ("escalation", {"plan": Plan(escalation={"pigeon": 5})}),
        ("escalation", {"plan": Plan(escalation={"push": 30, "sms": 20})}),
        ("escalation", {"plan": Plan(escalation={"push": 0})}),
        ("meals", {"timing": Timing(meals=("tea",))}),
        ("meals", {"timing": Timing(meals=("lunch",), times=("12:00",))}),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(
    cast: Cast, field: str, asked: dict[str, Any]
) -> None:
    timing = asked.pop("timing", TWICE_A_DAY)
    with pytest.raises(Invalid) as caught:
        metformin(cast, timing, **asked)
    assert [error.field for error in caught.value.errors] == [field]
    assert not Regimen.objects.exists()
    regimen = metformin(cast)
    hers = chart(cast.bo, cast.amina, change=True)
    with pytest.raises(Invalid):
        change_regimen(hers, regimen.id, timing=timing, **asked, now=NOW)


@pytest.mark.parametrize(
    ("field", "clock"),
    [
        ("lunch", (time(8), time(7), time(18), time(22))),
        ("bedtime", (time(8), time(12), time(18), time(18))),
    ],
)
def test_meals_have_their_order(cast: Cast, field: str, clock: tuple[time, ...]) -> None:
    with pytest.raises(Invalid) as caught:
        meals_at(cast, *clock)
    assert [error.field for error in caught.value.errors] == [field]


def test_a_supply_runs_out_on_a_day_and_is_told_before(cast: Cast) -> None:
    regimen = metformin(cast, plan=Plan(supply_doses=21, refill_days=3))
    # 23 Nov evening is the first; ten days and a half later, on 4 Dec in the morning, none is left.
    assert row_of(cast).runs_out_on == date(2026, 12, 4)
    said = Occurrence.objects.get(template="refill_soon")
    assert f"{said.due_at:%m-%d %H:%M}" == "12-01 09:00"
    assert said.values == {"medicine": "Metformin", "day": "2026-12-04"}
    first = Dose.objects.earliest("due_at")
    says(cast, first.id, "skipped", first.due_at)
    materialise_patient(cast.amina.id, now=NOW + DAY)
    assert row_of(cast).runs_out_on > date(2026, 12, 4)  # what was skipped is still in the box
    hers = chart(cast.bo, cast.amina, change=True)
    change_regimen(hers, regimen.id, plan=Plan(supply_doses=100, refill_days=3), now=NOW + DAY)
    assert row_of(cast).runs_out_on == date(2027, 1, 13)


def test_what_was_taken_is_no_longer_in_the_box(cast: Cast) -> None:
    metformin(cast, plan=Plan(supply_doses=21))
    ends = row_of(cast).runs_out_on
    for dose in Dose.objects.order_by("due_at")[:2]:
        says(cast, dose.id, "taken", dose.due_at)
    materialise_patient(cast.amina.id, now=NOW + DAY)
    assert row_of(cast).runs_out_on == ends


def test_a_change_of_the_escalation_holds_for_what_is_to_come(cast: Cast) -> None:
    regimen = metformin(cast, plan=Plan(escalation={"push": 10, "team": 90}))
    steps = Occurrence.objects.exclude(channel="auto")
    assert steps.filter(channel="push").count() == steps.filter(channel="team").count() == 6
    hers = chart(cast.bo, cast.amina, change=True)
    change_regimen(hers, regimen.id, plan=Plan(escalation={"push": 20, "sms": 40}), now=NOW)
    gone = set(steps.filter(channel="team").values_list("key", flat=True))
    assert set(Delivery.objects.values_list("key", "outcome")) == {(k, "cancelled") for k in gone}
    doses = {dose.key: dose.due_at for dose in Dose.objects.all()}
    for said in steps.filter(channel="sms"):
        assert said.due_at >= doses[said.key.removesuffix(":sms")] + timedelta(minutes=40)
    change_regimen(hers, regimen.id, plan=Plan(escalation={"team": 60}), now=NOW)
    assert not Delivery.objects.filter(key__in=gone).exists()  # it is to be said after all


def test_who_may_set_meals(cast: Cast) -> None:
    prescribe(
        chart(cast.bo, cast.amina, change=True),
        medicine="Iron",
        dose="1",
        timing=WITH_MEALS,
        now=NOW,
    )
    own = chart(cast.amina, cast.amina, change=True)
    set_meal_times(
        own, breakfast=time(7), lunch=time(12), supper=time(18), bedtime=time(22), now=NOW
    )
    assert row_of(cast).schedule.times == ["07:00", "18:00"]

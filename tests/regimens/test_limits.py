"""The prescriber's limits hold on the server whatever a phone sends."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.core.models import new_id
from backend.core.problems import Invalid
from backend.regimens.actions import Plan, Timing, record_dose_event, stop_regimen
from backend.regimens.answers import record_dose_events
from backend.regimens.models import Dose, DoseEventRow, Regimen
from backend.regimens.queries import doses_between, regimens
from backend.wire.messages import DoseEvent
from tests.people import NOW, Cast, chart
from tests.regimens.people import metformin, says

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


def as_needed(cast: Cast, **limits: int) -> Regimen:
    plan = Plan(most_a_day=limits.pop("most", 3), min_gap_minutes=limits.pop("gap", 240))
    return metformin(cast, Timing(mode="as_needed"), medicine="Paracetamol", plan=plan)


def takes(cast: Cast, regimen: UUID, at: datetime, status: str = "taken", **more: UUID) -> Dose:
    event = DoseEvent(new_id(), at, more.get("dose", uuid4()), status, regimen=regimen)  # type: ignore[arg-type]
    return record_dose_event(chart(cast.amina, cast.amina, change=True), event, now=NOW)


def refusal(caught: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (error,) = caught.value.errors
    return error.field, error.detail


def test_nothing_is_due_of_what_is_taken_as_needed(cast: Cast) -> None:
    regimen = as_needed(cast)
    assert not Dose.objects.exists()
    (row,) = regimens(chart(cast.amina, cast.amina))
    assert row.sentence == "Only when needed, at most 3 times a day, at least 4 hours apart"
    dose = takes(cast, regimen.id, NOW)
    (listed,) = doses_between(chart(cast.amina, cast.amina), start=NOW, end=NOW + HOUR)
    assert (listed.id, listed.status, listed.amount) == (dose.id, "taken", "500 mg")
    assert listed.nominal_local == "2026-11-23T10:00"


def test_too_soon_or_too_many_is_refused_with_words(cast: Cast) -> None:
    regimen = as_needed(cast)
    takes(cast, regimen.id, NOW)
    with pytest.raises(Invalid) as caught:
        takes(cast, regimen.id, NOW + 4 * HOUR - MINUTE)
    assert refusal(caught) == ("at", "Leave at least 4 hours between two doses.")
    takes(cast, regimen.id, NOW + 4 * HOUR)
    takes(cast, regimen.id, NOW + 8 * HOUR)
    for at in (NOW + 12 * HOUR, NOW - 12 * HOUR):
        with pytest.raises(Invalid) as caught:
            takes(cast, regimen.id, at)
        assert refusal(caught) == ("at", "At most 3 in 24 hours: this would be one more.")
    takes(cast, regimen.id, NOW + 24 * HOUR)
    assert Dose.objects.count() == DoseEventRow.objects.count() == 4


def test_only_her_own_and_only_what_is_prescribed_so(cast: Cast) -> None:
    daily, needed = metformin(cast), as_needed(cast)
    theirs = DoseEvent(new_id(), NOW, uuid4(), "taken", regimen=needed.id)
    for attempt in (
        lambda: takes(cast, daily.id, NOW),
        lambda: takes(cast, uuid4(), NOW),
        lambda: takes(cast, needed.id, NOW, "skipped"),
        lambda: record_dose_event(
            chart(cast.stranger, cast.stranger, change=True), theirs, now=NOW
        ),
    ):
        with pytest.raises(Invalid):
            attempt()
    stop_regimen(chart(cast.bo, cast.amina, change=True), needed.id, now=NOW)
    with pytest.raises(Invalid):
        takes(cast, needed.id, NOW)


def test_early_only_as_far_as_the_prescriber_allows(cast: Cast) -> None:
    metformin(cast, plan=Plan(early_minutes=60))
    dose = Dose.objects.earliest("due_at")
    with pytest.raises(Invalid) as caught:
        says(cast, dose.id, "taken", dose.due_at - 61 * MINUTE)
    assert refusal(caught) == ("at", "This dose may be taken at most 1 hour before it is due.")
    dose.refresh_from_db()
    assert dose.status == "due"
    says(cast, dose.id, "skipped", dose.due_at - 2 * HOUR)
    assert says(cast, dose.id, "taken", dose.due_at - HOUR).status == "taken"


def test_put_off_only_as_often_as_the_prescriber_allows(cast: Cast) -> None:
    metformin(cast, plan=Plan(most_snoozes=2))
    dose = Dose.objects.earliest("due_at")
    events = [DoseEvent(new_id(), dose.due_at + n * MINUTE, dose.id, "snoozed") for n in range(3)]
    hers = chart(cast.amina, cast.amina, change=True)
    first, second, third = record_dose_events(hers, events, now=NOW)
    assert isinstance(first, Dose)
    assert isinstance(second, Dose)
    assert isinstance(third, Invalid)
    assert third.errors[0].detail == "This dose may be put off 2 times only."
    record_dose_event(hers, events[0], now=NOW)  # the same again is not one more
    assert DoseEventRow.objects.count() == 2


def test_many_at_once_cost_what_one_does(cast: Cast) -> None:
    metformin(cast, Timing(times=("08:00", "20:00"), starts_local="2026-10-24T00:00"))
    doses = list(Dose.objects.order_by("due_at"))
    hers = chart(cast.amina, cast.amina, change=True)
    told = [DoseEvent(new_id(), dose.due_at, dose.id, "taken") for dose in doses]
    with CaptureQueriesContext(
        connection,
    ) as few:
        record_dose_events(hers, told[:1], now=NOW)
    with CaptureQueriesContext(connection) as many:
        answers = record_dose_events(hers, [*told[1:], *told[1:]], now=NOW)
    assert len(many) == len(few)
    assert {answer.status for answer in answers if isinstance(answer, Dose)} == {"taken"}
    assert len(answers) == 2 * (len(doses) - 1)
    assert set(Dose.objects.values_list("status", flat=True)) == {"taken"}
    revisions = list(Dose.objects.values_list("revision", flat=True))
    assert len(set(revisions)) == len(revisions)

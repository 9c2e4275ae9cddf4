"""What the patient says about her doses."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from backend.agenda.models import Line
from backend.core.models import new_id
from backend.core.problems import Invalid
from backend.notices.models import Delivery
from backend.regimens.actions import (
    Timing,
    change_regimen,
    materialise_patient,
    prescribe,
    record_dose_event,
)
from backend.regimens.models import Dose, DoseEventRow, Schedule
from backend.regimens.queries import adherence, doses_between, events_of
from backend.science.adherence import Adherence
from backend.science.refusal import Refusal
from backend.wire.messages import DoseEvent
from backend.wire.problems import Code
from tests.people import NOW, Cast, chart
from tests.regimens.people import TWICE_A_DAY, metformin, says

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def first_dose(cast: Cast) -> Dose:
    metformin(cast)
    return Dose.objects.earliest("due_at")


@pytest.mark.parametrize("status", ["taken", "skipped"])
def test_an_answer_is_kept_and_stops_the_announcement(cast: Cast, status: str) -> None:
    dose = first_dose(cast)
    before = dose.revision
    says(cast, dose.id, status, dose.due_at - HOUR)
    dose.refresh_from_db()
    assert (dose.status, dose.status_at) == (status, dose.due_at - HOUR)
    assert dose.revision > before
    assert Delivery.objects.get(pk=dose.key).outcome == "cancelled"
    assert Line.objects.filter(patient_id=cast.amina.id, kind="insights.refresh").exists()


def test_a_snooze_does_not_end_it(cast: Cast) -> None:
    dose = first_dose(cast)
    says(cast, dose.id, "snoozed", dose.due_at)
    dose.refresh_from_db()
    assert dose.status == "snoozed"
    assert not Delivery.objects.filter(pk=dose.key).exists()


def test_the_latest_by_the_patients_own_time_counts_and_all_is_kept(cast: Cast) -> None:
    dose = first_dose(cast)
    at = dose.due_at
    says(cast, dose.id, "taken", at + 2 * HOUR)
    says(cast, dose.id, "snoozed", at)
    says(cast, dose.id, "skipped", at + HOUR)
    dose.refresh_from_db()
    assert (dose.status, dose.status_at) == ("taken", at + 2 * HOUR)
    hers = chart(cast.bo, cast.amina)
    told = events_of(hers, start=at, end=at + HOUR)
    assert [e.status for e in told] == ["snoozed", "skipped", "taken"]


def test_the_same_event_again_changes_nothing_but_is_taken(cast: Cast) -> None:
    dose = first_dose(cast)
    event = DoseEvent(new_id(), dose.due_at, dose.id, "taken")
    for _ in range(2):
        record_dose_event(chart(cast.amina, cast.amina, change=True), event, now=NOW)
    assert DoseEventRow.objects.count() == 1


def test_an_id_that_another_patient_used_hides_nothing(cast: Cast) -> None:
    hers, id_ = first_dose(cast), new_id()
    foreign = chart(cast.other_clinician, cast.stranger, change=True)
    regimen = prescribe(foreign, medicine="Iron", dose="1", timing=TWICE_A_DAY, now=NOW)
    theirs = Dose.objects.filter(regimen=regimen).earliest("due_at")
    for person, dose in ((cast.stranger, theirs), (cast.amina, hers)):
        event = DoseEvent(id_, dose.due_at, dose.id, "taken")
        record_dose_event(chart(person, person, change=True), event, now=NOW)
    hers.refresh_from_db()
    assert hers.status == "taken"
    assert DoseEventRow.objects.filter(event_id=id_).count() == 2


def test_a_dose_that_only_the_phone_knows_yet_is_taken(cast: Cast) -> None:
    regimen = metformin(cast)
    (slot, *_) = regimen.schedules.get().slots(
        zone="Europe/Berlin", start=NOW + 13 * DAY, end=NOW + 14 * DAY
    )
    assert not Dose.objects.filter(pk=slot.dose_id).exists()
    dose = says(cast, slot.dose_id, "skipped", NOW)
    assert (dose.key, dose.due_at, dose.regimen_id) == (slot.key, slot.due_at, regimen.id)
    materialise_patient(cast.amina.id, now=NOW + 12 * DAY)
    dose.refresh_from_db()
    assert dose.status == "skipped"
    assert Delivery.objects.get(pk=slot.key).outcome == "cancelled"


def test_an_answer_by_a_schedule_that_was_changed_meanwhile_finds_the_new_dose(cast: Cast) -> None:
    """The phone was offline: 08:00 of the old schedule is 08:00 of the new."""
    regimen = metformin(cast)
    old = Dose.objects.get(nominal_local="2026-11-24T08:00")
    gone = Dose.objects.get(nominal_local="2026-11-24T20:00")
    hers = chart(cast.bo, cast.amina, change=True)
    change_regimen(hers, regimen.id, timing=Timing(times=("08:00", "14:00")), now=NOW)
    new = says(cast, old.id, "taken", NOW + DAY)
    assert (new.nominal_local, new.status) == (old.nominal_local, "taken")
    assert new.schedule == Schedule.objects.get(holds_until=None)
    assert says(cast, gone.id, "taken", NOW + DAY).id == gone.id


def test_a_dose_of_nobody_or_another_is_an_unknown_reference(cast: Cast) -> None:
    dose = first_dose(cast)
    for person, id_ in ((cast.amina, uuid4()), (cast.stranger, dose.id)):
        event = DoseEvent(new_id(), NOW, id_, "taken")
        with pytest.raises(Invalid) as caught:
            record_dose_event(chart(person, person, change=True), event, now=NOW)
        assert [(e.field, e.code) for e in caught.value.errors] == [
            ("dose", Code.UNKNOWN_REFERENCE)
        ]


def test_adherence_is_that_of_the_days_and_abstains_when_thin(cast: Cast) -> None:
    metformin(cast, Timing(times=("08:00", "20:00"), starts_local="2026-10-24T00:00"))
    hers = chart(cast.bo, cast.amina)
    start, end = NOW - 30 * DAY, NOW
    assert isinstance(adherence(hers, start=start, end=end, now=NOW), Refusal)
    doses = doses_between(hers, start=start, end=end)
    for number, dose in enumerate(doses):
        says(cast, dose.id, "skipped" if number % 10 == 0 else "taken", dose.due_at + HOUR)
    found = adherence(hers, start=start, end=end, now=NOW)
    assert isinstance(found, Adherence)
    assert found.doses == len(doses) == 60
    assert found.taking_percent == pytest.approx(90)
    # Six skipped doses on six of the 31 days; the first and the last day have one dose each.
    assert found.pdc_percent == pytest.approx(100 * 25 / 31)
    assert found.on_time_percent == 100


def test_over_http_doses_of_a_stretch(cast: Cast, client: Client) -> None:
    metformin(cast, TWICE_A_DAY)
    asked = {"start": "2026-11-24T00:00:00+01:00", "end": "2026-11-25T00:00:00+01:00"}
    reply = client.get("/api/v1/doses", asked, **cast.amina.bearer)
    assert reply.status_code == 200
    rows = reply.json()["results"]
    assert [row["nominal_local"] for row in rows] == ["2026-11-24T08:00", "2026-11-24T20:00"]
    assert rows[0]["due_at"] == "2026-11-24T07:00:00.000Z"
    plain = client.get(
        f"/api/v1/doses?start={asked['start']}&end={asked['end']}", **cast.amina.bearer
    )
    assert plain.json() == reply.json()
    medicines = client.get("/api/v1/regimens", **cast.amina.bearer).json()["results"]
    assert medicines[0]["sentence"] == "Every day at 08:00 and 20:00"


@pytest.mark.parametrize(
    ("text", "code"),
    [("2026-11-24T00:00:00", "naive_time"), ("yesterday", "wrong_type"), ("", "wrong_type")],
)
def test_a_moment_that_is_none_is_refused_by_name(
    cast: Cast, client: Client, text: str, code: str
) -> None:
    reply = client.get("/api/v1/doses", {"start": text}, **cast.amina.bearer)
    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert (error["field"], error["code"]) == ("start", code)

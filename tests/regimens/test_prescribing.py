"""From a prescription to doses, and what a change does to them."""

from datetime import timedelta
from typing import Any

import pytest

from backend.core.problems import Conflict, Forbidden, Invalid, NotFound
from backend.notices.models import Delivery, Occurrence
from backend.patients.access import Category
from backend.regimens.actions import (
    Timing,
    change_regimen,
    materialise_patient,
    prescribe,
    stop_regimen,
)
from backend.regimens.models import Dose, Schedule
from backend.regimens.queries import (
    doses_changed_since,
    preview,
    regimens,
    regimens_changed_since,
)
from backend.wire.schedule import from_row, slots
from tests.people import NOW, Cast, chart
from tests.regimens.people import TWICE_A_DAY, due_times, metformin

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_prescription_makes_the_doses_of_three_days_and_says_what_is_due(cast: Cast) -> None:
    regimen = metformin(cast)
    assert due_times(regimen) == [
        "23 19:00", "24 07:00", "24 19:00", "25 07:00", "25 19:00", "26 07:00",
    ]  # fmt: skip
    said = {o.key: o for o in Occurrence.objects.all()}
    for dose in Dose.objects.all():
        assert said[dose.key].due_at == dose.due_at
        assert said[dose.key].grace == regimen.grace
    assert regimen.grace_minutes == 6 * 60  # half of the time between two


def test_phone_and_server_name_the_same_doses(cast: Cast) -> None:
    metformin(cast)
    hers = chart(cast.amina, cast.amina)
    (row,) = regimens(hers)
    assert row.sentence == "Every day at 08:00 and 20:00"
    phones = slots(from_row(row.schedule), zone="Europe/Berlin", start=NOW, end=NOW + 3 * DAY)
    servers = doses_changed_since(hers, after=0, limit=100)
    assert [(s.dose_id, s.key, s.due_at) for s in phones] == [
        (d.id, d.key, d.due_at) for d in servers
    ]


def test_rows_have_their_own_revisions_up_to_the_patients(cast: Cast) -> None:
    metformin(cast)
    hers = chart(cast.amina, cast.amina)
    rows = [
        *regimens_changed_since(hers, after=0, limit=100),
        *doses_changed_since(hers, after=0, limit=100),
    ]
    found = sorted(row.revision for row in rows)
    assert found == list(range(found[0], hers.patient.revision + 1))
    assert doses_changed_since(hers, after=found[-3], limit=100)[0].revision == found[-2]


def test_making_doses_again_changes_nothing_and_goes_on_with_time(cast: Cast) -> None:
    regimen = metformin(cast)
    before = list(Dose.objects.order_by("key").values())
    assert materialise_patient(cast.amina.id, now=NOW) == NOW + 12 * HOUR
    assert list(Dose.objects.order_by("key").values()) == before
    materialise_patient(cast.amina.id, now=NOW + DAY)
    assert len(due_times(regimen)) == len(before) + 2
    assert Occurrence.objects.count() == len(before) + 2


def test_days_without_a_worker_leave_no_hole_and_say_nothing_that_is_past(cast: Cast) -> None:
    regimen = metformin(cast, grace_minutes=60)
    materialise_patient(cast.amina.id, now=NOW + 10 * DAY)
    assert len(due_times(regimen)) == 2 * 13
    said = Occurrence.objects.order_by("due_at").values_list("due_at", flat=True)
    assert [f"{at:%d}" for at in said] == ["23", "24", "24", "25", "25", "26", "03", "04", "04",
                                           "05", "05", "06"]  # fmt: skip


def test_a_start_in_the_past_is_listed_but_not_announced(cast: Cast) -> None:
    timing = Timing(times=("08:00",), starts_local="2026-11-01T00:00")
    regimen = metformin(cast, timing, grace_minutes=180)
    assert len(due_times(regimen)) == 23 + 3
    # At 10:00 the dose of 08:00 is two hours late: within its grace.
    assert f"{Occurrence.objects.earliest('due_at').due_at:%d %H:%M}" == "23 07:00"
    old = metformin(cast, Timing(times=("08:00",), starts_local="2020-01-01T00:00"))
    assert Dose.objects.filter(regimen=old).count() == 120 + 3


def test_changing_words_keeps_the_doses_and_says_the_new_words(cast: Cast) -> None:
    regimen = metformin(cast)
    before = set(Dose.objects.values_list("key", "due_at"))
    later = NOW + DAY
    hers = chart(cast.bo, cast.amina, change=True, now=later)
    changed = change_regimen(hers, regimen.id, dose="850 mg", grace_minutes=30, now=later)
    assert (changed.dose, changed.version) == ("850 mg", 2)
    assert set(Dose.objects.values_list("key", "due_at")) > before
    amounts = Dose.objects.order_by("due_at").values_list("amount", flat=True)
    assert list(amounts) == ["500 mg", "500 mg", *["850 mg"] * 6]  # what is past stays as it was
    for said in Occurrence.objects.filter(due_at__gte=later):
        assert said.values["dose"] == "850 mg"
        assert said.grace == timedelta(minutes=30)


def test_changing_times_moves_the_future_only(cast: Cast) -> None:
    regimen = metformin(cast)
    later = NOW + DAY + 20 * timedelta(minutes=30)  # Tuesday, 20:00 in Berlin
    past = list(Dose.objects.filter(due_at__lt=later).order_by("due_at").values())
    hers = chart(cast.bo, cast.amina, change=True, now=later)
    change_regimen(hers, regimen.id, timing=Timing(times=("09:00",)), now=later)
    assert list(Dose.objects.filter(due_at__lt=later).order_by("due_at").values()) == past
    assert due_times(regimen) == ["23 19:00", "24 07:00", "25 08:00", "26 08:00", "27 08:00"]
    cancelled = set(Dose.objects.filter(status="cancelled").values_list("key", flat=True))
    assert len(cancelled) == 6  # 24 19:00 is due this very moment, and goes too
    assert set(Delivery.objects.values_list("key", "outcome")) == {
        (key, "cancelled") for key in cancelled
    }
    (row,) = regimens(hers)
    assert row.schedule.times == ["09:00"]
    assert Schedule.objects.get(holds_until=None).version == 2


def test_stopping_cancels_what_is_to_come(cast: Cast) -> None:
    regimen = metformin(cast)
    later = NOW + DAY
    hers = chart(cast.bo, cast.amina, change=True, now=later)
    stop_regimen(hers, regimen.id, now=later)
    assert due_times(regimen) == ["23 19:00", "24 07:00"]
    assert not regimens(hers)[0].active
    assert materialise_patient(cast.amina.id, now=later + DAY) is None
    assert due_times(regimen) == ["23 19:00", "24 07:00"]
    with pytest.raises(Conflict):
        stop_regimen(hers, regimen.id, now=later)
    with pytest.raises(Conflict):
        change_regimen(hers, regimen.id, dose="1 g", now=later)


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("medicine", {"medicine": "  "}),
        ("dose", {"dose": ""}),
        ("medicine", {"medicine": "x" * 201}),
        ("instructions", {"instructions": "x" * 501}),
        ("grace_minutes", {"grace_minutes": 0}),
        ("schedule", {"timing": Timing(rule="FREQ=SECONDLY")}),
        ("schedule", {"timing": Timing(times=("25:00",))}),
        ("schedule", {"timing": Timing(zone="Mars/Base")}),
        ("schedule", {"timing": Timing(starts_local="soon")}),
        ("schedule", {"timing": Timing(rule="FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50")}),
        (
            "schedule",
            {
                "timing": Timing(
                    rule="FREQ=WEEKLY;BYDAY=MO",
                    times=("08:00",),
                    starts_local="2026-11-24T00:00",
                    ends_local="2026-11-25T00:00",
                )
            },
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(
    cast: Cast, field: str, asked: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        metformin(cast, asked.pop("timing", TWICE_A_DAY), **asked)
    assert [error.field for error in caught.value.errors] == [field]
    assert Dose.objects.count() == 0


def test_who_may_prescribe(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    with pytest.raises(Forbidden):
        prescribe(own, medicine="Opium", dose="1 g", timing=TWICE_A_DAY, now=NOW)
    for hers in (
        chart(cast.bo, cast.amina),
        chart(cast.bo, cast.amina, Category.STREAMS, change=True),
    ):
        with pytest.raises(NotFound):
            prescribe(hers, medicine="Metformin", dose="1 g", timing=TWICE_A_DAY, now=NOW)
    regimen = metformin(cast)
    strangers = chart(cast.other_clinician, cast.stranger, change=True)
    with pytest.raises(NotFound):
        stop_regimen(strangers, regimen.id, now=NOW)


@pytest.mark.parametrize(
    ("timing", "minutes"),
    [
        (Timing(rule="FREQ=HOURLY;INTERVAL=8", mode="elapsed"), 240),
        (Timing(times=("08:00",)), 720),
        (Timing(rule="FREQ=WEEKLY;BYDAY=SU", times=("10:00",)), 720),
        (Timing(times=("08:00", "08:30")), 30),
    ],
)
def test_the_grace_follows_the_spacing(cast: Cast, timing: Timing, minutes: int) -> None:
    assert metformin(cast, timing).grace_minutes == minutes


def test_a_preview_shows_the_next_doses(cast: Cast) -> None:
    regimen = metformin(cast, Timing(rule="FREQ=WEEKLY;BYDAY=SU", times=("10:00",)))
    row = regimen.schedules.get().row()
    shown = preview(row, zone="Europe/Berlin", count=3, now=NOW)
    assert shown.sentence == "Every Sunday at 10:00"
    assert [f"{at:%m-%d %H:%M}" for at in shown.due] == [
        "11-29 09:00",
        "12-06 09:00",
        "12-13 09:00",
    ]

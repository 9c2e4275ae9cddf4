"""From a dose that nobody answers to the care team, each step once, stopped by any answer."""

from datetime import UTC, datetime, time, timedelta

import pytest

from backend.notices.models import Delivery, Occurrence
from backend.notices.pump import Pump
from backend.patients.actions import change_profile
from backend.regimens.actions import Plan, Timing, materialise_patient
from backend.regimens.models import Dose
from backend.regimens.queries import unanswered
from tests.notices.people import ListChannel, let_leases_run_out
from tests.people import NOW, Cast, chart
from tests.regimens.people import metformin, says

MINUTE = timedelta(minutes=1)
LADDER = {"push": 10, "sms": 30, "caregiver": 60, "team": 90}


def left(dose: Dose) -> dict[str, float]:
    """Minutes after the dose at which each step is due."""
    steps = Occurrence.objects.filter(key__startswith=f"{dose.key}:")
    return {o.channel: (o.due_at - dose.due_at) / MINUTE for o in steps}


def morning(cast: Cast, **more: object) -> Dose:
    metformin(cast, Timing(times=("12:00",)), plan=Plan(escalation=LADDER, **more))  # type: ignore[arg-type]
    return Dose.objects.earliest("due_at")


def test_each_step_has_its_own_delay_and_name(cast: Cast) -> None:
    dose = morning(cast)
    assert left(dose) == LADDER
    keys = set(Occurrence.objects.values_list("key", flat=True))
    assert {f"{dose.key}:{step}" for step in LADDER} <= keys


@pytest.mark.parametrize("status", ["taken", "skipped"])
def test_an_answer_settles_every_step(cast: Cast, status: str) -> None:
    dose = morning(cast)
    says(cast, dose.id, status, dose.due_at)
    settled = Delivery.objects.filter(outcome="cancelled").values_list("key", flat=True)
    assert set(settled) == {dose.key, *(f"{dose.key}:{step}" for step in LADDER)}


def test_later_puts_the_steps_off(cast: Cast) -> None:
    dose = morning(cast, snooze_minutes=20)
    says(cast, dose.id, "snoozed", dose.due_at + 5 * MINUTE)
    assert left(dose) == {step: delay + 25 for step, delay in LADDER.items()}
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("critical", [False, True])
def test_quiet_hours_put_off_all_but_the_worklist_unless_it_is_critical(
    cast: Cast, critical: bool
) -> None:
    """Quiet from 21:00 to 08:00; the dose of 20:45 in Berlin."""
    metformin(cast, Timing(times=("20:45",)), plan=Plan(escalation=LADDER, critical=critical))
    dose = Dose.objects.earliest("due_at")
    until_eight = 11 * 60 + 15
    quiet = {"push": 10, "sms": until_eight, "caregiver": until_eight, "team": 90}
    assert left(dose) == (LADDER if critical else quiet)
    # What is late into the quiet hours breaks them only if it is critical, or the dose's own.
    urgent = dict(Occurrence.objects.filter(key__startswith=dose.key).values_list("key", "urgent"))
    assert urgent.pop(dose.key)
    assert set(urgent.values()) == {critical}


def test_new_quiet_hours_hold_for_what_has_not_been_said(cast: Cast) -> None:
    dose = morning(cast)
    change_profile(
        chart(cast.amina, cast.amina, change=True), quiet_from=time(12, 15), quiet_until=time(14)
    )
    materialise_patient(cast.amina.id, now=NOW)
    assert left(dose) == {"push": 10, "sms": 120, "caregiver": 120, "team": 90}


def test_the_ladder_is_climbed_once_and_ends_in_the_worklist(cast: Cast) -> None:
    dose = morning(cast)
    never = {"quiet_from": time(0), "quiet_until": time(0)}  # the pump's clock is the real one
    change_profile(chart(cast.amina, cast.amina, change=True), **never)
    push, text = ListChannel("push"), ListChannel("text", "sms")
    overdue = datetime.now(UTC)
    Occurrence.objects.exclude(key__startswith=dose.key).delete()
    Occurrence.objects.update(due_at=overdue + timedelta(hours=1))
    for step in ("", *LADDER):
        key = f"{dose.key}:{step}" if step else dose.key
        Occurrence.objects.filter(pk=key).update(due_at=overdue)
        for _ in range(2):
            Pump([push, text], sweep_s=0).round()
            let_leases_run_out()
    assert [m.key.removeprefix(dose.key) for m in push.sent] == ["", ":push"]
    assert [m.key.removeprefix(dose.key) for m in text.sent] == [":sms"]
    (told,) = unanswered([cast.amina.id], since=NOW)
    assert (told.patient_id, told.medicine, told.due_at) == (
        cast.amina.id, "Metformin", dose.due_at,
    )  # fmt: skip
    says(cast, dose.id, "taken", dose.due_at + 2 * 60 * MINUTE)
    assert unanswered([cast.amina.id], since=NOW) == []

"""Not at the wheel, in a crisis, after a low or just told; and what the patient chooses."""

from datetime import timedelta

import pytest

from backend.core.problems import Invalid
from backend.guidance import points, queries
from backend.guidance.actions import choose_nudges, note_busy, turn_nudges
from backend.guidance.models import Nudge
from backend.guidance.nudging import decide
from backend.notices.models import Delivery
from backend.regimens.models import Dose
from backend.regimens.queries import doses_between
from backend.surveys.models import Response
from tests.guidance.test_nudging import NINE, Talkative, job_chart, spoken
from tests.insights.measured import prescribe_daily, upload
from tests.people import chart

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def why(who, point="now", now=NINE):
    return decide(job_chart(who, now), point, policy=Talkative(), now=now).unavailable


def test_at_the_wheel_nothing_is_said_and_what_was_drawn_is_held_back(cast):
    made = spoken(cast.amina)
    note_busy(job_chart(cast.amina), until=NINE + HOUR, doing="driving", now=NINE)
    assert Delivery.objects.get(pk=made.notice_key).outcome == "cancelled"
    Nudge.objects.all().delete()
    assert why(cast.amina) == "driving"
    assert why(cast.amina, "later", NINE + HOUR) == ""
    note_busy(job_chart(cast.amina), until=None, doing="driving", now=NINE)
    Nudge.objects.all().delete()
    assert why(cast.amina, "parked") == ""


@pytest.mark.parametrize(
    ("until", "doing", "field"),
    [(NINE - MINUTE, "driving", "busy_until"), (NINE + 13 * HOUR, "driving", "busy_until"),
     (NINE + HOUR, "flying", "busy_with")],
)  # fmt: skip
def test_a_spell_that_cannot_be_is_refused(cast, until, doing, field):
    with pytest.raises(Invalid) as refused:
        note_busy(job_chart(cast.amina), until=until, doing=doing, now=NINE)
    assert refused.value.errors[0].field == field


def test_for_a_week_after_an_answer_that_needs_eyes_there_are_none(cast):
    Response.objects.create(
        patient=cast.amina.patient, bucket=0, revision=900, survey="phq-9",
        answered_at=NINE - HOUR, received_at=NINE, answers={}, score=20, needs_eyes=True,
    )  # fmt: skip
    assert why(cast.amina) == "crisis"
    assert why(cast.amina, "next week", NINE + timedelta(days=7)) == ""


def test_for_three_hours_after_a_low_there_are_none(cast):
    upload(cast.amina, "glucose", NINE - HOUR, [65], unit="mg/dL", step_ms=300_000)
    assert why(cast.amina) == "after_low"
    assert why(cast.amina, "later", NINE + 2 * HOUR + MINUTE) == ""


def test_a_reading_in_range_holds_nothing_back(cast):
    upload(cast.amina, "glucose", NINE - HOUR, [70], unit="mg/dL", step_ms=300_000)
    assert why(cast.amina) == ""


def test_opting_out_holds_back_what_is_on_its_way(cast):
    made = spoken(cast.amina)
    turn_nudges(job_chart(cast.amina), off=True, now=NINE)
    assert Delivery.objects.get(pk=made.notice_key).outcome == "cancelled"


def test_tone_and_week_are_chosen_and_a_choice_of_one_leaves_the_other(cast):
    choose_nudges(job_chart(cast.amina), tone="coach", now=NINE)
    choose_nudges(job_chart(cast.amina), a_week=1, now=NINE)
    choice = queries.nudge_choice(chart(cast.amina, cast.amina))
    assert (choice.tone, choice.a_week, choice.off_since) == ("coach", 1, None)
    made = spoken(cast.amina)
    assert why(cast.amina, "more", NINE + 3 * HOUR) == "week_full"
    assert made.available


@pytest.mark.parametrize("asked", [{"tone": "shouting"}, {"a_week": 0}, {"a_week": 11}])
def test_no_choice_goes_past_the_limits(cast, asked):
    with pytest.raises(Invalid) as refused:
        choose_nudges(job_chart(cast.amina), **asked, now=NINE)
    assert refused.value.errors[0].field in asked


def test_half_an_hour_before_a_dose_there_is_a_point_of_its_own_about_that_dose(cast):
    prescribe_daily(cast, days=3)
    ahead = doses_between(job_chart(cast.amina), start=NINE, end=NINE + 48 * HOUR)
    due = next(dose for dose in ahead if dose.status == "due")
    before = due.due_at - 29 * MINUTE
    found = points.open_point(job_chart(cast.amina, before), now=before)
    assert found.at_dose
    assert found.at == due.due_at - 30 * MINUTE
    made = decide(job_chart(cast.amina, before), found.name, at_dose=True, now=before)
    assert set(made.arms) <= {"say_nothing", "plan_doses"}
    assert points.next_point(job_chart(cast.amina, NINE), now=found.at - MINUTE) <= found.at
    Dose.objects.filter(pk=due.id).update(status="taken")
    again = points.open_point(job_chart(cast.amina, before), now=before)
    assert again is None or not again.at_dose

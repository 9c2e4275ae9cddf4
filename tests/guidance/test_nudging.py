"""Nudges as decisions: once a morning, drawn and written down, inside the envelope, replayable."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.agenda.models import Line
from backend.core.problems import NotFound
from backend.guidance import points, queries
from backend.guidance.actions import turn_nudges
from backend.guidance.envelope import SAY_NOTHING
from backend.guidance.models import Nudge
from backend.guidance.nudging import decide, nudge_patient, replay
from backend.guidance.policy import CURRENT, digest_of
from backend.notices.models import Notice, Occurrence
from backend.patients.models import Patient
from tests.insights.measured import advise, mark, prescribe_daily, refresh, walk_days
from tests.people import NOW, chart

NINE = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)  # five past nine in Berlin
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Talkative:
    """Always wants to say the same; the envelope still keeps a fifth for silence."""

    arm: str = "check_in"
    name: str = "talkative"
    version: str = "1"

    def probabilities(self, context, arms):
        return {self.arm: 1.0}


def nudge(who, now=NINE):
    with transaction.atomic():
        return nudge_patient(who.id, now=now)


def job_chart(who, now=NINE):
    return chart(who, who, change=True, now=now)


def spoken(who, *, now=NINE):
    """A decision that came out as a nudge: points are tried until one does."""
    for n in range(100):
        made = decide(job_chart(who, now), f"try {n}", policy=Talkative(), now=now)
        if made.arm != SAY_NOTHING:
            return made
    raise AssertionError("a hundred draws of silence at one in five")


def test_a_morning_is_decided_once_and_written_down(cast):
    assert nudge(cast.amina) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    (made,) = queries.nudges(chart(cast.amina, cast.amina))
    assert made.point == "2026-11-23 morning"
    assert made.available
    assert set(made.arms) == {SAY_NOTHING, "check_in"}
    assert made.arms[SAY_NOTHING] >= 0.2
    assert (made.policy, made.policy_version) == (CURRENT.name, CURRENT.version)
    assert made.probability == made.arms[made.arm]
    assert made.context_digest == digest_of(made.context)
    nudge(cast.amina, NINE + timedelta(minutes=1))  # a lease ran out, another worker comes
    assert len(queries.nudges(chart(cast.amina, cast.amina))) == 1


def test_a_second_row_for_the_same_point_is_impossible(cast):
    nudge(cast.amina)
    again = Nudge.objects.get(patient=cast.amina.id)
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_every_decision_of_a_month_replays_bit_for_bit(cast):
    for n in range(30):
        nudge(cast.amina, NINE + n * DAY)
    made = queries.nudges(chart(cast.amina, cast.amina), limit=100)
    assert len(made) == 30
    for one in made:
        again = replay(one)
        assert one.context_digest == digest_of(one.context)
        assert (again.arm, again.probability, again.arms) == (one.arm, one.probability, one.arms)


def test_nobody_who_opens_nothing_is_told_more_than_twice_in_a_row(cast):
    for n in range(30):
        nudge(cast.amina, NINE + n * DAY)
    made = Nudge.objects.filter(patient=cast.amina.id).order_by("decided_at")
    said = [one.decided_at for one in made if one.arm != SAY_NOTHING]
    assert len(said) > 2
    for _first, second, third in zip(said, said[1:], said[2:], strict=False):
        assert third - second >= timedelta(hours=72)
    assert {one.unavailable for one in made} == {"", "cooling_down"}


def test_what_is_said_is_left_as_a_notice_under_the_decisions_key(cast):
    made = spoken(cast.amina)
    left = Occurrence.objects.get(patient=cast.amina.id)
    assert left.key == made.notice_key == f"nudge:{cast.amina.id}:{made.point}"
    assert left.due_at == NINE
    assert left.values["title"] == "How was your week?"


def test_silence_leaves_no_notice(cast):
    made = decide(job_chart(cast.amina), "still", policy=Talkative(SAY_NOTHING), now=NINE)
    assert (made.arm, made.available, made.probability) == (SAY_NOTHING, True, 1.0)
    assert not Occurrence.objects.filter(patient=cast.amina.id).exists()


def test_within_two_hours_of_a_nudge_none_is_possible(cast):
    spoken(cast.amina)
    soon = NINE + timedelta(minutes=119)
    made = decide(job_chart(cast.amina, soon), "soon", policy=Talkative(), now=soon)
    assert (made.arm, made.available, made.unavailable) == (SAY_NOTHING, False, "too_soon")
    assert (made.probability, made.arms) == (1.0, {SAY_NOTHING: 1.0})


def test_advice_is_not_followed_by_a_nudge_at_once(cast):
    walk_days(cast.amina, first=28, steps=[9000 - 150 * n for n in range(28)])
    refresh(cast.amina, now=NINE)
    advise(cast.amina, now=NINE)
    soon = NINE + timedelta(hours=1)
    made = decide(job_chart(cast.amina, soon), "soon", policy=Talkative(), now=soon)
    assert made.unavailable == "too_soon"


def test_who_says_no_gets_none_at_once_and_may_change_her_mind(cast):
    turn_nudges(job_chart(cast.amina), off=True, now=NINE)
    assert not queries.wants_nudges(chart(cast.amina, cast.amina))
    made = decide(job_chart(cast.amina), "off", policy=Talkative(), now=NINE)
    assert made.unavailable == "opted_out"
    turn_nudges(job_chart(cast.amina), off=False, now=NINE)
    assert spoken(cast.amina).available


def test_a_reader_cannot_decide(cast):
    with pytest.raises(NotFound):
        decide(chart(cast.amina, cast.amina), "read", now=NINE)


def test_in_quiet_hours_nothing_is_possible_and_the_morning_waits_for_their_end(cast):
    Patient.objects.filter(pk=cast.amina.id).update(quiet_until=time(10, 30))
    made = decide(job_chart(cast.amina), "early", policy=Talkative(), now=NINE)
    assert made.unavailable == "quiet_hours"
    assert nudge(cast.amina) == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_a_worker_that_comes_in_the_afternoon_waits_for_the_next_morning(cast):
    assert nudge(cast.amina, NINE + timedelta(hours=3)) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert not Nudge.objects.exists()


@pytest.mark.parametrize(
    ("zone", "now", "morning"),
    [
        ("Europe/Berlin", "2026-03-28T12:00+00:00", "2026-03-29T07:00+00:00"),  # clocks go on
        ("Europe/Berlin", "2026-10-24T12:00+00:00", "2026-10-25T08:00+00:00"),  # clocks go back
        ("Asia/Kathmandu", "2026-11-23T09:00+00:00", "2026-11-24T03:15+00:00"),
        ("Pacific/Kiritimati", "2026-11-23T09:00+00:00", "2026-11-23T19:00+00:00"),
        ("Pacific/Pago_Pago", "2026-11-23T09:00+00:00", "2026-11-23T20:00+00:00"),
    ],
)
def test_morning_is_nine_where_the_patient_is(zone, now, morning):
    patient = Patient(zone=zone)
    found = points.next_morning(patient, now=datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(morning)
    assert found.time() == time(9)


def test_findings_open_arms_and_enter_the_context(cast):
    walk_days(cast.amina, first=28, steps=[5000 + 100 * (n % 5) for n in range(28)])
    for dose in prescribe_daily(cast, days=20):
        mark(cast.amina, dose, "taken")
    refresh(cast.amina, now=NINE)
    nudge(cast.amina)
    made = Nudge.objects.get(patient=cast.amina.id)
    assert set(made.arms) == {SAY_NOTHING, "check_in", "walk", "plan_doses"}
    assert made.context["pdc_percent"] == 100
    assert made.context["weekday"] == 0
    assert made.context["steps_change_percent_per_week"] is not None


def test_outcomes_are_noted_when_the_day_is_over_for_silence_as_well(cast):
    doses = prescribe_daily(cast, days=20)
    mark(cast.amina, doses[-1], "taken")
    walk_days(cast.amina, first=0, steps=[7000])
    refresh(cast.amina, now=NINE)
    nudge(cast.amina)
    said = spoken(cast.amina, now=NINE + timedelta(hours=3))
    nudge(cast.amina, NINE + timedelta(hours=4))
    assert not Nudge.objects.exclude(outcome_at=None).exists()
    nudge(cast.amina, NINE + DAY)
    closed = Nudge.objects.filter(decided_at__lt=NINE + timedelta(hours=4))
    assert closed.count() >= 2
    for one in closed:
        assert (one.outcome["steps"], one.outcome["doses_taken_percent"]) == (7000, 100)
        assert one.outcome["opened"] is (None if one.arm == SAY_NOTHING else False)
    assert Nudge.objects.get(pk=said.pk).outcome_at == NINE + DAY


def test_one_that_was_opened_counts_as_opened(cast):
    made = spoken(cast.amina)
    Notice.objects.create(
        patient_id=cast.amina.id,
        bucket=0,
        revision=999,
        key=made.notice_key,
        template="message",
        due_at=NINE,
        title="t",
        body="b",
        lock_screen="l",
        state="opened",
        told_at=NINE,
        opened_at=NINE + timedelta(minutes=3),
    )
    nudge(cast.amina, NINE + DAY)
    made.refresh_from_db()
    assert made.outcome["opened"] is True
    latest = Nudge.objects.filter(point="2026-11-24 morning").get()
    assert latest.context["last_opened"] is True


def test_advice_starts_the_clock_of_nudges(cast):
    refresh(cast.amina)
    advise(cast.amina)
    line = Line.objects.get(patient=cast.amina.id, kind="guidance.nudge")
    assert line.due_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert line.due_at > NOW

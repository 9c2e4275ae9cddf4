"""Advice: said when findings say so, answered, withdrawn when they clear, quiet for its time."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from backend.core.problems import Invalid, NotFound
from backend.guidance import queries
from backend.guidance.actions import record_advice_event
from backend.guidance.models import Advice
from backend.notices.models import Delivery, Occurrence
from backend.patients.access import Category
from backend.patients.models import Patient
from backend.wire.messages import AdviceEvent
from tests.insights.measured import advise, refresh, walk_days, wear_glucose
from tests.people import NOW, chart

FALLING = [9000 - 150 * n for n in range(28)]
DAY = timedelta(days=1)
MEAL = [60, 60, 300, 300, 110, 100]  # low, high and swinging


def advised(who, *, now=NOW):
    refresh(who, now=now)
    advise(who, now=now)
    return {a.rule: a for a in queries.standing_advice(chart(who, who, Category.INSIGHTS, now=now))}


def answer(who, advice_id, status, *, reason="", now=NOW):
    opened = chart(who, who, Category.INSIGHTS, change=True, now=now)
    event = AdviceEvent(id=uuid4(), at=now, advice=advice_id, status=status, reason=reason)
    record_advice_event(opened, event, now=now)


def state_of(advice):
    return Advice.objects.get(pk=advice.pk).state


def born(who, day):
    Patient.objects.filter(pk=who.id).update(birth_date=day)


def test_a_fall_in_steps_is_said_once_with_why_and_source(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    assert said.title == "You walk less than before"
    assert "28 days" in said.why
    assert "https://www.who.int/" in said.source
    assert (said.state, said.rule_version) == ("open", 1)
    finding = refresh(cast.amina)["activity.trend"]
    assert said.findings == [finding.id]
    assert advised(cast.amina)["steps_falling"].id == said.id
    assert Advice.objects.filter(patient=cast.amina.id).count() == 1


def test_it_leaves_one_notice_after_the_quiet_hours(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    at_four = datetime(2026, 11, 23, 3, tzinfo=UTC)  # in Berlin, quiet until eight
    said = advised(cast.amina, now=at_four)["steps_falling"]
    left = Occurrence.objects.get(patient=cast.amina.id)
    assert left.key == f"advice:{said.id}"
    assert left.due_at == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert left.values["title"] == said.title


def test_with_nothing_to_say_nothing_is_said(cast):
    walk_days(cast.amina, first=28, steps=[8000 + 100 * (n % 3) for n in range(28)])
    assert advised(cast.amina) == {}
    assert not Occurrence.objects.filter(patient=cast.amina.id).exists()


def test_it_is_withdrawn_when_the_finding_clears_and_its_notice_with_it(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    later = NOW + timedelta(hours=2)
    walk_days(cast.amina, first=28, steps=[9000] * 28, now=later)  # the phone counted anew
    assert advised(cast.amina, now=later) == {}
    said.refresh_from_db()
    assert (said.state, said.state_at) == ("withdrawn", later)
    assert Delivery.objects.get(pk=said.notice_key).outcome == "cancelled"


def test_what_was_declined_does_not_come_back_before_its_quiet_period_is_over(cast):
    wear_glucose(cast.amina, first=5, days=5, mg_dl=[110])
    said = advised(cast.amina)["wear_sensor"]
    answer(cast.amina, said.id, "declined", reason="It itches")
    assert advised(cast.amina) == {}
    for days, expected in ((10, set()), (13, set()), (15, {"wear_sensor"})):
        now = NOW + days * DAY
        wear_glucose(cast.amina, first=3 - days, days=3, mg_dl=[110], now=now)
        assert set(advised(cast.amina, now=now)) == expected
    assert state_of(said) == "declined"
    assert said.answers.get().reason == "It itches"


@pytest.mark.parametrize(
    ("answers", "ends"),
    [
        (["accepted"], "accepted"),
        (["accepted", "done"], "done"),
        (["declined", "done"], "done"),
        (["done", "declined"], "done"),
        (["declined", "accepted"], "accepted"),
    ],
)
def test_answers_move_it_on_and_done_is_final(cast, answers, ends):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    for n, status in enumerate(answers):
        answer(cast.amina, said.id, status, now=NOW + timedelta(minutes=n))
    assert state_of(said) == ends
    assert [a.status for a in said.answers.order_by("recorded_at")] == answers


def test_accepted_advice_stands_and_is_not_said_again(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    answer(cast.amina, said.id, "accepted")
    assert advised(cast.amina)["steps_falling"].id == said.id


def test_an_answer_that_comes_after_the_withdrawal_still_counts(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    walk_days(cast.amina, first=28, steps=[9000] * 28, now=NOW + DAY)
    advised(cast.amina, now=NOW + DAY)
    answer(cast.amina, said.id, "done", now=NOW + DAY)
    assert state_of(said) == "done"


def test_answers_are_numbered_for_the_phone(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    answer(cast.amina, said.id, "accepted")
    opened = chart(cast.amina, cast.amina, Category.INSIGHTS)
    (row,) = queries.changed_since(opened, after=said.revision, limit=10)
    assert (row.id, row.state) == (said.id, "accepted")
    assert row.revision <= chart(cast.amina, cast.amina).patient.revision
    assert queries.changed_since(opened, after=row.revision, limit=10) == []


def test_nobody_answers_for_another_patient(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    for unknown in (said.id, UUID(int=7)):
        with pytest.raises(Invalid) as refused:
            answer(cast.stranger, unknown, "done")
        assert [(e.field, e.code) for e in refused.value.errors] == [
            ("advice", "unknown_reference")
        ]
    assert state_of(said) == "open"


def test_a_reason_without_end_is_refused(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    with pytest.raises(Invalid):
        answer(cast.amina, said.id, "declined", reason="x" * 501)
    assert state_of(said) == "open"


def test_two_patients_events_may_bear_the_same_id(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    walk_days(cast.stranger, first=28, steps=FALLING)
    same = uuid4()
    for who in (cast.amina, cast.stranger):
        said = advised(who)["steps_falling"]
        opened = chart(who, who, Category.INSIGHTS, change=True)
        event = AdviceEvent(id=same, at=NOW, advice=said.id, status="done")
        record_advice_event(opened, event, now=NOW)
        assert state_of(said) == "done"


def test_reading_a_chart_is_not_enough_to_answer(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    event = AdviceEvent(id=uuid4(), at=NOW, advice=said.id, status="done")
    with pytest.raises(NotFound):
        record_advice_event(chart(cast.amina, cast.amina), event, now=NOW)


def test_clinical_rules_go_as_a_whole_and_take_their_advice_along(cast, settings):
    born(cast.amina, date(1960, 1, 1))
    wear_glucose(cast.amina, first=14, days=14, mg_dl=MEAL)
    settings.EVENKEEL_CLINICAL_RULES = True
    assert set(advised(cast.amina)) == {
        "glucose_low",
        "glucose_very_high",
        "glucose_out_of_range",
    }
    settings.EVENKEEL_CLINICAL_RULES = False
    assert advised(cast.amina) == {}


def test_rules_for_adults_are_not_said_where_the_age_is_unknown(cast):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=MEAL)
    assert advised(cast.amina) == {}


def test_at_most_three_stand_and_the_next_waits_for_room(cast):
    born(cast.amina, date(1960, 1, 1))
    wear_glucose(cast.amina, first=14, days=14, mg_dl=MEAL)
    walk_days(cast.amina, first=28, steps=FALLING)
    first = advised(cast.amina)
    assert set(first) == {
        "glucose_low",
        "glucose_very_high",
        "glucose_out_of_range",
    }
    answer(cast.amina, first["glucose_very_high"].id, "done")
    assert "glucose_swings" in advised(cast.amina)


def test_over_http_the_patient_and_her_clinician_read_it(cast, client):
    walk_days(cast.amina, first=28, steps=FALLING)
    said = advised(cast.amina)["steps_falling"]
    reply = client.get("/api/v1/advice", **cast.amina.bearer)
    assert reply.status_code == 200
    (row,) = reply.json()["results"]
    assert (row["id"], row["state"], row["rule"]) == (str(said.id), "open", "steps_falling")
    client.force_login(cast.bo.user)
    assert client.get(f"/api/v1/advice?patient={cast.amina.id}").json()["results"] == [row]
    client.force_login(cast.operator.user)
    assert client.get(f"/api/v1/advice?patient={cast.amina.id}").status_code == 404

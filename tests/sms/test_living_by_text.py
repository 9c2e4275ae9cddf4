"""A patient without a smartphone, from the nurse's form to STOP, over real HTTP both ways."""

from datetime import timedelta

from backend.accounts.models import Mobile
from backend.ledger.queries import entries_of
from backend.notices.models import Delivery, Occurrence
from backend.patients.access import Category, Purpose
from backend.patients.actions import give_grant, join_team
from backend.regimens.queries import unanswered
from backend.sms.actions import enrol_carer
from tests.people import NOW, Cast, Person, chart
from tests.sms.people import NUMBER, Gateway, clock_in, due, latest_dose, moment, texter

CARLA = "+254722345678"


def care_by_text(cast: Cast, who: Person) -> None:
    """Carla cares for this patient, may see her medicines, and has told her number."""
    team = chart(cast.bo, who, change=True)
    join_team(team, cast.carla.user, now=NOW)
    give_grant(
        team,
        recipient=str(cast.carla.user.id),
        categories=frozenset({Category.MEDICINES}),
        purpose=Purpose.FAMRQT,
        now=NOW,
    )
    enrol_carer(team, cast.carla.user.id, CARLA, now=NOW)


def outcome(key: str) -> str:
    return str(Delivery.objects.get(pk=key).outcome)


def test_from_the_nurse_s_form_to_a_dose_taken(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    (asked,) = gateway.pump()
    assert "Answer YES" in asked
    due(cast, who, minutes_ago=9, medicine="Aspirin")
    assert gateway.pump() == []  # she has not agreed: nothing but the question was sent
    assert "We text you when it is time" in gateway.text("Yes!")
    at = moment(minutes=2)
    regimen = due(cast, who, at=at, escalation={"sms": 30, "caregiver": 40, "team": 50})
    other = due(cast, who, at=at, medicine="Lisinopril")
    (reminder,) = gateway.pump()
    assert reminder.startswith("Evenkeel: It is ")
    assert reminder.endswith("time for your medicine. Answer 1 taken, 2 skip, 3 later.")
    assert gateway.receiver.taken[-1]["to"] == NUMBER
    dose = latest_dose(regimen)
    answer = gateway.text("1.")
    assert answer == f"Thank you. 2 doses of {clock_in(reminder)} are noted as taken."
    assert {latest_dose(one).status for one in (regimen, other)} == {"taken"}
    assert [outcome(f"{dose.key}:{step}") for step in ("sms", "caregiver", "team")] == [
        "cancelled"
    ] * 3
    assert gateway.pump() == []
    entry = entries_of(who.id).filter(subject="text message").latest("pk")
    assert (entry.actor_name, entry.deed) == ("Wanjiru", "change")


def test_without_an_answer_it_climbs_to_the_caregiver_and_the_team(
    cast: Cast, gateway: Gateway
) -> None:
    who = texter(cast)
    care_by_text(cast, who)
    gateway.text("yes")
    assert "the person you care for" in gateway.text("YES", number=CARLA)
    gateway.pump()
    regimen = due(cast, who, minutes_ago=20, escalation={"sms": 5, "caregiver": 10, "team": 15})
    gateway.pump()
    sent = [(one["to"], one["message"]) for one in gateway.receiver.taken]
    assert sorted(to for to, _ in sent) == [NUMBER, NUMBER, CARLA]
    words = [text for _, text in sent]
    assert any("You have not answered about your medicine" in text for text in words)
    assert not any("Metformin" in text or "Wanjiru" in text for text in words)
    (told,) = unanswered([who.id], since=moment(days=1))
    assert told.medicine == "Metformin"
    assert "1 dose of" in gateway.text("2")
    assert latest_dose(regimen).status == "skipped"
    assert unanswered([who.id], since=moment(days=1)) == []


def test_later_texts_again_and_the_prescriber_s_limit_ends_it(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    gateway.text("yes")
    gateway.pump()
    regimen = due(
        cast, who, minutes_ago=5, snooze_minutes=5, most_snoozes=1, escalation={"team": 30}
    )
    gateway.pump()
    dose = latest_dose(regimen)
    before = Delivery.objects.filter(pk=f"{dose.key}:team").count()
    assert before == 0
    assert "We text you again at" in gateway.text("later please")
    assert gateway.pump() == []  # not yet
    go_on(f"{dose.key}:again1")
    (again,) = gateway.pump()
    assert again == "Evenkeel: Here again: time for your medicine. Answer 1 taken, 2 skip, 3 later."
    assert "can not be put off again" in gateway.text("3")
    assert latest_dose(regimen).status == "snoozed"
    assert "noted as taken" in gateway.text("taken")


def test_an_answer_takes_back_the_text_that_later_left(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    gateway.text("yes")
    gateway.pump()
    dose = latest_dose(due(cast, who))
    gateway.pump()
    gateway.text("3")
    gateway.text("1")
    go_on(f"{dose.key}:again1")
    assert gateway.pump() == []
    assert outcome(f"{dose.key}:again1") == "cancelled"


def go_on(key: str) -> None:
    """What was left for later is due now."""
    Occurrence.objects.filter(pk=key).update(due_at=moment(seconds=1))


def test_stop_silences_everything_at_once_and_start_ends_it(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    gateway.text("yes")
    gateway.pump()
    due(cast, who, minutes_ago=20, escalation={"sms": 5})
    assert "no more texts" in gateway.text("STOP")
    assert gateway.pump() == []
    assert gateway.text("3") == ""
    assert gateway.text("hello?") == ""
    assert "Nobody reads your texts" in gateway.text("help")
    assert gateway.text("START").startswith("Texts are on")
    due(cast, who, medicine="Lisinopril")
    assert len(gateway.pump()) == 1
    mobile = Mobile.objects.get()
    assert mobile.takes_texts
    assert mobile.answered_at
    assert mobile.answered_at - mobile.agreed_at > timedelta(0)

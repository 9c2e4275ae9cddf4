"""What answers mean while this or that is open, and who is not answered."""

from datetime import timedelta

import pytest

from backend.accounts.actions import set_active
from backend.accounts.models import Mobile
from backend.core.problems import Conflict, Invalid, NotFound
from backend.notices.channels import external_channels
from backend.notices.gsm import parts, plain
from backend.notices.models import Delivery, Occurrence
from backend.notices.queries import dead_letters
from backend.regimens.models import DoseEventRow
from backend.sms.actions import drop_number, enrol_carer, enrol_number
from backend.sms.answering import MOST_AN_HOUR, MOST_HINTS_A_DAY
from backend.sms.models import Inbound
from backend.visits.actions import book_visit
from tests.notices.people import ListChannel, leave, let_leases_run_out
from tests.people import Cast, chart
from tests.sms.people import (
    NEVER_QUIET,
    NUMBER,
    Gateway,
    due,
    latest_dose,
    moment,
    new_sid,
    set_profile,
    texter,
)


def test_one_answers_what_was_texted_last(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    gateway.text("yes")
    gateway.pump()
    assert gateway.text("1") == "No reminder is open now. We text you when it is time."
    earlier = latest_dose(due(cast, who, minutes_ago=50, medicine="Aspirin"))
    gateway.pump()
    later = latest_dose(due(cast, who, minutes_ago=5))
    assert "1 dose of" in gateway.text("1")  # the later one was not texted yet
    earlier.refresh_from_db()
    later.refresh_from_db()
    assert (earlier.status, later.status) == ("taken", "due")
    gateway.pump()
    assert "1 dose of" in gateway.text("skip")
    later.refresh_from_db()
    assert later.status == "skipped"
    assert DoseEventRow.objects.filter(patient=who.id).count() == 2


def test_an_answer_a_day_late_is_not_recorded(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    gateway.text("yes")
    gateway.pump()
    dose = latest_dose(due(cast, who))
    gateway.pump()
    type(dose).objects.filter(pk=dose.pk).update(due_at=moment(hours=25))
    assert "too old to answer by text" in gateway.text("1")
    dose.refresh_from_db()
    assert dose.status == "due"


def test_names_go_into_texts_only_where_the_patient_lets_them_show(
    cast: Cast, gateway: Gateway
) -> None:
    who = texter(cast)
    gateway.text("yes")
    gateway.pump()
    set_profile(who, names_on_lock_screen=True)
    due(cast, who)
    due(cast, who, medicine="Lisinopril")
    texts = gateway.pump()
    assert sorted(text.split("time for ")[1].split(".")[0] for text in texts) == [
        "Lisinopril",
        "Metformin",
    ]


def test_who_has_a_phone_that_rings_is_texted_only_as_a_step(cast: Cast, gateway: Gateway) -> None:
    amina = cast.amina
    set_profile(amina, **NEVER_QUIET)
    enrol_number(chart(cast.bo, amina, change=True), NUMBER, now=moment())
    gateway.text("yes")
    gateway.pump()
    regimen = due(cast, amina, minutes_ago=10, escalation={"sms": 5})
    (text,) = gateway.pump()
    assert "You have not answered about your medicine" in text
    gateway.text("1")
    assert latest_dose(regimen).status == "taken"


def test_who_lives_by_text_is_not_pushed_at_nor_told_to_open_an_app(
    cast: Cast, gateway: Gateway
) -> None:
    who = texter(cast)
    gateway.text("yes")
    push = ListChannel("push")
    gateway.channels = [push, *external_channels()]
    regimen = due(cast, who, minutes_ago=10, escalation={"push": 5})
    leave(who, "advice:1", moment(seconds=1))
    soon = moment() + timedelta(days=1)
    book_visit(chart(cast.bo, who, change=True), starts_at=soon, reason="knee", now=moment())
    texts = sorted(gateway.pump())
    assert len(texts) == 2
    assert texts[0].startswith("Evenkeel: It is ")
    assert texts[1].startswith("Evenkeel: Your visit is booked: ")
    assert push.sent == []
    step = Delivery.objects.get(pk=f"{latest_dose(regimen).key}:push")
    assert (step.outcome, step.channel) == ("cancelled", "nobody")


def test_hints_end_after_a_few_and_a_flood_is_stopped(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    gateway.text("yes")
    answers = [gateway.text("I feel very bad today") for _ in range(MOST_HINTS_A_DAY + 2)]
    assert [bool(answer) for answer in answers] == [True] * MOST_HINTS_A_DAY + [False] * 2
    assert "+254 20 1234567" in answers[0]
    assert "emergency" in answers[0]
    rows = [
        Inbound(sid=new_sid(), user=who.user, understood="taken", received_at=moment())
        for _ in range(MOST_AN_HOUR)
    ]
    Inbound.objects.bulk_create(rows)
    answer = gateway.post({"From": NUMBER, "Body": "1", "MessageSid": new_sid()})
    assert answer.status_code == 429
    assert "no more texts" in gateway.text("stop")


def test_before_yes_nothing_is_agreed(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    for body in ("taken", "3", "what is this", "b"):
        assert gateway.text(body) in ("Answer YES to get reminders by text, STOP to refuse.", "")
    assert Mobile.objects.get().is_asked
    assert "no more texts" in gateway.text("NO")
    assert gateway.text("1") == ""
    assert gateway.pump() == []
    assert gateway.text("start").startswith("Texts are on")
    enrol_number(chart(cast.bo, who, change=True), NUMBER, now=moment())
    assert "We text you when it is time" in gateway.text("1")


def test_two_people_cannot_share_a_number(cast: Cast, gateway: Gateway) -> None:
    texter(cast)
    other = texter(cast, asked=False)
    with pytest.raises(Conflict, match="Another person here has this number"):
        enrol_number(chart(cast.bo, other, change=True), NUMBER, now=moment())
    gateway.text("stop")  # given up by its first owner, it may become another's
    enrol_number(chart(cast.bo, other, change=True), NUMBER, now=moment())
    assert "We text you" in gateway.text("yes")
    assert Mobile.objects.get(user=other.user).takes_texts


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0712 345678", "country code"),
        ("call me", "country code"),
        ("+254 7", "country code|no such number"),
        ("+999 712345678", "country code"),
        ("+49 30 12345678", "not a mobile"),
        ("+44 7700 900123", "no such number"),
        ("", "country code"),
    ],
)
def test_a_number_that_is_none_is_refused(
    cast: Cast, gateway: Gateway, number: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        enrol_number(chart(cast.bo, cast.amina, change=True), number, now=moment())
    assert any(word in refused.value.errors[0].detail for word in words.split("|"))
    assert not Mobile.objects.exists()


def test_where_no_gateway_is_set_up_no_number_is_taken(cast: Cast) -> None:
    with pytest.raises(Conflict, match="not set up here"):
        enrol_number(chart(cast.bo, cast.amina, change=True), NUMBER, now=moment())


def test_only_her_own_caregivers_are_written_down(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    with pytest.raises(NotFound):
        enrol_carer(
            chart(cast.bo, who, change=True), cast.carla.user.id, "+254722345678", now=moment()
        )
    drop_number(chart(cast.bo, who, change=True))
    assert gateway.text("1") == ""
    with pytest.raises(Conflict):
        drop_number(chart(cast.bo, who, change=True))


def test_a_caregiver_s_words_do_nothing(cast: Cast, gateway: Gateway) -> None:
    hers = chart(cast.bo, cast.amina, change=True)
    enrol_carer(hers, cast.carla.user.id, NUMBER, now=moment())
    assert "the person you care for" in gateway.text("yes")
    assert "You need not answer" in gateway.text("1")
    assert "no more texts" in gateway.text("stop")
    set_active(cast.carla.user, is_active=False)
    assert gateway.text("help") == ""


def test_a_gateway_that_is_down_is_tried_again_and_then_seen(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    gateway.text("yes")
    gateway.pump()
    dose = latest_dose(due(cast, who))
    gateway.receiver.status = 503
    assert gateway.pump() == []
    assert gateway.text("1").startswith("No reminder is open")  # she was not reached
    gateway.receiver.status = 200
    let_leases_run_out()
    assert len(gateway.pump()) == 1
    assert Delivery.objects.get(pk=dose.key).outcome == "sent"
    gateway.receiver.status = 503
    other = latest_dose(due(cast, who, medicine="Lisinopril", minutes_ago=2))
    for _ in range(10):
        gateway.pump()
        let_leases_run_out()
    assert [letter.key for letter in dead_letters()] == [other.key]


def test_the_first_text_waits_for_the_end_of_quiet_hours(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast, asked=False)
    local = moment() + timedelta(hours=3)  # Nairobi
    set_profile(
        who,
        quiet_from=(local - timedelta(hours=1)).time(),
        quiet_until=(local + timedelta(hours=1)).time(),
    )
    enrol_number(chart(cast.bo, who, change=True), NUMBER, now=moment())
    assert gateway.pump() == []
    asked = Occurrence.objects.get(template="sms_ask")
    assert timedelta(minutes=50) < asked.due_at - moment() <= timedelta(minutes=61)


def test_letters_that_every_phone_has() -> None:
    assert plain(
        "Às 8:00 – está bem… «œuf» ñ ü é ’"
    ) == 'às 8:00 - esta bem... "oeuf" ñ ü é \''.replace("às", "As")
    assert plain("日本") == "日本"
    assert [parts("a" * n) for n in (0, 160, 161, 306, 307)] == [1, 1, 2, 2, 3]
    assert [parts("€" * n) for n in (80, 81)] == [1, 2]
    assert [parts("ж" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]

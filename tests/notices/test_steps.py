"""The steps that follow on an unanswered notice: to whom, by what, once, and not for ever."""

from datetime import timedelta

import pytest

from backend.notices.actions import resume, settle
from backend.notices.models import Delivery, Notice
from backend.notices.pump import Pump
from backend.patients.access import Category, Purpose
from backend.patients.actions import give_grant, leave_team, withdraw_grant
from backend.patients.models import Grant
from tests.notices.people import ListChannel, leave, let_leases_run_out, moment
from tests.people import NOW, Cast, chart

DRUG = {"medicine": "Metformin", "dose": "500 mg", "instructions": ""}
TEMPLATES = {"push": "dose_unanswered", "sms": "dose_unanswered", "caregiver": "dose_caregiver"}


def leave_step(cast: Cast, step: str, **more: object) -> None:
    template = TEMPLATES.get(step, "dose_team")
    leave(
        cast.amina,
        f"rem:1:{step}",
        moment(seconds=1),
        channel=step,
        template=template,
        values=DRUG,
        **more,
    )


def ways() -> tuple[ListChannel, ListChannel]:
    return ListChannel("push"), ListChannel("text", "sms")


def outcome(step: str) -> tuple[str, str]:
    delivery = Delivery.objects.get(pk=f"rem:1:{step}")
    return delivery.outcome, delivery.channel


def may_see(cast: Cast) -> None:
    give_grant(
        chart(cast.amina, cast.amina, change=True),
        recipient=str(cast.carla.user.id),
        categories=frozenset({Category.MEDICINES}),
        purpose=Purpose.FAMRQT,
        now=NOW,
    )


def test_push_and_text_go_their_own_ways_without_a_card_or_a_name(cast: Cast) -> None:
    push, text = ways()
    leave_step(cast, "push")
    leave_step(cast, "sms")
    Pump([push, text]).round()
    assert [m.key for m in push.sent] == ["rem:1:push"]
    assert [m.key for m in text.sent] == ["rem:1:sms"]
    assert {m.recipient for m in [*push.sent, *text.sent]} == {cast.amina.id}
    assert "Metformin" not in push.sent[0].text
    assert not Notice.objects.exists()
    assert (outcome("push"), outcome("sms")) == (("sent", "push"), ("sent", "text"))
    Pump([push, text]).round()
    assert (len(push.sent), len(text.sent)) == (1, 1)


def test_a_caregiver_is_told_only_with_consent_and_only_what_is_needed(cast: Cast) -> None:
    push, text = ways()
    leave_step(cast, "caregiver")
    Pump([push, text]).round()
    assert outcome("caregiver") == ("cancelled", "nobody")
    Delivery.objects.all().delete()
    may_see(cast)
    Pump([push, text], sweep_s=0).round()
    assert [m.recipient for m in push.sent] == [m.recipient for m in text.sent]
    assert push.sent[0].recipient == cast.carla.user.id
    assert "Metformin" not in push.sent[0].text
    assert "Amina" not in push.sent[0].text
    tail = cast.carla.user.id.hex[-12:]
    assert Delivery.objects.get().reached == [f"push:{tail}", f"text:{tail}"]


@pytest.mark.parametrize("ends", ["consent", "membership"])
def test_a_caregiver_of_yesterday_hears_nothing(cast: Cast, ends: str) -> None:
    push, _ = ways()
    may_see(cast)
    hers = chart(cast.bo, cast.amina, Category.PROFILE, change=True)
    if ends == "consent":
        given = Grant.objects.get(recipient=str(cast.carla.user.id))
        withdraw_grant(hers, given.id, now=NOW + timedelta(hours=1))
    else:
        leave_team(hers, cast.carla.user, now=NOW + timedelta(hours=1))
    leave_step(cast, "caregiver")
    Pump([push]).round()
    assert push.sent == []


def test_a_way_that_cannot_name_its_recipient_reaches_no_caregiver(cast: Cast) -> None:
    push, _ = ways()
    push.names_recipient = False
    may_see(cast)
    leave_step(cast, "caregiver")
    Pump([push]).round()
    assert push.sent == []


def test_the_team_reads_a_row_and_nothing_is_sent(cast: Cast) -> None:
    push, text = ways()
    leave_step(cast, "team")
    Pump([push, text]).round()
    assert outcome("team") == ("sent", "team")
    assert not push.sent
    assert not text.sent


def test_without_a_way_it_ends_there_and_is_no_dead_letter(cast: Cast) -> None:
    leave_step(cast, "sms")
    Pump([]).round()
    assert outcome("sms") == ("cancelled", "nobody")


def test_what_one_took_is_not_sent_to_it_again(cast: Cast) -> None:
    push, text = ways()
    may_see(cast)
    text.refuses = True
    leave_step(cast, "caregiver")
    pump = Pump([push, text])
    for refuses in (True, False):
        text.refuses = refuses
        pump.round()
        let_leases_run_out()
    pump.round()
    assert (len(push.sent), len(text.sent)) == (1, 1)


def test_an_answer_stops_it_and_it_can_be_said_after_all(cast: Cast) -> None:
    push, _ = ways()
    hers = chart(cast.amina, cast.amina, change=True)
    leave_step(cast, "push")
    settle(hers, "rem:1:push")
    Pump([push]).round()
    assert push.sent == []
    resume(chart(cast.stranger, cast.stranger, change=True), "rem:1:push")
    Pump([push], sweep_s=0).round()
    assert push.sent == []
    resume(hers, "rem:1:push")
    Pump([push], sweep_s=0).round()
    assert len(push.sent) == 1
    settle(hers, "rem:1:push")
    resume(hers, "rem:1:push")  # it was said: never again
    Pump([push], sweep_s=0).round()
    assert len(push.sent) == 1


def test_too_late_it_is_noted_and_not_said(cast: Cast) -> None:
    push, _ = ways()
    leave(
        cast.amina,
        "rem:1:push",
        moment(hours=3),
        channel="push",
        template="dose_unanswered",
        values=DRUG,
        grace=timedelta(hours=1),
    )
    Pump([push]).round()
    assert push.sent == []
    assert outcome("push")[0] == "late_not_sent"
    assert not Notice.objects.exists()

"""A questionnaire by text: one question a day, beside reminders, to the score on the desk."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.core.problems import Conflict, Invalid
from backend.notices.models import Occurrence
from backend.sms.actions import assign_survey, end_survey
from backend.sms.models import TextSurvey
from backend.sms.queries import survey_by_text
from backend.surveys.models import Response
from backend.surveys.queries import responses
from tests.people import Cast, Person, chart
from tests.sms.people import Gateway, due, moment, texter

NAIROBI = ZoneInfo("Africa/Nairobi")


def asked(cast: Cast, gateway: Gateway, survey: str = "gad-7", language: str = "en") -> Person:
    """She takes texts, and the first question has come."""
    who = texter(cast, language=language)
    gateway.text("1")
    assign_survey(chart(cast.bo, who, change=True), survey, now=moment())
    assert len(gateway.pump()) == 1
    return who


def a_day_goes_by(who: Person) -> None:
    """The question of tomorrow is due now."""
    asking = TextSurvey.objects.get(patient=who.id, ended_at=None)
    at = moment(seconds=1)
    Occurrence.objects.filter(pk=f"sms:survey:{asking.id}:{asking.asked}").update(due_at=at)
    TextSurvey.objects.filter(pk=asking.pk).update(ask_at=at)


def test_one_question_a_day_until_the_score_stands_on_the_desk(
    cast: Cast, gateway: Gateway
) -> None:
    who = asked(cast, gateway)
    assert gateway.receiver.texts[-1] == (
        "Evenkeel: In the last 2 weeks, how often: Feeling nervous, anxious or on edge?"
        " Answer A not at all, B several days, C more than half the days, D nearly every day."
    )
    letters = ["B", "c.", "Nearly every day", " a ", "b", "B 😀", "C"]
    for number, letter in enumerate(letters, 1):
        answer = gateway.text(letter)
        left = len(letters) - number
        if left:
            assert answer.startswith(f"Noted. {left} question")
            assert gateway.pump() == []  # not before tomorrow
            assert "No question is open" in gateway.text("D")
            ahead = TextSurvey.objects.get().ask_at
            local = ahead.astimezone(NAIROBI)
            assert (local.hour, local.minute) == (10, 0)
            assert local.date() == (moment().astimezone(NAIROBI) + timedelta(days=1)).date()
            a_day_goes_by(who)
            assert len(gateway.pump()) == 1
    assert answer == "Thank you, that was the last question. Your care team sees the answers."
    (response,) = responses(chart(cast.bo, who))
    assert response.answers == {"q1": 1, "q2": 2, "q3": 3, "q4": 0, "q5": 1, "q6": 1, "q7": 2}
    assert (response.survey, response.score) == ("gad-7", 10)
    assert survey_by_text(chart(cast.bo, who)) is None
    assert gateway.pump() == []


def test_an_answer_that_needs_a_person_is_told_so_and_seen_at_once(
    cast: Cast, gateway: Gateway
) -> None:
    who = asked(cast, gateway, "phq-9", language="sw")
    TextSurvey.objects.update(answers={f"q{n}": 0 for n in range(1, 9)})
    answer = gateway.text("b")
    assert "nambari ya dharura" in answer
    response = Response.objects.get(patient=who.id)
    assert (response.score, response.needs_eyes) == (1, True)


def test_a_question_and_a_reminder_may_be_open_at_once(cast: Cast, gateway: Gateway) -> None:
    who = asked(cast, gateway)
    due(cast, who)
    gateway.pump()
    assert gateway.text("A").startswith("Noted. 6 questions")
    assert "1 dose of" in gateway.text("1")
    a_day_goes_by(who)
    gateway.pump()
    assert gateway.text("2").startswith("Answer A not at all")  # no dose is open, a question is
    assert TextSurvey.objects.get().answers == {"q1": 0}


def test_no_answer_gets_the_choices_once_and_the_question_once_more(
    cast: Cast, gateway: Gateway
) -> None:
    who = asked(cast, gateway)
    assert gateway.text("sometimes").startswith("Answer A not at all")
    assert "did not understand" in gateway.text("e")
    asking = TextSurvey.objects.get()
    first = f"sms:survey:{asking.id}:1"
    repeat = Occurrence.objects.get(pk=f"{first}:again")
    local = repeat.due_at.astimezone(NAIROBI)
    assert (local.hour, local.date()) == (
        10,
        (moment().astimezone(NAIROBI) + timedelta(days=1)).date(),
    )
    Occurrence.objects.filter(pk=repeat.pk).update(due_at=moment(seconds=1))
    (again,) = gateway.pump()
    assert again == gateway.receiver.texts[0]
    shown = survey_by_text(chart(cast.bo, who))
    assert shown is not None
    assert (shown.answered, shown.questions) == (0, 7)
    gateway.text("a")
    assert gateway.pump() == []


def test_stop_pauses_and_start_asks_again(cast: Cast, gateway: Gateway) -> None:
    who = asked(cast, gateway)
    gateway.text("stop")
    assert gateway.text("a") == ""
    a_day_goes_by(who)
    assert gateway.pump() == []
    gateway.text("start")
    a_day_goes_by(who)
    (again,) = gateway.pump()
    assert "Feeling nervous" in again
    assert gateway.text("a").startswith("Noted")


def test_one_at_a_time_known_ones_and_only_by_who_may(cast: Cast, gateway: Gateway) -> None:
    who = asked(cast, gateway)
    hers = chart(cast.bo, who, change=True)
    with pytest.raises(Conflict):
        assign_survey(hers, "phq-9", now=moment())
    end_survey(hers, now=moment())
    assert "No question is open" in gateway.text("a")
    with pytest.raises(Conflict):
        end_survey(hers, now=moment())
    with pytest.raises(Invalid):
        assign_survey(hers, "phq-99", now=moment())
    with pytest.raises(Conflict, match="takes no texts"):
        assign_survey(chart(cast.bo, cast.amina, change=True), "phq-9", now=moment())
    assert not Response.objects.filter(patient=who.id).exists()

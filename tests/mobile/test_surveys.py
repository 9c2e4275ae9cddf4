"""Questionnaires on the phone: one question at a time, kept after each answer, sent whole."""

from datetime import timedelta
from typing import Any

import pytest

from mobile.presenters import surveys as asking
from mobile.presenters.shapes import Card, Tone
from mobile.store import outbox
from mobile.store.database import keep_setting
from mobile.sync import surveys, wishes
from mobile.sync.surveys import Form
from mobile.words import load
from tests.mobile import house
from tests.mobile.house import FORM
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

WORDS = load("en")


@pytest.fixture
def asked(phone: Phone) -> Phone:
    """A phone that knows one questionnaire."""
    keep_setting(phone.db, f"known:{wishes.FORMS}", {"results": [FORM, {"code": "newer"}]})
    give(phone, profile=[house.profile()])
    return phone


def form(phone: Phone) -> Form:
    (found,) = surveys.forms(phone.db)
    return found


def state(phone: Phone, open_form: str = "", place: int = 0) -> asking.SurveysState:
    now = phone.clock()
    return asking.present(
        asking.read(phone.db, now=now), words=WORDS, now=now, open_form=open_form, place=place
    )


def say(phone: Phone, item: str, choice: int) -> None:
    surveys.keep_answer(phone.db, "phq-2", item, choice, now=phone.clock())


def cards(phone: Phone) -> list[Card]:
    return [card for section in state(phone).sections for card in section.cards]


def test_before_the_server_has_told_there_is_none(phone: Phone) -> None:
    assert surveys.forms(phone.db) == []
    assert state(phone).empty == "There is no survey yet. Go online once."


def test_one_question_at_a_time_with_the_choice_made_before(asked: Phone) -> None:
    first = state(asked, "phq-2", 0).asking
    assert first is not None
    assert (first.title, first.text) == ("Question 1 of 2", FORM["items"][0]["text"])
    assert [option.label for option in first.options] == FORM["choices"]
    say(asked, "q1", 2)
    again = state(asked, "phq-2", 0).asking
    assert again is not None
    assert [option.value for option in again.options if option.chosen] == ["2"]


def test_half_way_is_kept_over_a_kill_and_goes_on_there(asked: Phone) -> None:
    assert cards(asked)[0].when == "Not answered yet"
    say(asked, "q1", 1)
    asked.killed()
    (card,) = cards(asked)
    assert (card.when, card.tone) == ("You are at 1 of 2", Tone.DUE)
    assert [choice.deed.kind for choice in card.choices] == ["answer", "start_over"]
    answers = surveys.draft(asked.db, "phq-2", now=asked.clock())
    assert asking.first_open(form(asked), answers) == 1


def test_a_draft_of_the_day_before_starts_over(asked: Phone) -> None:
    say(asked, "q1", 1)
    asked.clock.move(hours=25)
    assert surveys.draft(asked.db, "phq-2", now=asked.clock()) == {}
    say(asked, "q2", 0)
    assert surveys.draft(asked.db, "phq-2", now=asked.clock()) == {"q2": 0}


def test_only_a_whole_one_is_sent_and_once(asked: Phone) -> None:
    say(asked, "q1", 3)
    assert surveys.send(asked.db, form(asked), now=asked.clock()) is None
    say(asked, "q2", 0)
    assert surveys.send(asked.db, form(asked), now=asked.clock()) is not None
    assert surveys.send(asked.db, form(asked), now=asked.clock()) is None
    (event,) = outbox.local_events(asked.db, "survey")
    assert (event.body["survey"], event.body["answers"]) == ("phq-2", {"q1": 3, "q2": 0})


@pytest.mark.parametrize(
    ("choice", "tone", "says"), [(0, Tone.DUE, "You can"), (1, Tone.TROUBLE, "You do not")]
)
def test_what_must_be_said_at_once_is_said_without_a_network(
    asked: Phone, choice: int, tone: Tone, says: str
) -> None:
    say(asked, "q1", 0)
    say(asked, "q2", choice)
    ((last,),) = (section.cards for section in state(asked, "phq-2", 2).sections)
    assert last.tone == tone
    assert last.body.startswith(says)
    thanks = asking.thanks(form(asked).alarm({"q1": 0, "q2": choice}), WORDS)
    assert thanks.tone == tone


def test_the_past_shows_scores_and_what_waits(asked: Phone) -> None:
    row: dict[str, Any] = {
        "id": house.id_of("a"), "survey": "phq-2", "score": 4, "meaning": "Mild signs.",
        "answered_at": house.iso(START - timedelta(days=9)),
    }  # fmt: skip
    give(asked, surveys=[row])
    say(asked, "q1", 0)
    say(asked, "q2", 0)
    event = surveys.send(asked.db, form(asked), now=asked.clock())
    ask, waits, old = cards(asked)
    assert ask.when == "Last time: Today, 10:00"
    assert (waits.body, old.body, old.small) == ("Waits to be sent.", "Score: 4", "Mild signs.")
    asked.db.execute("UPDATE item SET state = 'acknowledged'")
    assert cards(asked)[1].body == "Sent. The score will come soon."
    give(asked, surveys=[row | {"id": str(event), "answered_at": house.iso(START), "score": 0}])
    assert [card.body for card in cards(asked)[1:]] == ["Score: 0", "Score: 4"]

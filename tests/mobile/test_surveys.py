"""Questionnaires on the phone: one question at a time, kept after each answer, sent whole."""

from datetime import timedelta
from typing import Any

import pytest

from backend.wire.questionnaire import Questionnaire
from mobile.presenters import answering
from mobile.presenters import surveys as asking
from mobile.presenters.answering import Unreadable
from mobile.presenters.shapes import Card, Choosing, Tone, Typing
from mobile.store import outbox
from mobile.store.database import keep_setting
from mobile.sync import surveys, wishes
from mobile.words import load
from tests.mobile import house
from tests.mobile.house import FEET, FEET_FORM, FORM, PHQ_2
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

WORDS = load("en")


@pytest.fixture
def asked(phone: Phone) -> Phone:
    """A phone that knows one questionnaire, and one of a kind that it does not."""
    know(phone, FORM, {"code": "newer"})
    give(phone, profile=[house.profile()])
    return phone


def know(phone: Phone, *told: dict[str, Any]) -> None:
    keep_setting(phone.db, f"known:{wishes.FORMS}", {"results": list(told)})


def state(phone: Phone, form: str = "", place: str = asking.END) -> asking.SurveysState:
    now = phone.clock()
    facts = asking.read(phone.db, now=now)
    return asking.present(facts, words=WORDS, now=now, open_form=form, place=place)


def say(phone: Phone, item: str, answer: Any, form: Questionnaire = PHQ_2) -> None:
    surveys.keep_answer(phone.db, form.code, item, answer, now=phone.clock())


def draft(phone: Phone, form: Questionnaire = PHQ_2) -> surveys.Draft:
    return surveys.draft(phone.db, form.code, now=phone.clock())


def cards(phone: Phone) -> list[Card]:
    return [card for section in state(phone).sections for card in section.cards]


def test_before_the_server_has_told_there_is_none(phone: Phone) -> None:
    assert surveys.forms(phone.db) == []
    assert state(phone).empty == "There is no survey yet. Go online once."


def test_what_the_server_tells_is_what_is_asked_and_what_is_newer_is_left_out(asked: Phone) -> None:
    odd = FEET_FORM | {"questions": [FEET_FORM["questions"][0] | {"kind": "drawing"}]}
    know(asked, FORM, FEET_FORM, odd)
    assert surveys.forms(asked.db) == [PHQ_2, FEET]


def test_one_question_at_a_time_with_the_choice_made_before(asked: Phone) -> None:
    first = state(asked, "phq-2", "q1").asking
    assert isinstance(first, Choosing)
    assert (first.title, first.text) == ("Question 1 of 2", PHQ_2.questions[0].text)
    assert [option.label for option in first.options] == [o.text for o in house.OPTIONS]
    say(asked, "q1", 2)
    again = state(asked, "phq-2", "q1").asking
    assert isinstance(again, Choosing)
    assert [option.value for option in again.options if option.chosen] == ["2"]


def test_half_way_is_kept_over_a_kill_and_goes_on_there(asked: Phone) -> None:
    assert cards(asked)[0].when == "Not answered yet"
    say(asked, "q1", 1)
    asked.killed()
    (card,) = cards(asked)
    assert (card.when, card.tone) == ("You are at 1 of 2", Tone.DUE)
    assert [choice.deed.kind for choice in card.choices] == ["answer", "start_over"]
    assert asking.first_open(PHQ_2, draft(asked)) == "q2"


def test_a_draft_of_the_day_before_starts_over(asked: Phone) -> None:
    say(asked, "q1", 1)
    asked.clock.move(hours=25)
    assert not draft(asked).is_begun
    say(asked, "q2", 0)
    assert draft(asked).answers == {"q2": 0}


def test_only_a_whole_one_is_sent_and_once(asked: Phone) -> None:
    say(asked, "q1", 3)
    assert surveys.send(asked.db, PHQ_2, now=asked.clock()) is None
    say(asked, "q2", 0)
    assert surveys.send(asked.db, PHQ_2, now=asked.clock()) is not None
    assert surveys.send(asked.db, PHQ_2, now=asked.clock()) is None
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
    ((last,),) = (section.cards for section in state(asked, "phq-2").sections)
    assert last.tone == tone
    assert last.body.startswith(says)
    alarm = PHQ_2.reach_out if PHQ_2.is_alarm(draft(asked).answers) else ""
    assert asking.thanks(alarm, WORDS).tone == tone


def test_the_past_shows_scores_and_what_waits(asked: Phone) -> None:
    row: dict[str, Any] = {
        "id": house.id_of("a"), "survey": "phq-2", "score": 4, "meaning": "Mild signs.",
        "answered_at": house.iso(START - timedelta(days=9)),
    }  # fmt: skip
    give(asked, surveys=[row])
    say(asked, "q1", 0)
    say(asked, "q2", 0)
    event = surveys.send(asked.db, PHQ_2, now=asked.clock())
    ask, waits, old = cards(asked)
    assert ask.when == "Last time: Today, 10:00"
    assert (waits.body, old.body, old.small) == ("Waits to be sent.", "Score: 4", "Mild signs.")
    asked.db.execute("UPDATE item SET state = 'acknowledged'")
    assert cards(asked)[1].body == "Sent. The score will come soon."
    give(asked, surveys=[row | {"id": str(event), "answered_at": house.iso(START), "score": 0}])
    assert [card.body for card in cards(asked)[1:]] == ["Score: 0", "Score: 4"]


# --- skip logic, and questions of every kind ------------------------------------------------------


def test_an_answer_decides_what_is_asked_next(asked: Phone) -> None:
    know(asked, FEET_FORM)
    assert asking.first_open(FEET, draft(asked, FEET)) == "hello"
    say(asked, "hello", None, FEET)
    say(asked, "sore", False, FEET)
    assert asking.beside(FEET, draft(asked, FEET), "sore", 1) == "words"
    say(asked, "sore", True, FEET)
    assert asking.beside(FEET, draft(asked, FEET), "sore", 1) == "since"
    assert asking.beside(FEET, draft(asked, FEET), "hello", -1) is None
    asked.killed()
    assert asking.first_open(FEET, draft(asked, FEET)) == "since"


def test_an_answer_to_what_is_not_asked_any_more_is_not_sent(asked: Phone) -> None:
    know(asked, FEET_FORM)
    say(asked, "sore", True, FEET)
    say(asked, "size", 1.5, FEET)
    say(asked, "sore", False, FEET)
    assert surveys.send(asked.db, FEET, now=asked.clock()) is not None
    (event,) = outbox.local_events(asked.db, "survey")
    assert (event.body["answers"], event.body["version"]) == ({"sore": False}, "1")


def test_each_kind_is_asked_in_its_way(asked: Phone) -> None:
    know(asked, FEET_FORM)
    say(asked, "sore", True, FEET)
    kinds = {q.code: state(asked, "feet", q.code) for q in FEET.questions}
    told = {code: shown.asking for code, shown in kinds.items()}
    assert isinstance(told["sore"], Choosing)
    assert [option.label for option in told["sore"].options] == ["Yes", "No"]
    assert isinstance(told["hello"], Typing)
    assert told["hello"].typed is None
    assert isinstance(told["size"], Typing)
    assert told["size"].hint == "A number from 0 to 20."
    assert told["size"].title == "The sore place · Question 4 of 5"
    assert [code for code, shown in kinds.items() if not shown.can_pass] == ["sore"]


@pytest.mark.parametrize(
    ("code", "typed", "answer"),
    [
        ("since", "24.11.2026", "2026-11-24"),
        ("since", " 3 / 2 / 2025 ", "2025-02-03"),
        ("size", "1,5", 1.5),
        ("size", "", None),
        ("words", " Left one ", "Left one"),
    ],
)
def test_what_is_typed_is_read_as_people_write(code: str, typed: str, answer: Any) -> None:
    assert answering.read(asking.question_at(FEET, code), typed, WORDS) == answer


@pytest.mark.parametrize(
    ("code", "typed", "says"),
    [
        ("since", "31.2.2026", "Day, month and year, such as 24.11.2026."),
        ("size", "wide", "A number from 0 to 20."),
        ("size", "21", "A number from 0 to 20."),
        ("size", "nan", "A number from 0 to 20."),
        ("words", "x" * 201, "This text is too long."),
    ],
)
def test_what_is_no_answer_is_said_in_plain_words(code: str, typed: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        answering.read(asking.question_at(FEET, code), typed, WORDS)


def test_today_asks_for_one_that_is_due_and_not_on_a_day_it_was_put_off(asked: Phone) -> None:
    def due() -> Questionnaire | None:
        return asking.due(asking.read(asked.db, now=asked.clock()), now=asked.clock())

    know(asked, FORM, FEET_FORM)
    assert due() == FEET
    surveys.put_off(asked.db, "feet", asked.clock().date())
    assert due() is None
    asked.clock.move(days=1)
    assert due() == FEET
    say(asked, "sore", False, FEET)
    surveys.send(asked.db, FEET, now=asked.clock())
    assert due() is None
    asked.clock.move(days=7)
    assert due() == FEET
    say(asked, "q1", 1)
    assert due() == PHQ_2

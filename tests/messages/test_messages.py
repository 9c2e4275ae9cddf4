"""Messages: written once, read by the other side, told by a card that says nothing of them."""

from datetime import timedelta

import pytest

from backend.alerts.conditions import conditions_of
from backend.core.models import new_id
from backend.core.problems import Invalid, NotFound
from backend.messages import actions, queries
from backend.messages.models import Message
from backend.messages.phrases import PHRASES, phrase_in
from backend.notices.models import Occurrence
from backend.patients.access import Category, Purpose
from backend.patients.actions import give_grant, withdraw_grant
from backend.patients.models import Grant
from backend.sync.changes import changes_past
from backend.wire.language import LANGUAGES
from backend.wire.messages import MessageAsked, MessageEvent, MessageReadEvent
from tests.people import NOW, Cast, Person, chart

LATER = NOW + timedelta(hours=2)


def write(cast: Cast, who: Person, text: str, **more: object) -> Message:
    now = more.pop("now", NOW)
    opened = chart(who, cast.amina, Category.MESSAGES, change=True, now=now)
    return actions.write_message(opened, MessageAsked(text, **more), now=now)


def reads(cast: Cast, who: Person, message: Message) -> int:
    opened = chart(who, cast.amina, Category.MESSAGES, change=True, now=LATER)
    return actions.mark_read(opened, message.id, now=LATER)


def code_of(refused: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (error,) = refused.value.errors
    return error.field, error.code


def test_a_thread_is_written_from_both_sides(cast: Cast) -> None:
    first = write(cast, cast.amina, " My ankle is swollen. ", subject="My ankle")
    answer = write(cast, cast.bo, "Since when?", thread=first.thread, now=LATER)
    (thread,) = queries.threads(chart(cast.bo, cast.amina))
    assert [one.text for one in thread.messages] == ["My ankle is swollen.", "Since when?"]
    assert (thread.title, thread.id, answer.subject) == ("My ankle", first.id, "")
    first.refresh_from_db()
    assert (first.read_at, first.read_by_id) == (LATER, cast.bo.user.pk)  # who answers has read
    assert (thread.unread_by_team, thread.unread_by_patient) == (0, 1)


def test_the_phone_gets_each_message_and_its_reading_by_revision(cast: Cast) -> None:
    first = write(cast, cast.amina, "Hello")
    own = chart(cast.amina, cast.amina)
    assert [row.text for row in changes_past(own, first.revision - 1).changes.messages] == ["Hello"]
    reads(cast, cast.bo, first)
    cast.amina.patient.refresh_from_db()
    (row,) = changes_past(chart(cast.amina, cast.amina), first.revision).changes.messages
    assert (row.id, row.read_at, row.who, row.side) == (first.id, LATER, "Amina Okafor", "patient")


def test_the_card_says_only_that_a_message_waits(cast: Cast) -> None:
    for text in ("Your potassium is high", "Please call"):
        message = write(cast, cast.bo, text, subject="Potassium")
    said = Occurrence.objects.get(pk=message.notice_key)
    assert (said.template, said.values) == ("message_waits", {})
    assert "otassium" not in str(vars(said))


def test_reading_takes_back_the_card_and_the_teams_row(cast: Cast) -> None:
    asked = write(cast, cast.amina, "Hello")
    assert waiting(cast) == [f"message:{asked.thread}"]
    answer = write(cast, cast.bo, "Good day", thread=asked.thread)
    assert waiting(cast) == []
    assert reads(cast, cast.amina, answer) == 1
    assert reads(cast, cast.amina, answer) == 0
    again = write(cast, cast.amina, "Thank you", thread=asked.thread)
    assert reads(cast, cast.coordinator, again) == 1


def waiting(cast: Cast) -> list[str]:
    patients = {cast.amina.id: cast.amina.patient}
    found = conditions_of(patients, {Category.MESSAGES: [cast.amina.id]}, now=LATER)
    return [one.key for one in found[cast.amina.id]]


def test_more_unread_in_a_thread_weighs_more_and_names_no_word_of_it(cast: Cast) -> None:
    first = write(cast, cast.amina, "A rash")
    write(cast, cast.amina, "It itches", thread=first.thread, now=LATER)
    found = conditions_of(
        {cast.amina.id: cast.amina.patient}, {Category.MESSAGES: [cast.amina.id]}, now=LATER
    )
    (condition,) = found[cast.amina.id]
    assert condition.level == 2
    assert condition.reason == "2 unread messages, since Mon 23 Nov, 10:00"


def test_the_same_id_writes_once(cast: Cast) -> None:
    id_ = new_id()
    assert write(cast, cast.amina, "Hello", id=id_).id == write(cast, cast.amina, "No", id=id_).id
    assert Message.objects.get().text == "Hello"


def test_an_id_of_another_patient_blocks_nothing_and_tells_nothing(cast: Cast) -> None:
    theirs = chart(cast.stranger, cast.stranger, change=True)
    other = actions.write_message(theirs, MessageAsked("Mine", id=new_id()), now=NOW)
    mine = write(cast, cast.amina, "Hello", id=other.id)
    assert mine.id != other.id
    with pytest.raises(Invalid) as refused:
        write(cast, cast.amina, "Me too", thread=other.thread)
    assert code_of(refused) == ("thread", "unknown_reference")
    with pytest.raises(NotFound):
        queries.thread(chart(cast.amina, cast.amina), other.thread)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (MessageAsked(" \n "), ("text", "empty")),
        (MessageAsked("a" * 4_001), ("text", "too_long")),
        (MessageAsked("a", subject="a" * 121), ("subject", "too_long")),
        (MessageAsked("a", thread=new_id()), ("thread", "unknown_reference")),
    ],
)
def test_what_cannot_be_sent(cast: Cast, asked: MessageAsked, problem: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        actions.write_message(chart(cast.amina, cast.amina, change=True), asked, now=NOW)
    assert code_of(refused) == problem
    assert not Message.objects.exists()


def test_nothing_is_sent_to_a_team_that_may_not_read(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    withdraw_grant(own, Grant.objects.get(patient=cast.amina.patient).id, now=NOW)
    with pytest.raises(Invalid) as refused:
        write(cast, cast.amina, "Hello", now=LATER)
    assert code_of(refused) == ("text", "no_consent")
    actions.let_team_read(own, now=NOW)
    assert write(cast, cast.amina, "Hello", now=LATER).text == "Hello"
    assert queries.threads(chart(cast.bo, cast.amina, Category.MESSAGES, now=LATER))
    with pytest.raises(NotFound):
        chart(cast.bo, cast.amina, Category.SURVEYS, now=LATER)


def test_a_caregiver_reads_and_writes_by_grant_alone(cast: Cast) -> None:
    asked = write(cast, cast.bo, "How is she?")
    with pytest.raises(NotFound):
        write(cast, cast.carla, "Fine")
    give_grant(
        chart(cast.amina, cast.amina, change=True), recipient=str(cast.carla.user.pk),
        categories=frozenset({Category.MESSAGES}), purpose=Purpose.FAMRQT, now=NOW,
    )  # fmt: skip
    said = write(cast, cast.carla, "Fine", thread=asked.thread)
    assert (said.side, said.author_id) == ("caregiver", cast.carla.user.pk)
    assert waiting(cast) == [f"message:{asked.thread}"]
    assert reads(cast, cast.carla, asked) == 0  # it is still Amina's to read
    assert reads(cast, cast.amina, asked) == 1


def test_an_operator_and_a_stranger_find_nothing(cast: Cast) -> None:
    for who in (cast.operator, cast.other_clinician, cast.stranger):
        with pytest.raises(NotFound):
            chart(who, cast.amina, Category.MESSAGES)


def test_what_a_phone_sends_late_keeps_its_time_and_none_lies_ahead(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    old = MessageEvent(new_id(), NOW - timedelta(days=3), "From the hut")
    ahead = MessageEvent(new_id(), NOW + timedelta(hours=5), "A fast clock")
    assert actions.record_message(own, old, now=NOW).written_at == NOW - timedelta(days=3)
    assert actions.record_message(own, ahead, now=NOW).written_at == NOW


def test_a_reading_of_nothing_is_refused(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    with pytest.raises(Invalid) as refused:
        actions.record_reading(own, MessageReadEvent(new_id(), NOW, new_id()), now=NOW)
    assert code_of(refused) == ("message", "unknown_reference")


def test_only_what_was_there_is_read(cast: Cast) -> None:
    seen = write(cast, cast.bo, "One")
    write(cast, cast.bo, "Two", thread=seen.thread, now=LATER)
    assert reads(cast, cast.amina, seen) == 1
    assert queries.unread_by_patient(chart(cast.amina, cast.amina)) == 1


def test_the_log_and_the_text_of_a_row_hold_no_words(cast: Cast) -> None:
    assert "ankle" not in str(write(cast, cast.amina, "ankle", subject="ankle"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_are_there_in_each_language(settings, language: str) -> None:
    settings.EVENKEEL_CARE_PHONE = "+254 20 1234567"
    said = {name: phrase_in(name, language) for name in PHRASES}
    assert "+254 20 1234567" in said["call"]
    assert all(said.values())
    assert language == "en" or said["seen"] != phrase_in("seen", "en")

"""Messages on the phone: written with no network, kept half-way, what became of each in words."""

from datetime import timedelta
from pathlib import Path

import pytest

from backend.messages import actions
from backend.messages.models import Message
from backend.notices.models import Delivery
from backend.patients.access import Category
from backend.patients.actions import withdraw_grant
from backend.patients.models import Grant
from backend.wire.messages import MessageAsked
from mobile.presenters import messages
from mobile.presenters.shapes import Card, Tone
from mobile.sync import messages as writing
from mobile.words import load
from tests.mobile.test_with_the_house import Talking
from tests.people import Cast, chart

WORDS = load("en")


@pytest.fixture
def amina(tmp_path: Path, cast: Cast) -> Talking:
    return Talking(tmp_path / "store.sqlite3", cast)


def state(amina: Talking, thread: str = "") -> messages.MessagesState:
    facts = messages.read(amina.db)
    return messages.present(facts, words=WORDS, now=amina.now, open_thread=thread)


def cards(amina: Talking, thread: str = "") -> list[Card]:
    return [card for section in state(amina, thread).sections for card in section.cards]


def answered(amina: Talking, cast: Cast, text: str, thread: str = "") -> Message:
    team = chart(cast.bo, cast.amina, Category.MESSAGES, change=True, now=amina.now)
    asked = MessageAsked(text, thread or None)
    return actions.write_message(team, asked, now=amina.now)


def test_a_message_is_written_with_no_network_and_goes_out(amina: Talking, cast: Cast) -> None:
    first = str(writing.write(amina.db, " My ankle ", subject="Ankle", now=amina.now))
    writing.write(amina.db, "It hurts", thread=first, now=amina.now)
    amina.phone.killed()
    amina.db = amina.phone.db
    assert {card.small for card in cards(amina, first)} == {WORDS("messages_waiting")}
    amina.sync()
    assert [one.text for one in Message.objects.order_by("id")] == ["My ankle", "It hurts"]
    assert {card.small for card in cards(amina, first)} == {WORDS("messages_sent")}
    assert [card.title for card in cards(amina)] == ["Ankle"]
    answered(amina, cast, "Since when?", first)
    amina.phone.clock.move(minutes=1)
    amina.sync()
    assert [card.small for card in cards(amina, first)] == [WORDS("messages_read")] * 2 + [""]
    (card,) = cards(amina)
    assert (card.tone, card.small) == (Tone.DUE, "1 new message")


def test_what_is_seen_is_read_for_the_team_too_and_once(amina: Talking, cast: Cast) -> None:
    message = answered(amina, cast, "Please call us")
    amina.sync()
    thread = str(message.thread)
    for _ in range(2):
        writing.see(amina.db, thread, now=amina.now)
    assert cards(amina)[0].tone == Tone.CALM
    amina.sync()
    message.refresh_from_db()
    assert message.read_at is not None
    assert Delivery.objects.get(pk=message.notice_key).outcome == "cancelled"
    assert amina.db.execute("SELECT count(*) FROM item").fetchone()[0] == 1


def test_a_refusal_is_told_in_words_and_the_text_can_be_written_again(
    amina: Talking, cast: Cast
) -> None:
    amina.sync()
    own = chart(cast.amina, cast.amina, change=True, now=amina.now)
    withdraw_grant(own, Grant.objects.get(patient=cast.amina.patient).id, now=amina.now)
    sent = str(writing.write(amina.db, "Hello", now=amina.now + timedelta(seconds=1)))
    amina.phone.clock.move(hours=7)
    amina.sync()
    closed, listed = cards(amina)
    assert (closed.tag, listed.tone) == ("closed", Tone.TROUBLE)
    card = cards(amina, sent)[0]
    assert card.small == ("It did not reach your care team. You have not said yes to sharing this.")
    assert not state(amina, messages.BEGIN).writes
    writing.allow(amina.db)
    assert state(amina, messages.BEGIN).writes
    assert writing.write_again(amina.db, sent) == ""
    assert writing.draft(amina.db) == "Hello"
    assert cards(amina) == []
    amina.sync()
    writing.write(amina.db, writing.draft(amina.db), now=amina.now)
    assert writing.draft(amina.db) == ""
    amina.sync()
    assert [one.text for one in Message.objects.all()] == ["Hello"]


def test_nothing_is_sent_for_nothing_written_and_half_a_text_is_kept(amina: Talking) -> None:
    assert writing.write(amina.db, " \n ", now=amina.now) is None
    writing.keep_draft(amina.db, "Half a sen")
    writing.keep_draft(amina.db, "Another", thread="t")
    assert (writing.draft(amina.db), writing.draft(amina.db, "t")) == ("Half a sen", "Another")


def test_whom_to_call_is_said_before_the_server_has_been_heard(amina: Talking, settings) -> None:
    settings.EVENKEEL_CARE_PHONE = "+49 30 1234"
    assert "local emergency number" in state(amina).emergency
    amina.sync()
    assert "+49 30 1234" in state(amina, messages.BEGIN).emergency

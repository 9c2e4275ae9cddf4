"""Messages at the desk: the inbox, a patient's conversations, phrases, what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from backend.desk.queries import worklist
from backend.ledger.models import Entry
from backend.messages.actions import write_message
from backend.messages.models import Message
from backend.patients.models import Patient
from backend.visits.actions import book_visit, prepare_questions
from backend.visits.models import Visit
from backend.wire.messages import MessageAsked
from tests.browsing import faults, got
from tests.desk.conftest import SignIn
from tests.people import Cast, chart


@pytest.fixture
def letter(cast: Cast) -> Message:
    now = datetime.now(UTC)
    own = chart(cast.amina, cast.amina, change=True, now=now)
    return write_message(own, MessageAsked("My ankle is swollen", subject="Ankle"), now=now)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_inbox_names_who_waits_and_no_word_of_it(
    cast: Cast, sign_in: SignIn, letter: Message
) -> None:
    shown = page(sign_in(cast.bo), "/admin/messages/")
    assert "Amina Okafor" in shown
    assert "nkle" not in shown
    assert Entry.objects.latest("id").subject == "inbox"
    assert "Amina" not in page(sign_in(cast.other_clinician), "/admin/messages/")
    assert "unread message" in page(sign_in(cast.coordinator), "/admin/")


def test_reading_is_said_by_a_person(cast: Cast, sign_in: SignIn, letter: Message) -> None:
    client, base = sign_in(cast.bo), f"/admin/patients/{cast.amina.id}/messages/"
    assert "My ankle is swollen" in page(client, f"{base}{letter.thread}/")
    letter.refresh_from_db()
    assert letter.read_at is None
    client.post(f"{base}{letter.id}/read/")
    letter.refresh_from_db()
    assert letter.read_by == cast.bo.user
    assert "Every message has been read" in page(client, "/admin/messages/")
    assert not worklist(cast.bo.actor, now=datetime.now(UTC))[0].asks


def test_an_answer_goes_out_and_a_phrase_only_into_the_field(
    cast: Cast, sign_in: SignIn, letter: Message
) -> None:
    Patient.objects.filter(pk=cast.amina.id).update(language="es")
    client = sign_in(cast.coordinator)
    address = f"/admin/patients/{cast.amina.id}/messages/{letter.thread}/write/"
    draft = client.post(address, {"text": "Hola.", "phrase": "seen", "use": "1"})
    assert draft.status_code == 200
    assert "Hola.\n\nGracias." in draft.content.decode()
    assert Message.objects.count() == 1
    assert client.post(address, {"text": "  "}).status_code == 400
    assert client.post(address, {"text": "¿Desde cuándo?"}).status_code == 302
    assert Message.objects.latest("received_at").side == "team"
    begin = f"/admin/patients/{cast.amina.id}/messages/write/"
    assert client.post(begin, {"subject": "Plan", "text": "Hola"}).status_code == 302
    assert "Plan" in page(client, f"/admin/patients/{cast.amina.id}/messages/")
    assert client.get(begin).status_code == 302


def test_the_visit_shows_her_questions_and_who_did_not_come(cast: Cast, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    team = chart(cast.bo, cast.amina, change=True, now=now)
    visit = book_visit(team, starts_at=now + timedelta(days=1), now=now)
    prepare_questions(team, visit.id, "May I drive?", now=now)
    client, address = sign_in(cast.bo), f"/admin/patients/{cast.amina.id}/"
    assert "May I drive?" in page(client, address)
    assert "did not come" not in page(client, address)
    Visit.objects.update(starts_at=now - timedelta(minutes=20))
    assert "did not come" in page(client, address)
    client.post(f"{address}do/visit-questions/", {"id": visit.id, "questions": "May I fly?"})
    client.post(f"{address}do/miss-visit/", {"id": visit.id})
    visit.refresh_from_db()
    assert (visit.state, visit.questions) == ("missed", "May I fly?")


@pytest.mark.slow
def test_axe_finds_nothing(cast: Cast, sign_in: SignIn, letter: Message) -> None:
    base = f"/admin/patients/{cast.amina.id}/messages/"
    addresses = ["/admin/messages/", base, f"{base}{letter.thread}/"]
    assert faults(got(sign_in(cast.bo), addresses), within="main.ek") == []

"""A caregiver under /me: in by a code of her own, to what the patient shares and no further."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from backend.core.problems import NotFound
from backend.ledger.models import Entry
from backend.messages.actions import write_message
from backend.messages.models import Message
from backend.patients.access import Category, Purpose
from backend.patients.actions import give_grant, join_team, leave_team, make_carer_code
from backend.patients.models import Grant
from backend.visits.actions import book_visit
from backend.wire.messages import MessageAsked
from tests.people import Cast, chart, patient_of
from tests.portal.people import carer_enters, enter, prescribed

M, V, L = Category.MEDICINES, Category.VISITS, Category.MESSAGES


def shares(cast: Cast, *categories: Category) -> None:
    now = datetime.now(UTC)
    give_grant(
        chart(cast.amina, cast.amina, change=True, now=now),
        recipient=str(cast.carla.user.pk), categories=frozenset(categories),
        purpose=Purpose.FAMRQT, now=now,
    )  # fmt: skip


def text(client: Client, path: str = "") -> str:
    return client.get(f"/me/{path}").content.decode()


def test_she_sees_what_is_shared_and_no_other_page(cast: Cast) -> None:
    now = datetime.now(UTC)
    prescribed(cast)
    book_visit(chart(cast.bo, cast.amina, change=True, now=now),
               starts_at=now + timedelta(days=1), with_user=cast.bo.user, now=now)  # fmt: skip
    shares(cast, M)
    theirs = carer_enters(cast, Client())
    page = text(theirs)
    assert "Amina Okafor" in page
    assert "Metformin 500 mg" in page
    assert "Dr Bo" not in page
    assert "<button" not in page.replace("Sign out here", "").split("<footer>")[0]
    shares(cast, V)
    assert "Dr Bo" in text(theirs)
    for path in ("health", "privacy", "visits", "surveys", "trends", "privacy/export.json"):
        assert theirs.get(f"/me/{path}").url == "/me/"
    entry = Entry.objects.latest("id")
    assert (entry.actor_id, entry.purpose) == (cast.carla.user.pk, "FAMRQT")


def test_she_cannot_answer_for_the_patient(cast: Cast) -> None:
    shares(cast, M, V)
    theirs = carer_enters(cast, Client())
    before = Grant.objects.filter(ends_at=None).count()
    grant = Grant.objects.filter(patient=cast.amina.patient).first()
    assert grant is not None
    for path in (f"privacy/grants/{grant.id}", "privacy/erase", "visits/ask"):
        assert theirs.post(f"/me/{path}", {"sure": "yes"}).url == "/me/"
    assert Grant.objects.filter(ends_at=None).count() == before


def test_nothing_shared_is_nothing_seen(cast: Cast) -> None:
    theirs = carer_enters(cast, Client())
    answer = theirs.get("/me/")
    assert answer.status_code == 404
    assert "Amina" not in answer.content.decode()
    shares(cast, M)
    assert "Amina" in text(theirs)
    leave_team(chart(cast.bo, cast.amina, change=True), cast.carla.user, now=datetime.now(UTC))
    assert "Amina" not in text(theirs)


def test_messages_by_grant(cast: Cast) -> None:
    now = datetime.now(UTC)
    team = chart(cast.bo, cast.amina, change=True, now=now)
    letter = write_message(team, MessageAsked("How is she?"), now=now)
    shares(cast, M)
    theirs = carer_enters(cast, Client())
    assert theirs.get("/me/messages").status_code == 404
    shares(cast, L)
    assert "How is she?" in text(theirs, f"messages/{letter.thread}")
    theirs.post(f"/me/messages/{letter.thread}/answer", {"text": "Well"})
    assert Message.objects.latest("received_at").side == "caregiver"
    letter.refresh_from_db()
    assert letter.read_at is None  # it was Amina's to read


def test_of_two_whom_she_cares_for_she_sees_the_one_she_chose(cast: Cast) -> None:
    now = datetime.now(UTC)
    zoe = patient_of(cast.bo, "Zoe Zander")
    join_team(chart(cast.bo, zoe, change=True, now=now), cast.carla.user, now=now)
    own = chart(zoe, zoe, change=True, now=now)
    give_grant(own, recipient=str(cast.carla.user.pk), categories=frozenset({M}),
               purpose=Purpose.FAMRQT, now=now)  # fmt: skip
    shares(cast, M)
    theirs = carer_enters(cast, Client())
    assert "<h1><bdi>Amina" in text(theirs)
    theirs.post(f"/me/for/{zoe.id}")
    assert "<h1><bdi>Zoe" in text(theirs)
    assert theirs.post(f"/me/for/{cast.stranger.id}").status_code == 404


def test_a_code_is_for_those_who_care_and_for_a_browser_alone(cast: Cast) -> None:
    now = datetime.now(UTC)
    own = chart(cast.amina, cast.amina, change=True, now=now)
    for nobody in (cast.bo, cast.stranger):
        with pytest.raises(NotFound):
            make_carer_code(own, nobody.user.pk, now=now)
    body = {
        "code": make_carer_code(own, cast.carla.user.pk, now=now),
        "device": {"name": "Phone", "platform": "android"},
    }
    answer = Client().post("/api/v1/enrol", body, content_type="application/json")
    assert answer.status_code == 400


def test_the_patient_makes_the_code(cast: Cast) -> None:
    hers = enter(cast.amina, Client())
    assert "Carla Carer" in text(hers, "privacy")
    page = hers.post(f"/me/privacy/carers/{cast.carla.user.pk}").content.decode()
    code = page.split('class="code">')[1].split("<")[0]
    shares(cast, M)
    theirs = Client()
    assert theirs.post("/me/enter", {"code": code}).status_code == 302
    assert "Amina" in text(theirs)
    assert hers.post(f"/me/privacy/carers/{cast.bo.user.pk}").status_code == 404

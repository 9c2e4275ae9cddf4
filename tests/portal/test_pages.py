"""The patient's own pages: in by a code, no script, private, small, in her own language."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client

from backend.accounts.models import Device
from backend.core.models import new_id
from backend.ledger.models import Entry
from backend.messages.actions import write_message
from backend.messages.models import Message
from backend.patients.models import Grant, Patient
from backend.regimens.models import Dose
from backend.streams.actions import store_upload
from backend.surveys.models import Response
from backend.visits.actions import book_visit
from backend.visits.models import Visit
from backend.wire.language import LANGUAGES
from backend.wire.messages import MessageAsked
from tests.people import Cast, chart
from tests.portal.people import enter, prescribed

MOST_BYTES = 50_000
PAGES = (
    "", "health", "trends", "messages", "diary", "about", "surveys", "surveys/phq-9", "visits",
    "privacy", "privacy/erase",
)  # fmt: skip


@pytest.fixture
def hers(cast: Cast) -> Client:
    """Amina's browser, with CSRF checked as in a real one."""
    return enter(cast.amina, Client())


def text(client: Client, path: str) -> str:
    answer = client.get(f"/me/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_who_is_not_known_is_asked_to_come_in(client: Client) -> None:
    for path in PAGES:
        answer = client.get(f"/me/{path}")
        assert (answer.status_code, answer.url) == (302, "/me/enter")
    assert client.post(f"/me/doses/{new_id()}", {"status": "taken"}).url == "/me/enter"


def test_a_code_works_once_and_the_cookie_is_for_these_pages_alone(cast: Cast, client) -> None:
    cache.clear()
    enter(cast.amina, client)
    cookie = client.cookies["evenkeel_me"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/me", True, "Lax")
    assert Device.objects.filter(user=cast.amina.user, platform="web").count() == 1
    wrong = Client().post("/me/enter", {"code": "AAAAA-AAAAA"})
    assert wrong.status_code == 400
    assert "does not work" in wrong.content.decode()


def test_guesses_are_counted(cast: Cast, client: Client) -> None:
    cache.clear()
    codes = [client.post("/me/enter", {"code": f"A{n}"}).status_code for n in range(21)]
    assert codes == [400] * 20 + [429]
    cache.clear()


def test_a_post_without_the_pages_own_token_is_refused(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/me/enter", {"code": "A"}).status_code == 403


def test_a_dose_is_answered_and_the_answer_changed(cast: Cast, hers: Client) -> None:
    prescribed(cast)
    assert "Metformin 500 mg" in text(hers, "")
    dose = Dose.objects.earliest("due_at")
    hers.post(f"/me/doses/{dose.id}", {"status": "taken"})
    dose.refresh_from_db()
    assert dose.status == "taken"
    assert "✓ Taken" in text(hers, "")
    hers.post(f"/me/doses/{dose.id}", {"status": "skipped"})
    dose.refresh_from_db()
    assert dose.status == "skipped"


def test_what_cannot_be_is_told_in_words(cast: Cast, hers: Client) -> None:
    prescribed(cast)
    dose = Dose.objects.earliest("due_at")
    assert hers.post(f"/me/doses/{dose.id}", {"status": "eaten"}).status_code == 400
    assert hers.post(f"/me/doses/{new_id()}", {"status": "taken"}).status_code == 400
    assert hers.get("/me/surveys/none").status_code == 404
    assert hers.post("/me/visits/ask", {"starts": "soon"}).status_code == 400


def test_another_patients_dose_is_not_there(cast: Cast) -> None:
    prescribed(cast)
    dose = Dose.objects.earliest("due_at")
    stranger = enter(cast.stranger, Client())
    assert stranger.post(f"/me/doses/{dose.id}", {"status": "taken"}).status_code == 400
    dose.refresh_from_db()
    assert dose.status == "due"
    assert "Metformin" not in text(stranger, "")


def test_a_questionnaire_keeps_what_was_chosen_and_is_scored(cast: Cast, hers: Client) -> None:
    answers = {f"q{n}": "1" for n in range(1, 9)}
    some = hers.post("/me/surveys/phq-9", answers)
    assert some.status_code == 400
    page = some.content.decode()
    assert "Please look at 1 question." in page
    assert page.count(" checked") == 8
    assert not Response.objects.exists()
    done = hers.post("/me/surveys/phq-9", answers | {"q9": "1"}).content.decode()
    assert Response.objects.get().score == 9
    assert 'role="alert"' in done
    assert "Mild signs" in text(hers, "surveys")


def test_a_visit_is_asked_for_booked_and_joined(cast: Cast, hers: Client) -> None:
    now = datetime.now(UTC)
    local = (now + timedelta(days=2)).astimezone(ZoneInfo("Europe/Berlin"))
    hers.post("/me/visits/ask", {"starts": f"{local:%Y-%m-%dT%H:%M}", "reason": "A rash"})
    asked = Visit.objects.get()
    assert (asked.state, asked.starts_at) == ("requested", local.replace(second=0, microsecond=0))
    assert hers.post(f"/me/visits/{asked.id}/join").status_code == 409
    team = chart(cast.bo, cast.amina, change=True, now=now)
    book_visit(team, starts_at=now + timedelta(minutes=10), visit_id=asked.id, now=now)
    assert "Join" in text(hers, "")
    joined = hers.post(f"/me/visits/{asked.id}/join")
    assert joined.url.startswith("/visit/")


def test_a_visit_is_prepared_and_put_into_a_calendar(cast: Cast, hers: Client) -> None:
    now = datetime.now(UTC)
    team = chart(cast.bo, cast.amina, change=True, now=now)
    visit = book_visit(team, starts_at=now + timedelta(days=1), now=now)
    hers.post(f"/me/visits/{visit.id}/questions", {"questions": "May I drive?"})
    assert "May I drive?" in text(hers, "visits")
    file = hers.get(f"/me/visits/{visit.id}/calendar.ics")
    assert file["Content-Type"].startswith("text/calendar")
    assert b"drive" not in file.content
    long = hers.post(f"/me/visits/{visit.id}/questions", {"questions": "a" * 3000})
    assert long.status_code == 400
    assert hers.post(f"/me/visits/{new_id()}/questions", {"questions": "?"}).status_code == 404


def test_messages_are_written_read_and_what_cannot_go_stays(
    cast: Cast, hers: Client, settings
) -> None:
    settings.EVENKEEL_CARE_PHONE = "+49 30 1234"
    assert 'href="tel:+49301234"' in text(hers, "messages")
    sent = hers.post("/me/messages/begin", {"subject": "Ankle", "text": "It is swollen"})
    first = Message.objects.get()
    assert sent.url == f"/me/messages/{first.thread}"
    now = datetime.now(UTC)
    team = chart(cast.bo, cast.amina, change=True, now=now)
    answer = write_message(team, MessageAsked("Since <when>?", first.thread), now=now)
    assert "1 new message" in text(hers, "")
    assert "Since &lt;when&gt;?" in text(hers, f"messages/{first.thread}")
    answer.refresh_from_db()
    assert answer.read_at is not None
    assert "1 new message" not in text(hers, "")
    empty = hers.post("/me/messages/begin", {"subject": "Kept", "text": "  "})
    assert empty.status_code == 400
    assert 'value="Kept"' in empty.content.decode()
    assert hers.post(f"/me/messages/{first.thread}/answer", {"text": "Ok"}).status_code == 302
    assert Message.objects.count() == 3
    assert hers.get(f"/me/messages/{new_id()}").status_code == 404


def test_messages_wait_for_a_consent_that_she_can_give(cast: Cast, hers: Client) -> None:
    Grant.objects.update(ends_at=datetime.now(UTC))
    assert "nothing can be sent" in text(hers, "messages")
    refused = hers.post("/me/messages/begin", {"text": "Hello"})
    assert refused.status_code == 400
    hers.post("/me/messages/allow")
    assert hers.post("/me/messages/begin", {"text": "Hello"}).status_code == 302


def test_trends_are_pictures_with_words_and_gaps(cast: Cast, hers: Client) -> None:
    now = datetime.now(UTC)
    own = chart(cast.amina, cast.amina, change=True, now=now)
    for days in (0, 1, 2, 6, 9, 10):
        at = (now - timedelta(days=days)).isoformat()
        upload = {"id": str(new_id()), "kind": "systolic", "source": "cuff", "unit": "mmHg"}
        store_upload(own, upload | {"start": at, "step_ms": 1000, "values": [120 + days]}, now=now)
    page = text(hers, "trends")
    assert page.count("<polyline") == 2
    assert page.count("<circle") == 2  # a day by itself, and the last
    assert "From 120 to 130" in page
    assert "style=" not in page


def test_what_people_wrote_finds_its_own_direction(cast: Cast, hers: Client) -> None:
    assert '<html lang="en" dir="ltr">' in text(hers, "")
    hers.post("/me/messages/begin", {"text": "كاحلي متورم"})
    thread = Message.objects.get().thread
    page = text(hers, f"messages/{thread}")
    assert "<bdi>كاحلي متورم</bdi>" in page
    assert '<div dir="auto"><p>كاحلي متورم</p></div>' in page


def test_privacy_shows_who_looked_and_a_consent_ends(cast: Cast, hers: Client) -> None:
    chart(cast.bo, cast.amina, now=datetime.now(UTC))
    page = text(hers, "privacy")
    assert cast.bo.user.name in page
    (grant,) = Grant.objects.filter(patient=cast.amina.patient, ends_at=None)
    hers.post(f"/me/privacy/grants/{grant.id}")
    grant.refresh_from_db()
    assert grant.ends_at is not None
    assert "Nobody but you" in text(hers, "privacy")


def test_a_device_is_signed_out_and_so_is_this_one(cast: Cast, hers: Client) -> None:
    phone = Device.objects.filter(user=cast.amina.user).exclude(platform="web").get()
    hers.post(f"/me/privacy/devices/{phone.id}")
    phone.refresh_from_db()
    assert phone.revoked_at is not None
    hers.post("/me/leave")
    assert hers.get("/me/").url == "/me/enter"
    assert not Device.objects.filter(user=cast.amina.user, revoked_at=None).exists()


def test_everything_can_be_taken_along(cast: Cast, hers: Client) -> None:
    prescribed(cast)
    now = datetime.now(UTC)
    upload = {"id": str(new_id()), "kind": "heart_rate", "source": "w", "unit": "/min"}
    columns = {"start": (now - timedelta(hours=1)).isoformat(), "step_ms": 1000, "values": [61, 62]}
    store_upload(chart(cast.amina, cast.amina, change=True, now=now), upload | columns, now=now)
    whole = hers.get("/me/privacy/export.json")
    assert whole.json()["regimens"][0]["medicine"] == "Metformin"
    assert len(whole.json()["looked"]) == Entry.objects.filter(patient_id=cast.amina.id).count()
    lines = b"".join(hers.get("/me/privacy/heart_rate.csv")).decode().splitlines()
    assert lines[0] == "time,heart_rate_/min"
    assert [line.split(",")[1] for line in lines[1:]] == ["61", "62"]
    assert hers.get("/me/privacy/nothing.csv").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_small_whole_and_in_her_language(cast, hers, language) -> None:
    prescribed(cast)
    Patient.objects.filter(pk=cast.amina.id).update(language=language)
    for path in PAGES:
        answer = hers.get(f"/me/{path}")
        page = answer.content.decode()
        assert len(answer.content) < MOST_BYTES
        assert f'<html lang="{language}" dir="ltr">' in page
        assert "<script" not in page
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"
        assert ("Today" in page) == (language == "en")


def test_each_page_is_entered_as_hers(cast: Cast, hers: Client) -> None:
    before = Entry.objects.count()
    told = [path for path in PAGES if path != "privacy/erase"]  # that one shows nothing of hers
    for path in told:
        text(hers, path)
    entered = Entry.objects.order_by("id")[before:]
    assert len(entered) == len(told)
    assert {(e.actor_id, e.purpose) for e in entered} == {(cast.amina.user.pk, "PATRQT")}

"""Every page and every button × every role; each access leaves its entry."""

from uuid import UUID

import pytest
from django.test import Client

from backend.desk.pages.deeds import BUTTONS
from backend.ledger.models import Entry
from backend.patients.access import EVERYDAY, Category, Purpose
from backend.patients.actions import give_grant, withdraw_grant
from backend.patients.models import Grant
from tests.desk.conftest import SignIn
from tests.people import NOW, Cast, chart

NOBODY = UUID("01a00000-0000-7000-8000-000000000000")
READS = ["", "ledger/"]
FORMS = ["profile/", "prescribe/", f"regimens/{NOBODY}/"]
POSTS = ["code/", *(f"do/{deed}/" for deed in BUTTONS), "profile/", "prescribe/"]
OUTSIDERS = ["other_clinician", "operator"]


def page_of(patient_id: UUID, part: str = "") -> str:
    return f"/admin/patients/{patient_id}/{part}"


@pytest.mark.parametrize("who", OUTSIDERS)
def test_foreign_and_missing_look_the_same(cast: Cast, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(cast, who))
    before = Entry.objects.count()
    for part in (*READS, *FORMS):
        foreign = client.get(page_of(cast.amina.id, part))
        missing = client.get(page_of(NOBODY, part))
        assert (foreign.status_code, missing.status_code) == (404, 404), part
        assert foreign.content == missing.content
        assert b"Amina" not in foreign.content
    assert Entry.objects.count() == before


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_button_works_on_a_foreign_patient(cast: Cast, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(cast, who))
    for part in POSTS:
        assert client.post(page_of(cast.amina.id, part)).status_code == 404, part


def test_the_patient_herself_and_her_caregiver_have_no_desk(cast: Cast, sign_in: SignIn) -> None:
    for person in (cast.amina, cast.carla):
        client = sign_in(person)
        for part in (*READS, *FORMS, *POSTS):
            assert client.get(page_of(cast.amina.id, part)).status_code == 302, part


def test_buttons_take_posts_only(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.bo)
    assert client.get(page_of(cast.amina.id, "code/")).status_code == 405
    assert client.get(page_of(cast.amina.id, "do/stop-regimen/")).status_code == 405
    assert client.post(page_of(cast.amina.id, "do/no-such-button/")).status_code == 404


def test_posts_need_the_token_of_the_form(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.bo.user, "django.contrib.auth.backends.ModelBackend")
    assert client.post(page_of(cast.amina.id, "code/")).status_code == 403


def test_a_coordinator_sees_but_does_not_prescribe(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.coordinator)
    shown = client.get(page_of(cast.amina.id))
    assert shown.status_code == 200
    assert b"/prescribe/" not in shown.content
    assert b"book-visit" in shown.content
    assert client.get(page_of(cast.amina.id, "prescribe/")).status_code == 404
    stop = client.post(page_of(cast.amina.id, "do/stop-regimen/"), {"id": str(NOBODY)})
    assert stop.status_code == 404


def test_reads_and_writes_leave_entries(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.bo)
    client.get(page_of(cast.amina.id))
    read = Entry.objects.latest("id")
    assert (read.deed, read.subject) == ("read", "patient page")
    assert set(read.categories) == set(map(str, EVERYDAY))
    client.post(page_of(cast.amina.id, "code/"))
    written = Entry.objects.latest("id")
    assert (written.deed, written.categories) == ("change", ["profile"])
    assert written.actor_id == cast.bo.user.id
    client.get(page_of(cast.amina.id, "prescribe/"))
    looked = Entry.objects.latest("id")
    assert (looked.deed, looked.subject) == ("read", "prescribe")
    assert b"prescribe" in client.get(page_of(cast.amina.id, "ledger/")).content


def test_what_is_not_shared_is_not_read(cast: Cast, sign_in: SignIn) -> None:
    team = chart(cast.bo, cast.amina, Category.PROFILE, change=True)
    (standing,) = Grant.objects.filter(patient=cast.amina.patient)
    give_grant(
        team,
        recipient=Grant.CARE_TEAM,
        categories=frozenset({Category.PROFILE, Category.VISITS}),
        purpose=Purpose.TREAT,
        now=NOW,
    )
    withdraw_grant(team, standing.id, now=NOW)
    before = Entry.objects.latest("id").id
    client = sign_in(cast.bo)
    shown = client.get(page_of(cast.amina.id))
    assert shown.status_code == 200
    assert shown.content.count(b"Not shared with you") == 7
    client.get("/admin/")
    seen = {c for e in Entry.objects.filter(id__gt=before) for c in e.categories}
    assert seen == {"profile", "visits"}
    assert client.get(page_of(cast.amina.id, "prescribe/")).status_code == 404


def test_without_any_consent_the_patient_is_not_there(cast: Cast, sign_in: SignIn) -> None:
    team = chart(cast.bo, cast.amina, Category.PROFILE, change=True)
    (standing,) = Grant.objects.filter(patient=cast.amina.patient)
    withdraw_grant(team, standing.id, now=NOW)
    client = sign_in(cast.bo)
    assert client.get(page_of(cast.amina.id)).status_code == 404
    assert b"Amina" not in client.get("/admin/patients/").content

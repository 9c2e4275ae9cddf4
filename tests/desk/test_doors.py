"""Who comes in at all: sign-in, lockout, roles, and the desk's headers."""

import pytest
from django.test import Client
from django.urls import reverse

from backend.accounts.actions import set_active
from backend.accounts.models import Role, User
from tests.desk.conftest import SignIn
from tests.people import PASSWORD, Cast, Person

LOGIN = "/admin/login/"


def post_login(client: Client, username: str, password: str):  # type: ignore[no-untyped-def]
    return client.post(f"{LOGIN}?next=/admin/", {"username": username, "password": password})


@pytest.mark.parametrize("who", ["bo", "coordinator", "operator"])
def test_staff_sign_in_with_a_password(cast: Cast, who: str) -> None:
    client = Client()
    answer = post_login(client, getattr(cast, who).user.username, PASSWORD)
    assert (answer.status_code, answer.url) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_a_caregiver_has_no_desk(cast: Cast) -> None:
    assert post_login(Client(), "carla", PASSWORD).status_code == 200
    assert b"correct" in post_login(Client(), "carla", PASSWORD).content


def test_guesses_lock_the_name_for_that_address(cast: Cast) -> None:
    client = Client()
    for _ in range(8):
        last = post_login(client, "bo", "not-this-one-either")
    assert last.status_code == 429
    assert post_login(client, "bo", PASSWORD).status_code == 429
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert post_login(elsewhere, "bo", PASSWORD).status_code == 302


def test_who_is_shut_out_loses_her_session_at_once(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.bo)
    set_active(cast.bo.user, is_active=False)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("path", ["", "patients/", "patients/admit/", "deliveries/"])
def test_strangers_are_sent_to_the_sign_in(cast: Cast, path: str) -> None:
    answer = Client().get(f"/admin/{path}")
    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)


def test_a_superuser_has_no_side_door(cast: Cast, sign_in: SignIn) -> None:
    root = User.objects.create_superuser("root", "", PASSWORD, name="Root")
    assert root.role == Role.OPERATOR
    client = sign_in(Person(root))
    assert client.get("/admin/patients/").status_code == 404
    assert client.get(f"/admin/patients/{cast.amina.id}/").status_code == 404
    User.objects.filter(pk=cast.other_clinician.user.pk).update(is_superuser=True)
    other = sign_in(cast.other_clinician)
    assert other.get(f"/admin/patients/{cast.amina.id}/").status_code == 404
    User.objects.filter(pk=cast.amina.user.pk).update(is_superuser=True, is_staff=True)
    assert sign_in(cast.amina).get("/admin/").status_code == 302


@pytest.mark.parametrize("path", [LOGIN, "/admin/", "/admin/patients/"])
def test_the_desk_has_its_own_content_policy(cast: Cast, sign_in: SignIn, path: str) -> None:
    policy = sign_in(cast.bo).get(path).headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_no_page_is_cached(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.bo).get(reverse("admin:patient", args=[cast.amina.id]))
    assert "no-store" in answer.headers["Cache-Control"]


def test_staff_change_their_password_and_leave(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.bo)
    assert client.get("/admin/password_change/").status_code == 200
    new = "another-walk-by-the-lake"
    typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/admin/password_change/", typed).status_code == 302
    assert post_login(Client(), "bo", new).status_code == 302
    assert client.post("/admin/logout/").status_code == 200
    assert client.get("/admin/").status_code == 302


def test_search_of_models_is_switched_off(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.bo).get("/admin/search/?s=amina").content == b""

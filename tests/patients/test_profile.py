"""Admission, profile, devices and codes, through actions and HTTP."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from backend.accounts.actions import revoke_device
from backend.accounts.models import Device
from backend.core.problems import Forbidden, Invalid, NotFound
from backend.patients import queries
from backend.patients.actions import (
    CODE_LIFE,
    Profile,
    admit_patient,
    change_profile,
    enrol_device,
    make_enrolment_code,
)
from tests.people import NOW, Cast, chart


def post_enrol(client: Client, code: str, more: dict[str, Any] | None = None) -> Any:
    body = {"code": code, "device": {"name": "Pixel", "platform": "android"}} | (more or {})
    return client.post("/api/v1/enrol", body, content_type="application/json")


@pytest.fixture(autouse=True)
def no_throttle_left_over(db: None) -> None:
    cache.clear()


def code_for(cast: Cast) -> str:
    return make_enrolment_code(chart(cast.bo, cast.amina, change=True), now=NOW)


def test_a_phone_is_enrolled_once_by_a_code(cast: Cast, client: Client) -> None:
    code = make_enrolment_code(
        chart(cast.bo, cast.amina, change=True), now=Device.objects.latest("id").created_at
    )
    enrolled = enrol_device(f" {code.lower()} ", name="Pixel", platform="android", now=NOW)
    assert enrolled.patient_id == cast.amina.id
    with pytest.raises(Invalid):
        enrol_device(code, name="Second", platform="android", now=NOW)
    reply = client.get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {enrolled.token}")
    assert reply.json()["name"] == "Amina Okafor"
    assert enrolled.token not in repr(Device.objects.values())


def test_a_code_expires(cast: Cast) -> None:
    code = code_for(cast)
    with pytest.raises(Invalid):
        enrol_device(code, name="Late", platform="ios", now=NOW + CODE_LIFE)


def test_enrolling_over_http_with_a_bad_code_says_so_plainly(cast: Cast, client: Client) -> None:
    reply = post_enrol(client, "AAAAA-AAAAA")
    assert reply.status_code == 400
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json()["code"] == "invalid"


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"code": 5}, "code", "wrong_type"),
        ({"extra": 1}, "extra", "unknown_field"),
        ({"device": {"name": "x"}}, "device.platform", "required"),
        ({"device": {"name": "x" * 81, "platform": "p"}}, "device.name", "too_long"),
        ({"device": {"name": "x", "platform": "p" * 41}}, "device.platform", "too_long"),
    ],
)
def test_bad_fields_are_named(
    cast: Cast, client: Client, more: dict[str, Any], field: str, code: str
) -> None:
    reply = post_enrol(client, "AAAAA-AAAAA", more)
    assert reply.status_code == 400
    assert [(e["field"], e["code"]) for e in reply.json()["errors"]] == [(field, code)]


@pytest.mark.django_db(transaction=True)
def test_guessing_codes_is_throttled(client: Client) -> None:
    answers = [post_enrol(client, f"AAAAA-AAAA{n % 10}").status_code for n in range(25)]
    assert answers[0] == 400
    assert answers[-1] == 429


def test_a_revoked_device_is_out_at_the_next_request(cast: Cast, client: Client) -> None:
    assert client.get("/api/v1/me", **cast.amina.bearer).status_code == 200
    assert cast.amina.device is not None
    revoke_device(cast.amina.device.id, now=NOW)
    reply = client.get("/api/v1/me", **cast.amina.bearer)
    assert reply.status_code == 401
    assert reply["WWW-Authenticate"] == "Bearer"
    assert reply.json()["code"] == "device_revoked"  # what makes a phone forget all it holds
    unknown = client.get("/api/v1/me", headers={"Authorization": "Bearer made-up"})
    assert unknown.json()["code"] == "unauthenticated"


def test_staff_name_the_patient_and_see_only_their_own(cast: Cast, client: Client) -> None:
    client.force_login(cast.bo.user)
    assert client.get("/api/v1/me").status_code == 400
    assert client.get("/api/v1/me?patient=nonsense").status_code == 400
    assert client.get(f"/api/v1/me?patient={cast.amina.id}").status_code == 200
    assert client.get(f"/api/v1/me?patient={cast.stranger.id}").status_code == 404


def test_only_the_care_staff_admit(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        admit_patient(cast.operator.actor, Profile(name="X", zone="UTC"), now=NOW)
    with pytest.raises(Invalid):
        admit_patient(cast.bo.actor, Profile(name="X", zone="Mars/Base"), now=NOW)
    with pytest.raises(Invalid):
        admit_patient(cast.bo.actor, Profile(name="X", zone="UTC", language="de"), now=NOW)


def test_a_changed_profile_reaches_the_phone_once(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    before = own.patient.revision
    change_profile(own, zone="Asia/Kolkata", quiet_from=time(22))
    (row,) = queries.profile_changed_since(own, after=before, limit=10)
    assert (row.zone, row.quiet_from, row.revision) == ("Asia/Kolkata", "22:00", before + 1)
    assert queries.profile_changed_since(own, after=row.revision, limit=10) == []


def test_a_profile_takes_no_unknown_field_and_a_reader_changes_nothing(cast: Cast) -> None:
    with pytest.raises(Invalid):
        change_profile(chart(cast.amina, cast.amina, change=True), revision=7)
    with pytest.raises(Invalid):
        change_profile(chart(cast.amina, cast.amina, change=True), language="tlh")
    with pytest.raises(NotFound):
        change_profile(chart(cast.amina, cast.amina), zone="UTC")


def test_quiet_hours_may_span_midnight(cast: Cast) -> None:
    patient = cast.amina.patient
    assert patient is not None
    patient.quiet_from, patient.quiet_until = time(21), time(8)
    assert [patient.is_quiet_at(time(h)) for h in (20, 21, 3, 8)] == [False, True, True, False]
    patient.quiet_from, patient.quiet_until = time(13), time(15)
    assert [patient.is_quiet_at(time(h)) for h in (12, 13, 15)] == [False, True, False]


def test_a_phone_rings_itself_only_while_it_is_heard_of(cast: Cast) -> None:
    device = Device(armed_until=NOW + timedelta(hours=2), last_seen_at=NOW)
    assert device.rings_at(NOW + timedelta(hours=1), now=NOW)
    assert not device.rings_at(NOW + timedelta(hours=3), now=NOW)
    assert not device.rings_at(NOW + timedelta(hours=1), now=NOW + timedelta(days=2))

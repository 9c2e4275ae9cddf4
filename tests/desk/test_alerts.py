"""The pages of alerts: the nurse deals with one, others only read."""

from django.test import Client

from tests.alerts.people import IN_RANGE, find
from tests.desk.conftest import SignIn
from tests.people import Cast


def deal(client: Client, cast: Cast, **typed: str) -> str:
    address = f"/admin/patients/{cast.amina.id}/alerts/deal/"
    return client.post(address, typed, follow=True).content.decode()


def test_the_nurse_deals_with_it_at_the_desk(cast: Cast, sign_in: SignIn) -> None:
    find(cast, 60)
    client = sign_in(cast.bo)
    assert "60 % of glucose in range" in client.get("/admin/").content.decode()
    assert "this is needed" in deal(client, cast, deed="close").lower()
    assert "this is needed" in deal(client, cast, deed="snooze").lower()
    said = deal(client, cast, deed="close", outcome="called", note="Rang at noon")
    assert "Called the patient" in said or "called the patient" in said
    assert "Rang at noon" in said
    today = client.get("/admin/").content.decode()
    assert "Nothing stands out" in today
    assert "Dealt with, for now" in today
    back = deal(client, cast, deed="reopen", key=IN_RANGE, **{"from": "today"})
    assert "1 of your" in back
    assert "60 % of glucose in range" in back
    assert IN_RANGE in client.get("/admin/load/").content.decode()


def test_a_coordinator_reads_and_deals_with_nothing(cast, sign_in) -> None:
    find(cast, 60)
    client = sign_in(cast.coordinator)
    page = client.get(f"/admin/patients/{cast.amina.id}/alerts/")
    assert page.status_code == 200
    assert "Deal with it" not in page.content.decode()
    address = f"/admin/patients/{cast.amina.id}/alerts/deal/"
    assert client.post(address, {"deed": "confirm"}).status_code == 404

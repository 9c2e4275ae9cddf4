"""Asking, booking, moving, cancelling, ending; tickets; what the HTTP doors say."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from backend.accounts.models import Role
from backend.core.models import new_id
from backend.core.problems import Conflict, Invalid, NotFound
from backend.ledger.queries import entries_of
from backend.notices.models import Occurrence
from backend.patients.access import Category
from backend.patients.actions import join_team, leave_team
from backend.visits import actions, queries
from backend.visits.models import Visit
from backend.wire.messages import VisitEvent
from tests.people import NOW, Cast, chart, staff

TOMORROW = NOW + timedelta(days=1)


def booked(cast: Cast) -> Visit:
    team = chart(cast.bo, cast.amina, change=True)
    return actions.book_visit(team, starts_at=TOMORROW, with_user=cast.bo.user, now=NOW)


def test_a_request_becomes_an_appointment_and_ends(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    event = VisitEvent(new_id(), NOW, TOMORROW, "My knee")
    visit = actions.request_visit(own, event, now=NOW)
    assert (visit.id, visit.state, visit.with_user) == (event.id, "requested", None)
    team = chart(cast.bo, cast.amina, change=True)
    later = TOMORROW + timedelta(hours=2)
    actions.book_visit(
        team, visit_id=visit.id, starts_at=later, with_user=cast.bo.user, minutes=30, now=NOW
    )
    (row,) = queries.changed_since(own, after=visit.revision, limit=9)
    assert (row.state, row.starts_at, row.minutes) == ("booked", later, 30)
    assert (row.with_whom, row.reason) == ("Dr Bo Lindqvist", "My knee")
    ended = actions.end_visit(team, visit.id, notes="Rest and ice", now=later)
    assert (ended.state, ended.ended_at) == ("ended", later)
    assert [v.notes for v in queries.visits(team)] == ["Rest and ice"]
    assert "notes" not in queries.changed_since(own, after=0, limit=9)[0].__slots__


def test_the_patient_is_told_what_others_decide_and_not_what_she_does(cast: Cast) -> None:
    visit = booked(cast)
    told = Occurrence.objects.filter(patient=cast.amina.patient, key__startswith="visit:").exclude(
        template="visit_soon"
    )
    (booking,) = told
    assert (booking.template, booking.due_at) == ("visit_booked", NOW)
    assert booking.values == {"visit_day": "2026-11-24", "visit_time": "10:00"}
    own = chart(cast.amina, cast.amina, change=True)
    actions.cancel_visit(own, visit.id, now=NOW)
    assert told.count() == 1
    team = chart(cast.bo, cast.amina, change=True)
    actions.cancel_visit(team, booked(cast).id, now=NOW)
    assert sorted(told.values_list("template", flat=True)) == [
        "visit_booked",
        "visit_booked",
        "visit_cancelled",
    ]


def test_each_change_takes_a_revision_of_its_own(cast: Cast) -> None:
    visit = booked(cast)
    team = chart(cast.bo, cast.amina, change=True)
    moved = actions.cancel_visit(team, visit.id, now=NOW)
    assert moved.revision == visit.revision + 1 == team.patient.revision + 1


@pytest.mark.parametrize("last", [actions.cancel_visit, actions.end_visit])
def test_what_is_over_stays_over(cast: Cast, last) -> None:  # type: ignore[no-untyped-def]
    visit = booked(cast)
    team = chart(cast.bo, cast.amina, change=True)
    last(team, visit.id, now=NOW)
    for again in (actions.cancel_visit, actions.end_visit, actions.admit):
        with pytest.raises(Conflict):
            again(team, visit.id, now=NOW)
    with pytest.raises(Conflict):
        actions.book_visit(team, visit_id=visit.id, starts_at=TOMORROW, now=NOW)


@pytest.mark.parametrize(
    ("starts_at", "reason", "field"),
    [
        (NOW - timedelta(minutes=1), "", "starts_at"),
        (NOW, "", "starts_at"),
        (NOW + timedelta(days=400), "", "starts_at"),
        (TOMORROW, "x" * 501, "reason"),
    ],
)
def test_a_request_that_cannot_be_names_its_field(
    cast: Cast, starts_at: datetime, reason: str, field: str
) -> None:
    event = VisitEvent(new_id(), NOW, starts_at, reason)
    with pytest.raises(Invalid) as refused:
        actions.request_visit(chart(cast.amina, cast.amina, change=True), event, now=NOW)
    assert [e.field for e in refused.value.errors] == [field]


def test_another_patients_visit_is_not_there(cast: Cast) -> None:
    visit = booked(cast)
    other = chart(cast.stranger, cast.stranger, change=True)
    for deed in (actions.cancel_visit, actions.end_visit, actions.admit):
        with pytest.raises(NotFound):
            deed(other, visit.id, now=NOW)
    mine = actions.request_visit(other, VisitEvent(visit.id, NOW, TOMORROW), now=NOW)
    assert mine.id != visit.id
    assert Visit.objects.get(pk=visit.id).patient_id == cast.amina.id


def test_a_ticket_admits_once_and_is_written_in_the_ledger(cast: Cast) -> None:
    visit = booked(cast)
    ticket = actions.admit(chart(cast.amina, cast.amina), visit.id, now=NOW)
    assert ticket.expires_at == NOW + timedelta(minutes=5)
    assert queries.visit_of_ticket(ticket.token, now=NOW) == visit.id
    entered = actions.enter_room(visit.id, ticket.token, now=NOW)
    assert (entered.user_id, entered.name) == (cast.amina.user.id, "Amina Okafor")
    entry = entries_of(cast.amina.id)[0]
    assert (entry.subject, entry.actor_id) == ("visit room", cast.amina.user.id)
    assert queries.visit_of_ticket(ticket.token, now=NOW) is None
    with pytest.raises(NotFound):
        actions.enter_room(visit.id, ticket.token, now=NOW)


def test_a_ticket_that_is_old_forged_or_for_another_room_opens_nothing(cast: Cast) -> None:
    visit, other = booked(cast), booked(cast)
    ticket = actions.admit(chart(cast.amina, cast.amina), visit.id, now=NOW)
    late = ticket.expires_at
    assert queries.visit_of_ticket(ticket.token, now=late) is None
    for room, token, now in [
        (visit.id, ticket.token, late),
        (visit.id, "forged", NOW),
        (other.id, ticket.token, NOW),
    ]:
        with pytest.raises(NotFound):
            actions.enter_room(room, token, now=now)
    assert actions.enter_room(visit.id, ticket.token, now=NOW)


def test_a_right_that_ended_since_the_ticket_was_given_counts(cast: Cast) -> None:
    visit = booked(cast)
    ticket = actions.admit(chart(cast.bo, cast.amina), visit.id, now=NOW)
    leave_team(chart(cast.amina, cast.amina, change=True), cast.bo.user, now=NOW)
    with pytest.raises(NotFound):
        actions.enter_room(visit.id, ticket.token, now=NOW + timedelta(seconds=1))


def test_a_room_holds_four_people_however_often_they_come_back(cast: Cast) -> None:
    visit = booked(cast)
    extra = [staff(f"dr{n}", f"Dr {n}", Role.CLINICIAN) for n in range(2)]
    for person in extra:
        join_team(chart(cast.bo, cast.amina, Category.PROFILE, change=True), person.user, now=NOW)
    for person in [cast.amina, cast.bo, cast.bo, cast.coordinator, extra[0], cast.amina]:
        ticket = actions.admit(chart(person, cast.amina), visit.id, now=NOW)
        actions.enter_room(visit.id, ticket.token, now=NOW)
    fifth = actions.admit(chart(extra[1], cast.amina), visit.id, now=NOW)
    with pytest.raises(Conflict):
        actions.enter_room(visit.id, fifth.token, now=NOW)


def soon() -> str:
    return (datetime.now(UTC) + timedelta(hours=2)).isoformat()


def test_a_patient_requests_and_staff_book_over_http(cast: Cast, client: Client) -> None:
    sent = {"starts_at": soon(), "reason": "My knee", "id": str(new_id())}
    send = {"content_type": "application/json"}
    made = client.post("/api/v1/visits", sent, **send, **cast.amina.bearer)
    assert (made.status_code, made.json()["state"]) == (201, "requested")
    again = client.post("/api/v1/visits", sent, **send, **cast.amina.bearer)
    assert again.json() == made.json()
    assert made.json()["id"] == sent["id"]
    client.force_login(cast.coordinator.user)
    address = f"/api/v1/visits?patient={cast.amina.id}"
    by_staff = client.post(address, {"starts_at": soon(), "minutes": 45}, **send).json()
    assert (by_staff["state"], by_staff["with_whom"]) == ("booked", "Cem Coordinator")
    assert len(client.get(address).json()["results"]) == 2
    assert len(client.get("/api/v1/visits", **cast.amina.bearer).json()["results"]) == 2


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "starts_at", "required"),
        ({"starts_at": "2026-11-24T09:00:00"}, "starts_at", "naive_time"),
        ({"starts_at": "2020-11-24T09:00:00Z"}, "starts_at", "out_of_range"),
        ({"starts_at": "2999-11-24T09:00:00Z"}, "starts_at", "out_of_range"),
        ({"starts_at": soon(), "minutes": True}, "minutes", "wrong_type"),
        ({"starts_at": soon(), "minutes": 0}, "minutes", "out_of_range"),
        ({"starts_at": soon(), "where": "here"}, "where", "unknown_field"),
        ({"starts_at": soon(), "reason": "x" * 501}, "reason", "too_long"),
    ],
)
def test_a_bad_request_names_the_field(
    cast: Cast, client: Client, body: dict[str, object], field: str, code: str
) -> None:
    reply = client.post(
        "/api/v1/visits", body, content_type="application/json", **cast.amina.bearer
    )
    assert reply.status_code == 400
    assert reply["Content-Type"] == "application/problem+json"
    assert [(e["field"], e["code"]) for e in reply.json()["errors"]] == [(field, code)]


def test_join_gives_a_link_to_a_page_without_health_data(cast: Cast, client: Client) -> None:
    team = chart(cast.bo, cast.amina, change=True)
    visit = actions.book_visit(
        team, starts_at=datetime.now(UTC), with_user=cast.bo.user, reason="My knee", now=NOW
    )
    reply = client.post(f"/api/v1/visits/{visit.id}/join", **cast.amina.bearer)
    assert reply.status_code == 200
    url = reply.json()["url"]
    assert datetime.fromisoformat(reply.json()["expires_at"]) > datetime.now(UTC)
    page = client.get(url)
    assert page.status_code == 200
    assert f'data-socket="ws://testserver/ws/visits/{visit.id}"' in page.content.decode()
    assert "default-src 'none'" in page["Content-Security-Policy"]
    for secret in (b"Amina", b"knee", b"Lindqvist"):
        assert secret not in page.content
    assert client.get(url).status_code == 200  # looking uses nothing up
    token = url.rsplit("/", 1)[1]
    actions.enter_room(visit.id, token, now=datetime.now(UTC))
    gone = client.get(url)
    assert (gone.status_code, b"does not work any more" in gone.content) == (404, True)


def test_join_refuses_what_is_not_booked_and_what_is_not_hers(cast: Cast, client: Client) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    asked = actions.request_visit(own, VisitEvent(new_id(), NOW, TOMORROW), now=NOW)
    join = f"/api/v1/visits/{asked.id}/join"
    assert client.post(join, **cast.amina.bearer).status_code == 409
    assert client.post(join, **cast.stranger.bearer).status_code == 404
    assert client.get(join, **cast.amina.bearer).status_code == 405
    assert client.post(f"/api/v1/visits/{new_id()}/join", **cast.amina.bearer).status_code == 404

"""Before a visit: the patient's questions, reminders, the calendar file; and when nobody comes."""

from datetime import timedelta

import pytest
from django.test import Client

from backend.core.models import new_id
from backend.core.problems import Conflict, Invalid, NotFound
from backend.notices.models import Delivery, Occurrence
from backend.visits import actions, queries
from backend.visits.calendar import calendar_of
from backend.visits.models import Visit
from backend.wire.language import language_of
from backend.wire.messages import VisitQuestionsEvent
from tests.people import NOW, Cast, chart

SOON = NOW + timedelta(days=3)


def booked(cast: Cast, **more: object) -> Visit:
    team = chart(cast.bo, cast.amina, change=True)
    return actions.book_visit(team, **{"starts_at": SOON, "now": NOW} | more)


def asks(cast: Cast, visit: Visit, questions: str, *, hours: int = 0) -> None:
    at = NOW + timedelta(hours=hours)
    event = VisitQuestionsEvent(new_id(), at, visit.id, questions)
    later = NOW + timedelta(hours=9)
    own = chart(cast.amina, cast.amina, change=True, now=later)
    actions.record_questions(own, event, now=later)


def test_her_latest_questions_stand_on_the_visit_in_whatever_order_they_come(cast: Cast) -> None:
    visit = booked(cast)
    asks(cast, visit, "May I drive?", hours=2)
    asks(cast, visit, "An older thought", hours=1)
    (row,) = queries.changed_since(chart(cast.bo, cast.amina), after=0, limit=9)
    assert row.questions == "May I drive?"
    asks(cast, visit, "", hours=3)
    assert queries.visits(chart(cast.bo, cast.amina))[0].questions == ""


def test_questions_that_cannot_be(cast: Cast) -> None:
    visit = booked(cast)
    with pytest.raises(Invalid) as refused:
        asks(cast, visit, "a" * 2_001)
    assert refused.value.errors[0].code == "too_long"
    own = chart(cast.amina, cast.amina, change=True)
    with pytest.raises(NotFound):
        actions.prepare_questions(own, new_id(), "?", now=NOW)
    actions.cancel_visit(own, visit.id, now=NOW)
    with pytest.raises(Invalid) as refused:
        asks(cast, visit, "Too late")
    assert refused.value.errors[0].code == "conflict"


def reminders(visit: Visit) -> list[tuple[str, timedelta]]:
    """Those that will be said, by name and time before the visit."""
    settled = Delivery.objects.filter(outcome="cancelled").values("key")
    due = Occurrence.objects.filter(template="visit_soon").exclude(key__in=settled)
    found = due.order_by("due_at")
    return [(one.key.rsplit(":")[-1], visit.starts_at - one.due_at) for one in found]


BOTH = [("day", timedelta(days=1)), ("soon", timedelta(minutes=15))]


def test_a_booked_visit_is_remembered_and_a_moved_one_at_its_new_time(cast: Cast) -> None:
    visit = booked(cast)
    assert reminders(visit) == BOTH
    asks(cast, visit, "?", hours=1)
    for starts_at in (SOON + timedelta(days=2), SOON):  # away, and back again
        visit = booked(cast, visit_id=visit.id, starts_at=starts_at)
        assert reminders(visit) == BOTH
    actions.cancel_visit(chart(cast.bo, cast.amina, change=True), visit.id, now=NOW)
    assert reminders(visit) == []


def test_what_is_too_near_for_a_reminder_has_none(cast: Cast) -> None:
    assert [name for name, _ in reminders(booked(cast, starts_at=NOW + timedelta(hours=2)))] == [
        "soon"
    ]


def test_nobody_came(cast: Cast) -> None:
    visit, team = booked(cast), chart(cast.bo, cast.amina, change=True)
    with pytest.raises(Conflict):
        actions.miss_visit(team, visit.id, now=NOW)
    late = SOON + timedelta(minutes=10)
    missed = actions.miss_visit(team, visit.id, notes="Called twice", now=late)
    assert (missed.state, missed.ended_at, missed.notes) == ("missed", late, "Called twice")
    said = Occurrence.objects.get(template="visit_missed")
    assert said.due_at == late
    with pytest.raises(Conflict):
        actions.end_visit(team, visit.id, now=late)


def test_the_calendar_file_is_sound_and_says_nothing_of_health(cast: Cast) -> None:
    visit = booked(cast, reason="A rash", with_user=cast.bo.user)
    asks(cast, visit, "May I drive?")
    text = calendar_of(visit, language_of("fr"), now=NOW)
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    assert {"DTSTART:20261126T090000Z", "DTEND:20261126T092000Z", "STATUS:CONFIRMED"} <= set(lines)
    assert [line for line in lines if line.startswith("TRIGGER")] == [
        "TRIGGER:-P1D", "TRIGGER:-PT15M",
    ]  # fmt: skip
    for word in ("rash", "drive", "Bo ", "Amina"):
        assert word not in text


def test_long_words_are_folded_between_letters() -> None:
    visit = Visit(id=new_id(), starts_at=SOON, minutes=20, state="cancelled", revision=3)
    text = calendar_of(visit, language_of("pt"), now=NOW)
    assert "STATUS:CANCELLED" in text
    assert text.encode().decode() == text


def test_over_http(cast: Cast) -> None:
    visit = booked(cast)
    client, own = Client(), cast.amina.bearer
    address = f"/api/v1/visits/{visit.id}"
    put = client.put(
        f"{address}/questions", {"questions": "Why?"}, content_type="application/json", **own
    )
    assert (put.status_code, put.json()["questions"]) == (200, "Why?")
    file = client.get(f"{address}/calendar.ics", **own)
    assert file["Content-Type"].startswith("text/calendar")
    assert client.get(f"/api/v1/visits/{new_id()}/calendar.ics", **own).status_code == 404

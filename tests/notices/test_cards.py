"""Cards as the phone sees them: rows by revision, and what became of them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from backend.core.models import new_id
from backend.core.problems import Invalid, NotFound
from backend.notices.actions import record_notice_event, settle
from backend.notices.models import Notice
from backend.notices.pump import Pump
from backend.notices.queries import changed_since, notices
from backend.patients.access import Category
from backend.wire.messages import NoticeEvent
from backend.wire.problems import Code
from tests.notices.people import leave, moment
from tests.people import NOW, Cast, chart


@pytest.fixture
def card(cast: Cast) -> Notice:
    leave(cast.amina, "one", moment(seconds=1))
    Pump([]).round()
    return Notice.objects.get()


def happens(cast: Cast, card: Notice, status: str, *, minutes: int = 0) -> Notice:
    event = NoticeEvent(new_id(), NOW + timedelta(minutes=minutes), card.id, status)  # type: ignore[arg-type]
    record_notice_event(chart(cast.amina, cast.amina, change=True), event, now=NOW)
    return Notice.objects.get(pk=card.pk)


def test_rows_come_by_revision(cast: Cast, card: Notice) -> None:
    hers = chart(cast.amina, cast.amina)
    (row,) = changed_since(hers, after=0, limit=10)
    assert (row.id, row.key, row.state, row.title) == (card.id, "one", "sent", "Hello")
    assert row.revision == hers.patient.revision
    assert changed_since(hers, after=row.revision, limit=10) == []
    assert [n.id for n in notices(hers)] == [card.id]


def test_events_go_on_never_back_and_raise_the_revision(cast: Cast, card: Notice) -> None:
    opened = happens(cast, card, "opened", minutes=2)
    assert (opened.state, opened.revision) == ("opened", card.revision + 1)
    shown = happens(cast, card, "shown", minutes=1)
    assert (shown.state, shown.revision) == ("opened", opened.revision)
    assert shown.shown_at == NOW + timedelta(minutes=1)
    dismissed = happens(cast, card, "dismissed", minutes=3)
    assert dismissed.state == "dismissed"
    again = happens(cast, card, "opened", minutes=9)
    assert (again.state, again.opened_at) == ("dismissed", NOW + timedelta(minutes=2))


def test_a_withdrawn_card_stays_withdrawn_and_an_answered_one_answered(
    cast: Cast, card: Notice
) -> None:
    leave(cast.amina, "two", moment(seconds=1))
    Pump([]).round()
    answered = Notice.objects.get(key="two")
    happens(cast, answered, "opened")
    settle(chart(cast.amina, cast.amina, change=True), "one", "two")
    assert happens(cast, card, "dismissed").state == "cancelled"
    assert Notice.objects.get(key="two").state == "opened"


def test_a_card_of_nobody_or_another_is_an_unknown_reference(cast: Cast, card: Notice) -> None:
    for person, id_ in ((cast.amina, uuid4()), (cast.stranger, card.id)):
        event = NoticeEvent(new_id(), NOW, id_, "shown")
        with pytest.raises(Invalid) as caught:
            record_notice_event(chart(person, person, change=True), event, now=NOW)
        assert [(e.field, e.code) for e in caught.value.errors] == [
            ("notice", Code.UNKNOWN_REFERENCE)
        ]


def test_a_chart_of_other_things_shows_no_notices(cast: Cast) -> None:
    with pytest.raises(NotFound):
        changed_since(chart(cast.bo, cast.amina, Category.STREAMS), after=0, limit=1)


def test_over_http_the_patient_and_her_team_read_them(
    cast: Cast, card: Notice, client: Client
) -> None:
    hers = client.get("/api/v1/notices", **cast.amina.bearer)
    assert hers.status_code == 200
    assert [row["key"] for row in hers.json()["results"]] == ["one"]
    client.force_login(cast.bo.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/notices", {"patient": str(cast.amina.id)}).status_code == 200
    client.force_login(cast.operator.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/notices", {"patient": str(cast.amina.id)}).status_code == 404

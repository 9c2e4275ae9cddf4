"""The whole record: taken along, and erased for good."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import Client

from backend.accounts.models import Device, User
from backend.core.models import new_id
from backend.ledger.models import Entry
from backend.notices.actions import announce
from backend.patients.models import Patient
from backend.regimens.actions import record_dose_event
from backend.regimens.models import Dose
from backend.streams.actions import store_upload
from backend.surveys.actions import record_response
from backend.visits.actions import admit, book_visit, enter_room
from backend.wire.messages import DoseEvent, SurveyEvent
from tests.people import Cast, chart
from tests.portal.people import enter, prescribed

KEPT = {"ledger_entry"}


def filled(cast: Cast) -> None:
    """Something of Amina's in every room that a patient writes to."""
    now = datetime.now(UTC)
    own = chart(cast.amina, cast.amina, change=True, now=now)
    team = chart(cast.bo, cast.amina, change=True, now=now)
    prescribed(cast)
    dose = Dose.objects.earliest("due_at")
    record_dose_event(own, DoseEvent(new_id(), now, dose.id, "taken"), now=now)
    answers = {f"q{n}": 1 for n in range(1, 8)}
    record_response(own, SurveyEvent(new_id(), now, "gad-7", answers), now=now)
    upload = {"id": str(new_id()), "kind": "heart_rate", "source": "w", "unit": "/min"}
    columns = {"start": (now - timedelta(hours=1)).isoformat(), "step_ms": 1000, "values": [61, 62]}
    store_upload(own, upload | columns, now=now)
    visit = book_visit(team, starts_at=now + timedelta(minutes=5), now=now)
    enter_room(visit.id, admit(own, visit.id, now=now).token, now=now)
    announce(team, key=f"test:{cast.amina.id}", due_at=now, template="late")


def tables_with(text: str) -> set[str]:
    """Every table of the database that holds this text anywhere."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = set()
        for table in tables:
            cursor.execute(
                f'SELECT 1 FROM "{table}" AS row WHERE row::text LIKE %s LIMIT 1',  # noqa: S608
                [f"%{text}%"],
            )
            if cursor.fetchone():
                found.add(table)
    return found


def erase(cast: Cast, **body: object):  # type: ignore[no-untyped-def]
    client = Client(raise_request_exception=False)
    more = {"content_type": "application/json", **cast.amina.bearer}
    return client.post("/api/v1/erase", body, **more)


def test_nothing_of_hers_is_left_but_who_looked(cast: Cast) -> None:
    filled(cast)
    id_, user_id = str(cast.amina.id), str(cast.amina.user.pk)
    assert {"regimens_dose", "streams_upload", "visits_visit"} <= tables_with(id_)
    strangers = tables_with(str(cast.stranger.id))
    assert erase(cast, sure=True).status_code == 204
    assert tables_with(id_) == KEPT
    assert tables_with(user_id) == KEPT
    assert tables_with(str(cast.stranger.id)) == strangers
    last = Entry.objects.latest("id")
    assert (last.subject, last.actor_id) == ("record erased", cast.amina.user.pk)
    assert erase(cast, sure=True).status_code == 401


def test_it_must_be_meant(cast: Cast) -> None:
    assert erase(cast).status_code == 400
    assert erase(cast, sure=False).status_code == 400
    assert Patient.objects.filter(pk=cast.amina.id).exists()


def test_nobody_erases_another(cast: Cast, client: Client) -> None:
    client.force_login(cast.bo.user, "django.contrib.auth.backends.ModelBackend")
    address = f"/api/v1/erase?patient={cast.amina.id}"
    assert client.post(address, {"sure": True}, content_type="application/json").status_code == 404
    assert client.get(f"/api/v1/export?patient={cast.amina.id}").status_code == 404


def test_the_phone_takes_the_record_along(cast: Cast, client: Client) -> None:
    filled(cast)
    whole = client.get("/api/v1/export", **cast.amina.bearer).json()
    assert whole["regimens"][0]["medicine"] == "Metformin"
    assert whole["measured"] == ["heart_rate"]
    lines = b"".join(client.get("/api/v1/export/heart_rate.csv", **cast.amina.bearer)).decode()
    assert [line.split(",")[1] for line in lines.split()[1:]] == ["61", "62"]
    assert client.get("/api/v1/export/none.csv", **cast.amina.bearer).status_code == 404


def test_the_page_asks_once_more(cast: Cast) -> None:
    hers = enter(cast.amina, Client())
    assert "Erase all now" in hers.get("/me/privacy/erase").content.decode()
    assert hers.post("/me/privacy/erase").status_code == 400
    done = hers.post("/me/privacy/erase", {"sure": "yes"})
    assert "is erased" in done.content.decode()
    assert done.cookies["evenkeel_me"].value == ""
    assert not User.objects.filter(pk=cast.amina.user.pk).exists()
    assert not Device.objects.filter(user_id=cast.amina.user.pk).exists()
    assert hers.get("/me/").status_code == 302

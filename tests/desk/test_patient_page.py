"""The patient page: what each panel shows, and that its buttons do what they say."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import Device, Role
from backend.insights.actions import refresh_patient
from backend.patients.access import Category
from backend.patients.actions import change_profile
from backend.patients.models import EnrolmentCode, Grant, Member
from backend.streams.actions import store_upload
from backend.surveys.actions import record_response
from backend.visits.actions import request_visit
from backend.visits.models import Visit
from backend.wire.ids import uuid7
from backend.wire.messages import SurveyEvent, VisitEvent
from tests.desk.conftest import SignIn
from tests.people import Cast, chart, staff

MOST_STATEMENTS = 60
BERLIN = ZoneInfo("Europe/Berlin")


def store(cast: Cast, kind: str, unit: str, start: datetime, values: list[float]) -> None:
    upload = {
        "id": str(uuid7(start)),
        "kind": kind,
        "source": "dexcom-g6",
        "unit": unit,
        "start": start.isoformat(),
        "values": values,
        "step_ms": 300_000,
    }
    own = chart(cast.amina, cast.amina, change=True, now=start)
    assert store_upload(own, upload, now=datetime.now(UTC)).outcome == "stored"


def press(cast: Cast, client, deed: str, **typed: object):  # type: ignore[no-untyped-def]
    return client.post(f"/admin/patients/{cast.amina.id}/do/{deed}/", typed, follow=True)


@pytest.fixture
def page(cast: Cast) -> str:
    return f"/admin/patients/{cast.amina.id}/"


def test_a_day_and_a_month_are_drawn(cast: Cast, sign_in: SignIn, page: str) -> None:
    start = datetime(2026, 11, 20, 6, tzinfo=UTC)
    store(cast, "glucose", "mg/dL", start, [100.0] * 12 + [200.0] * 12)
    client = sign_in(cast.bo)
    for span in ("day", "week", "month", "quarter", "year"):
        shown = client.get(page, {"span": span, "day": "2026-11-20"}).content.decode()
        assert "dexcom-g6" in shown
        assert "Shaded: 70 to 180 mg/dL" in shown
        assert shown.count('class="ek-svg"') == 1
    day = client.get(page, {"span": "day", "day": "2026-11-20"}).content.decode()
    assert "100 to 200, mean 150" in day
    other = client.get(page, {"span": "day", "day": "2026-11-18"}).content.decode()
    assert "Latest data: 20 Nov 2026" in other
    assert "Nothing was measured in this time" in other


def test_charts_speak_the_patients_unit(cast: Cast, sign_in: SignIn, page: str) -> None:
    change_profile(chart(cast.bo, cast.amina, change=True), units={"glucose": "mmol/L"})
    store(cast, "glucose", "mg/dL", datetime(2026, 11, 20, 6, tzinfo=UTC), [90.078] * 5)
    shown = sign_in(cast.bo).get(page, {"span": "day", "day": "2026-11-20"}).content.decode()
    assert "5 to 5, mean 5" in shown
    assert "Shaded: 3.89 to 9.99 mmol/L" in shown


@pytest.mark.parametrize(
    "query",
    [{"day": "x"}, {"day": "9999-12-31"}, {"day": "0001-01-01"}, {"span": "century"}, {"day": ""}],
)
def test_odd_questions_get_this_month(
    cast: Cast, sign_in: SignIn, page: str, query: dict[str, str]
) -> None:
    assert sign_in(cast.bo).get(page, query).status_code == 200


def test_findings_show_why_there_is_no_number(cast: Cast, sign_in: SignIn, page: str) -> None:
    now = datetime.now(UTC)
    store(cast, "glucose", "mg/dL", now - timedelta(hours=30), [100.0] * 12)
    refresh_patient(cast.amina.id, now=now)
    shown = sign_in(cast.bo).get(page).content.decode()
    assert shown.count("no number") == 2  # of glucose together, and of the sensor's wear
    assert shown.count("Your sensor was on for") == 1
    assert shown.count("No data of this kind") == 1
    assert "glucose.time_in_range" in shown
    assert "Not for setting a dose" in shown


def test_statements_stay_bounded(cast: Cast, sign_in: SignIn, page: str) -> None:
    client = sign_in(cast.bo)
    for number in range(6):
        now = datetime.now(UTC) - timedelta(days=number)
        store(cast, "glucose", "mg/dL", now - timedelta(hours=5), [100.0] * 12)
        answers = {f"q{n}": 0 for n in range(1, 10)}
        said = SurveyEvent(id=uuid4(), at=now, survey="phq-9", answers=answers)
        record_response(chart(cast.amina, cast.amina, change=True), said, now=now)
    with CaptureQueriesContext(connection) as found:
        assert client.get(page).status_code == 200
    assert len(found) <= MOST_STATEMENTS


def test_an_enrolment_code_is_shown_once_with_a_picture(
    cast: Cast, sign_in: SignIn, page: str
) -> None:
    before = EnrolmentCode.objects.count()
    shown = sign_in(cast.bo).post(f"{page}code/").content.decode()
    assert EnrolmentCode.objects.count() == before + 1
    assert "<svg" in shown
    assert "http://testserver" in shown


def test_a_device_is_signed_out(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.coordinator)
    assert cast.stranger.device
    assert cast.amina.device
    foreign = press(cast, client, "revoke-device", id=cast.stranger.device.id)
    assert foreign.status_code == 404
    assert Device.objects.get(pk=cast.stranger.device.id).revoked_at is None
    press(cast, client, "revoke-device", id=cast.amina.device.id)
    assert client.get("/api/v1/me", **cast.amina.bearer).status_code == 401


def test_people_join_and_leave(cast: Cast, sign_in: SignIn) -> None:
    new = staff("nils", "Nils Nurse", Role.CLINICIAN)
    client = sign_in(cast.bo)
    shown = press(cast, client, "join-team", user=new.user.id).content.decode()
    assert "Nils Nurse is on the team" in shown
    assert sign_in(new).get(f"/admin/patients/{cast.amina.id}/").status_code == 200
    press(cast, client, "leave-team", user=new.user.id)
    assert sign_in(new).get(f"/admin/patients/{cast.amina.id}/").status_code == 404
    press(cast, client, "join-team", user=cast.operator.user.id)
    assert not Member.objects.filter(user=cast.operator.user).exists()


def test_a_caregivers_consent_is_written_down_and_ended(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.bo)
    press(cast, client, "give-grant", user=cast.carla.user.id, categories=["streams", "visits"])
    made = Grant.objects.get(recipient=str(cast.carla.user.id))
    assert made.categories == ["streams", "visits"]
    chart(cast.carla, cast.amina, Category.STREAMS, now=datetime.now(UTC))
    press(cast, client, "withdraw-grant", id=made.id)
    made.refresh_from_db()
    assert not made.holds_at(datetime.now(UTC))


def test_visits_are_booked_in_the_patients_time(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.coordinator)
    day = datetime.now(UTC).date() + timedelta(days=30)
    press(cast, client, "book-visit", starts=f"{day}T10:30", minutes=30, reason="Review")
    booked = Visit.objects.get()
    berlin = booked.starts_at.astimezone(BERLIN)
    assert f"{berlin:%Y-%m-%dT%H:%M}" == f"{day}T10:30"
    shown = press(cast, client, "end-visit", id=booked.id, notes="All well")
    assert b"All well" in shown.content
    again = press(cast, client, "cancel-visit", id=booked.id)
    assert b"This visit is over" in again.content


def test_a_booked_visit_is_joined_by_a_ticket(cast: Cast, sign_in: SignIn, page: str) -> None:
    now = datetime.now(UTC)
    asked = VisitEvent(id=uuid7(now), at=now, starts_at=now + timedelta(days=2))
    request_visit(chart(cast.amina, cast.amina, change=True), asked, now=now)
    client = sign_in(cast.bo)
    join = f"{page}visits/{asked.id}/join/"
    assert b"has not booked" in client.post(join, follow=True).content
    local = f"{asked.starts_at.astimezone(BERLIN):%Y-%m-%dT%H:%M}"
    press(cast, client, "book-visit", id=asked.id, starts=local, minutes=20)
    answer = client.post(join)
    assert answer.url.startswith("/visit/")
    assert client.get(answer.url).status_code == 200
    assert sign_in(cast.other_clinician).post(join).status_code == 404
    own = f"/admin/patients/{cast.stranger.id}/visits/{asked.id}/join/"
    assert sign_in(cast.other_clinician).post(own).status_code == 404


def test_a_request_is_confirmed(cast: Cast, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    asked = VisitEvent(id=uuid7(now), at=now, starts_at=now + timedelta(days=2))
    request_visit(chart(cast.amina, cast.amina, change=True), asked, now=now)
    press(
        cast,
        sign_in(cast.bo),
        "book-visit",
        id=asked.id,
        starts=f"{asked.starts_at.astimezone(BERLIN):%Y-%m-%dT%H:%M}",
        minutes=20,
    )
    visit = Visit.objects.get()
    assert (visit.state, visit.with_user) == (Visit.State.BOOKED, cast.bo.user)


@pytest.mark.parametrize(
    ("deed", "typed"),
    [
        ("book-visit", {"starts": "yesterday", "minutes": 20}),
        ("book-visit", {"starts": "2999-01-01T10:00", "minutes": 20}),
        ("book-visit", {"starts": "2026-12-01T10:00", "minutes": 9999}),
        ("cancel-visit", {"id": "not-an-id"}),
        ("join-team", {"user": "x"}),
        ("give-grant", {"user": "", "categories": ["genomics"]}),
        ("revoke-device", {}),
    ],
)
def test_what_is_typed_wrong_is_told(
    cast: Cast, sign_in: SignIn, deed: str, typed: dict[str, object]
) -> None:
    answer = press(cast, sign_in(cast.bo), deed, **typed)
    assert answer.status_code == 200
    assert [m.level_tag for m in answer.context["messages"]] == ["error"]


def test_the_profile_is_edited(cast: Cast, sign_in: SignIn, page: str) -> None:
    client = sign_in(cast.coordinator)
    form = client.get(f"{page}profile/").context["form"]
    typed = form.initial | {"zone": "Asia/Tokyo", "glucose_unit": "mmol/L", "birth_date": ""}
    assert client.post(f"{page}profile/", typed).status_code == 302
    assert cast.amina.patient
    cast.amina.patient.refresh_from_db()
    assert cast.amina.patient.zone == "Asia/Tokyo"
    assert client.post(f"{page}profile/", typed | {"name": ""}).status_code == 400


def test_nudges_are_turned_off_and_on(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.bo)
    assert b"wants none" in press(cast, client, "turn-nudges", off="on").content
    assert b"wants none" not in press(cast, client, "turn-nudges").content

"""The list and the day: one's own patients only, few statements, entries for all who are shown."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import Device
from backend.desk.pages.worklist import sort_day
from backend.desk.queries import worklist
from backend.insights.silence import watch_patient
from backend.ledger.models import Entry
from backend.notices.models import Occurrence
from backend.notices.pump import Pump
from backend.patients.access import Category
from backend.patients.actions import Profile, admit_patient
from backend.patients.models import Member, Patient
from backend.regimens.actions import Plan, Timing, prescribe, record_dose_event
from backend.regimens.models import Dose
from backend.streams.plans import set_plan
from backend.surveys.actions import record_response
from backend.visits.actions import book_visit, request_visit
from backend.wire.ids import uuid7
from backend.wire.messages import DoseEvent, SurveyEvent, VisitEvent
from tests.desk.conftest import SignIn
from tests.insights.measured import upload
from tests.people import NOW, Cast, chart, patient_of


def admit_many(cast: Cast, count: int) -> None:
    for number in range(count):
        profile = Profile(name=f"Person {number:02}", zone="Europe/Berlin")
        admit_patient(cast.bo.actor, profile, now=NOW)


@pytest.mark.parametrize("path", ["/admin/", "/admin/patients/"])
def test_only_ones_own_patients(cast: Cast, sign_in: SignIn, path: str) -> None:
    Device.objects.all().update(created_at=NOW - timedelta(days=9))
    mine = sign_in(cast.bo).get(path).content
    theirs = sign_in(cast.other_clinician).get(path).content
    assert b"Amina Okafor" in mine
    assert b"Stranger Strand" not in mine
    assert b"Stranger Strand" in theirs
    assert b"Amina Okafor" not in theirs


def test_search_is_posted_and_finds_parts_of_names(cast: Cast, sign_in: SignIn) -> None:
    admit_many(cast, 3)
    client = sign_in(cast.bo)
    found = client.post("/admin/patients/", {"search": "OKA"})
    assert b"Amina Okafor" in found.content
    assert b"Person 00" not in found.content
    assert b"Person 00" in client.get("/admin/patients/?search=OKA").content
    assert client.post("/admin/patients/", {"search": "a\0%_"}).status_code == 200
    assert b"Stranger" not in client.post("/admin/patients/", {"search": "Strand"}).content


def test_each_patient_shown_is_entered_once(cast: Cast, sign_in: SignIn) -> None:
    admit_many(cast, 4)
    before = Entry.objects.latest("id").id
    sign_in(cast.bo).post("/admin/patients/", {"search": "Person"})
    entered = Entry.objects.filter(id__gt=before)
    assert entered.count() == 4
    assert {e.subject for e in entered} == {"patients list"}
    assert cast.amina.id not in {e.patient_id for e in entered}


@pytest.mark.parametrize("path", ["/admin/", "/admin/patients/"])
def test_statements_do_not_grow_with_patients(cast: Cast, sign_in: SignIn, path: str) -> None:
    client = sign_in(cast.bo)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    admit_many(cast, 50)
    with CaptureQueriesContext(connection) as many:
        assert client.get(path).status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 20


def test_the_day_sorts_what_is_due(cast: Cast) -> None:
    silent = patient_of(cast.bo, "Silent Sam")
    Device.objects.filter(user=silent.user).update(last_seen_at=NOW - timedelta(days=3))
    book_visit(chart(cast.bo, cast.amina, change=True), starts_at=NOW + timedelta(hours=3), now=NOW)
    asked = VisitEvent(id=uuid7(NOW), at=NOW, starts_at=NOW + timedelta(days=4))
    request_visit(chart(cast.amina, cast.amina, change=True), asked, now=NOW)
    answers = SurveyEvent(
        id=uuid7(NOW), at=NOW, survey="phq-9", answers={f"q{n}": 1 for n in range(1, 10)}
    )
    record_response(chart(cast.amina, cast.amina, change=True), answers, now=NOW)
    day = sort_day(worklist(cast.bo.actor, now=NOW), NOW)
    assert [row.patient.name for row in day.silent] == ["Silent Sam"]
    assert [row.patient.name for row in day.visits] == ["Amina Okafor"]
    assert [row.patient.name for row in day.asked] == ["Amina Okafor"]
    (urgent,) = day.look
    assert urgent.patient.name == "Amina Okafor"
    assert "PHQ-9" in urgent.reasons[0]


def test_admission(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.coordinator)
    typed = {
        "name": "Nadia New",
        "birth_date": "1950-02-03",
        "sex": "female",
        "zone": "Asia/Kolkata",
        "language": "en",
        "glucose_unit": "mmol/L",
        "quiet_from": "22:00",
        "quiet_until": "07:30",
    }
    answer = client.post("/admin/patients/admit/", typed)
    made = Patient.objects.get(name="Nadia New")
    assert (answer.status_code, answer.url) == (302, f"/admin/patients/{made.id}/")
    assert made.units == {"glucose": "mmol/L"}
    assert Member.objects.get(patient=made).user == cast.coordinator.user
    assert client.get(answer.url).status_code == 200
    wrong = client.post("/admin/patients/admit/", typed | {"zone": "Mars/Base"})
    assert wrong.status_code == 400
    assert sign_in(cast.operator).post("/admin/patients/admit/", typed).status_code == 404


def test_simulated_patients_are_labelled(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.bo)
    assert b"made by a program" not in client.get("/admin/").content
    profile = Profile(name="Made Up", zone="UTC")
    made = admit_patient(cast.bo.actor, profile, simulated=True, now=datetime.now(UTC))
    for path in ("/admin/", "/admin/patients/", f"/admin/patients/{made.id}/"):
        assert b"made by a program" in client.get(path).content


def test_a_silence_stands_in_the_day_where_the_plan_has_the_team_told(
    cast: Cast, sign_in: SignIn
) -> None:
    last = datetime.now(UTC) - timedelta(hours=2)
    begin = last - timedelta(minutes=55)
    upload(cast.amina, "glucose", begin, [100.0] * 12, unit="mg/dL", step_ms=300_000, now=last)

    def told(*, tell_team: bool) -> bool:
        opened = chart(cast.bo, cast.amina, Category.STREAMS, change=True, now=datetime.now(UTC))
        set_plan(opened, "glucose", every_s=600, tell_team=tell_team, now=datetime.now(UTC))
        watch_patient(cast.amina.id, now=datetime.now(UTC))
        return "No glucose since" in sign_in(cast.bo).get("/admin/").content.decode()

    assert not told(tell_team=False)
    assert told(tell_team=True)
    page = sign_in(cast.bo).get(f"/admin/patients/{cast.amina.id}/").content.decode()
    assert "No glucose from" in page
    assert "No glucose since" not in sign_in(cast.other_clinician).get("/admin/").content.decode()


def test_a_dose_that_nobody_answered_stands_in_the_list_until_somebody_does(
    cast: Cast, sign_in: SignIn
) -> None:
    now = datetime.now(UTC)
    local = (now + timedelta(hours=1)).astimezone(ZoneInfo("Europe/Berlin"))
    hers = chart(cast.bo, cast.amina, Category.MEDICINES, change=True, now=now)
    prescribe(
        hers,
        medicine="Tacrolimus",
        dose="1 mg",
        timing=Timing(times=(f"{local:%H:%M}",)),
        plan=Plan(escalation={"team": 60}, critical=True),
        now=now,
    )
    dose = Dose.objects.earliest("due_at")
    client = sign_in(cast.bo)
    assert b"No answer about" not in client.get("/admin/").content
    Occurrence.objects.filter(pk=f"{dose.key}:team").update(due_at=now)
    Pump([]).round()
    said = f"No answer about Tacrolimus, due {local:%a} at {local:%H:%M}".encode()
    assert said in client.get("/admin/").content
    (row,) = (r for r in worklist(cast.bo.actor, now=now) if r.patient.id == cast.amina.id)
    assert row.is_urgent
    event = DoseEvent(uuid7(now), now, dose.id, "taken")
    record_dose_event(hers, event, now=now)
    assert b"No answer about" not in client.get("/admin/").content

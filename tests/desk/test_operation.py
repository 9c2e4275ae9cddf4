"""What operators do, and that none of it shows whose data it is about."""

from datetime import UTC, datetime

import pytest

from backend.accounts.models import User
from backend.agenda.models import Line
from backend.insights.models import Failure
from backend.notices.models import Delivery
from backend.patients.actions import change_profile
from tests.desk.conftest import SignIn
from tests.people import PASSWORD, Cast, chart

CANARY = "Zebulon-Canary"
LINES = "/admin/agenda/line/"
USERS = "/admin/accounts/user/"


@pytest.fixture
def canary(cast: Cast) -> Cast:
    """A patient whose name and medicine would be told from a mile away, with work gone wrong."""
    change_profile(chart(cast.bo, cast.amina, change=True), name=CANARY)
    Line.objects.create(
        patient=cast.amina.patient,
        kind="streams.merge",
        bucket=0,
        due_at=datetime.now(UTC),
        attempts=8,
        last_error="ValueError",
        dead_at=datetime.now(UTC),
    )
    Delivery.objects.create(
        key=f"rem:{CANARY}:2026-11-23T08:00",
        bucket=0,
        attempts=6,
        outcome=Delivery.Outcome.FAILED,
        lease=Delivery.GIVEN_UP,
        last_error="TimeoutError",
    )
    return cast


@pytest.mark.parametrize(
    "path",
    ["/admin/", "/admin/deliveries/", LINES, f"{LINES}?state=dead", USERS, f"{USERS}add/"],
)
def test_no_page_names_a_patient(canary: Cast, sign_in: SignIn, path: str) -> None:
    answer = sign_in(canary.operator).get(path)
    assert answer.status_code == 200
    assert CANARY not in answer.content.decode()


def test_one_line_and_its_history_name_no_patient(canary: Cast, sign_in: SignIn) -> None:
    client = sign_in(canary.operator)
    line = Line.objects.get()
    for part in ("change/", "history/"):
        answer = client.get(f"{LINES}{line.pk}/{part}")
        assert answer.status_code == 200
        assert CANARY not in answer.content.decode()
    assert client.get(f"{USERS}{canary.amina.user.pk}/change/").status_code == 302
    assert client.post(f"{LINES}{line.pk}/delete/").status_code == 403


@pytest.mark.parametrize("who", ["bo", "coordinator"])
@pytest.mark.parametrize("path", [LINES, USERS, f"{USERS}add/", "/admin/deliveries/"])
def test_the_care_team_does_not_operate(cast: Cast, sign_in: SignIn, who: str, path: str) -> None:
    assert sign_in(getattr(cast, who)).get(path).status_code in (403, 404)


def test_dead_lines_get_another_round(canary: Cast, sign_in: SignIn) -> None:
    client = sign_in(canary.operator)
    line = Line.objects.get()
    shown = client.get(LINES).content.decode()
    assert str(canary.amina.id) in shown
    assert "ValueError" in shown
    client.post(LINES, {"action": "revive_lines", "_selected_action": [line.pk]})
    line.refresh_from_db()
    assert (line.dead_at, line.attempts) == (None, 0)


def test_dead_deliveries_get_another_round(canary: Cast, sign_in: SignIn) -> None:
    client = sign_in(canary.operator)
    shown = client.get("/admin/deliveries/").content.decode()
    assert "TimeoutError" in shown
    assert "<td>rem</td>" in shown
    assert client.post("/admin/deliveries/").status_code == 302
    assert Delivery.objects.get().outcome == Delivery.Outcome.CLAIMED


def test_operators_add_staff_and_shut_them_out(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.operator)
    typed = {"username": "nils", "name": "Nils New", "role": "clinician", "password": PASSWORD}
    assert client.post(f"{USERS}add/", typed).status_code == 302
    made = User.objects.get(username="nils")
    assert made.check_password(PASSWORD)
    assert (made.role, made.is_staff, made.is_superuser) == ("clinician", True, False)
    acts = {"action": "deactivate", "_selected_action": [made.pk, cast.operator.user.pk]}
    client.post(USERS, acts)
    made.refresh_from_db()
    cast.operator.user.refresh_from_db()
    assert (made.is_active, cast.operator.user.is_active) == (False, True)
    client.post(USERS, {"action": "activate", "_selected_action": [made.pk]})
    made.refresh_from_db()
    assert made.is_active


@pytest.mark.parametrize(
    "wrong",
    [{"password": "short"}, {"role": "patient"}, {"username": "bo"}, {"password": "password1234"}],
)
def test_bad_accounts_are_refused(cast: Cast, sign_in: SignIn, wrong: dict[str, str]) -> None:
    typed = {"username": "nils", "name": "Nils New", "role": "clinician", "password": PASSWORD}
    answer = sign_in(cast.operator).post(f"{USERS}add/", typed | wrong)
    assert answer.status_code == 200
    assert not User.objects.filter(username="nils").exists()


def test_an_operator_cannot_reach_a_patient_account(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.operator)
    patient = cast.amina.user
    client.post(USERS, {"action": "deactivate", "_selected_action": [patient.pk]})
    patient.refresh_from_db()
    assert patient.is_active


def test_a_method_that_fails_is_seen_and_no_patient_is(canary: Cast, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    Failure.objects.create(
        patient=canary.amina.patient,
        method="heart.night_resting",
        version="1.0",
        error="ValueError at heart.py:12",
        first_at=now,
        last_at=now,
        times=1,
    )
    page = sign_in(canary.operator).get("/admin/").content.decode()
    assert "Could not be computed" in page
    assert "heart.night_resting" in page
    assert "ValueError at heart.py:12" in page
    assert CANARY not in page

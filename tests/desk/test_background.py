"""The page where the team tells what the risks lack; the risk on the patient page."""

from datetime import UTC, datetime

from backend.patients.access import Category
from backend.patients.background import answers_of
from tests.desk.conftest import SignIn
from tests.insights.measured import refresh
from tests.insights.risks import ANSWERS, MEASURED, be
from tests.people import Cast, chart


def typed(**more: str) -> dict[str, str]:
    day = datetime.now(UTC).date().isoformat()
    values = {kind: str(value) for kind, (value, _) in MEASURED.items()}
    units = {f"{kind}_unit": unit for kind, (_, unit) in MEASURED.items()}
    return ANSWERS | values | units | {"day": day} | more


def test_told_at_the_desk_the_risk_is_drawn_on_the_patient_page(cast: Cast, sign_in: SignIn):
    be(cast.amina)
    client, page = sign_in(cast.bo), f"/admin/patients/{cast.amina.id}/"
    refresh(cast.amina, now=datetime.now(UTC))
    asking = client.get(page).content.decode()
    assert "we still need to know: your blood pressure" in asking
    assert f'href="{page}background/"' in asking
    assert client.post(f"{page}background/", typed()).url == page
    refresh(cast.amina, now=datetime.now(UTC))
    shown = client.get(page).content.decode()
    assert "You, as things are: 15 of 100" in shown
    assert "Heart attack or stroke (ASCVD)" in shown
    assert shown.count('class="risk-case"') == 2
    again = client.get(f"{page}background/").content.decode()
    assert "Known: 160 mmHg" in again


def test_left_empty_means_not_known(cast: Cast, sign_in: SignIn):
    sent = {"smoking": "no", "day": datetime.now(UTC).date().isoformat()}
    sign_in(cast.bo).post(f"/admin/patients/{cast.amina.id}/background/", sent)
    now = datetime.now(UTC)
    known = answers_of(chart(cast.amina, cast.amina, Category.SURVEYS, now=now), at=now)
    assert list(known) == ["smoking"]


def test_bad_values_are_told_beside_their_field_and_nothing_is_kept(cast: Cast, sign_in: SignIn):
    client, path = sign_in(cast.bo), f"/admin/patients/{cast.amina.id}/background/"
    for bad in ({"egfr": "9000"}, {"egfr": "x"}, {"smoking": "maybe"}, {"day": "2090-01-01"}):
        answer = client.post(path, typed(**bad))
        assert answer.status_code == 400
        assert 'role="alert"' in answer.content.decode()
    now = datetime.now(UTC)
    assert answers_of(chart(cast.amina, cast.amina, Category.SURVEYS, now=now), at=now) == {}


def test_a_coordinator_may_not_tell(cast: Cast, sign_in: SignIn):
    path = f"/admin/patients/{cast.amina.id}/background/"
    assert sign_in(cast.coordinator).get(path).status_code == 404

"""The nurse's forms for texts, and who may use them."""

import pytest
from django.test import Client

from backend.accounts.models import Mobile
from backend.ledger.queries import entries_of
from backend.sms.models import TextSurvey
from tests.people import Cast, Person
from tests.sms.people import NUMBER, Gateway, texter


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    return client


def press(who: Person, patient: Person, deed: str, **fields: str) -> str:
    """Press a button of the patient page; returns the page that follows."""
    client = signed_in(who)
    answer = client.post(f"/admin/patients/{patient.id}/do/{deed}/", fields)
    if answer.status_code != 302:
        return str(answer.status_code)
    page = client.get(f"/admin/patients/{patient.id}/")
    assert page.status_code == 200
    return page.content.decode()


def test_a_nurse_enrols_a_number_and_sees_what_became_of_it(cast: Cast, gateway: Gateway) -> None:
    page = press(cast.coordinator, cast.amina, "enrol-number", number="+254 712 345678")
    assert "A text asks +254 712 345678 for a YES" in page
    assert "has not answered yet" in page
    assert entries_of(cast.amina.id).filter(subject="enrol-number", deed="change").count() == 1
    gateway.text("yes")
    assert "takes texts since" in press(cast.bo, cast.amina, "assign-survey", survey="phq-9")
    assert TextSurvey.objects.get().survey == "phq-9"
    page = press(cast.bo, cast.amina, "end-survey")
    assert "what was answered is not scored" in page
    gateway.text("stop")
    assert "stopped by the patient on" in press(cast.bo, cast.amina, "end-survey")
    page = press(cast.coordinator, cast.amina, "remove-number")
    assert "No number: no texts are sent" in page
    assert not Mobile.objects.exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0712", "country code"),
        ("", "Mobile number"),
        (NUMBER, "Another person here has this number"),
        ("+" + "1" * 40, "Mobile number"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    cast: Cast, gateway: Gateway, number: str, words: str
) -> None:
    texter(cast)
    assert words in press(cast.bo, cast.amina, "enrol-number", number=number)
    assert Mobile.objects.count() == 1


def test_a_caregiver_is_written_down(cast: Cast, gateway: Gateway) -> None:
    carla = str(cast.carla.user.id)
    page = press(cast.bo, cast.amina, "enrol-carer", user=carla, number=NUMBER)
    assert "Carla Carer is told by text once YES has come" in page
    other = str(cast.bo.user.id)
    press(cast.bo, cast.amina, "enrol-carer", user=other, number=NUMBER)
    assert Mobile.objects.get().user_id == cast.carla.user.id


@pytest.mark.parametrize("who", ["other_clinician", "operator"])
@pytest.mark.parametrize("deed", ["enrol-number", "enrol-carer", "remove-number", "assign-survey"])
def test_who_is_not_of_the_team_enrols_nobody(
    cast: Cast, gateway: Gateway, who: str, deed: str
) -> None:
    answer = press(getattr(cast, who), cast.amina, deed, number=NUMBER, survey="phq-9")
    assert answer == "404"
    assert not Mobile.objects.exists()


def test_a_coordinator_asks_no_questionnaire(cast: Cast, gateway: Gateway) -> None:
    assert press(cast.coordinator, cast.amina, "assign-survey", survey="phq-9") == "404"


def test_without_a_gateway_the_page_says_so(cast: Cast) -> None:
    page = signed_in(cast.bo).get(f"/admin/patients/{cast.amina.id}/").content.decode()
    assert "Text messages are not set up on this installation" in page
    assert "Enrol by text" not in page
    assert "not set up here" in press(cast.bo, cast.amina, "enrol-number", number=NUMBER)


def test_whom_nothing_reaches_any_more_stands_on_the_day_s_list(
    cast: Cast, gateway: Gateway
) -> None:
    texter(cast)
    gateway.text("yes")
    client = signed_in(cast.bo)
    assert "said STOP to texts" not in client.get("/admin/").content.decode()
    gateway.text("stop")
    assert "said STOP to texts" in client.get("/admin/").content.decode()
    assert "stopped texts" in client.get("/admin/patients/").content.decode()

"""The page on nudges: numbers over people for the care team, none of them anybody's own."""

from backend.guidance import queries
from tests.guidance.decided import decide_many
from tests.guidance.test_evaluation import team
from tests.people import chart


def test_the_care_team_reads_effects_and_values(cast, sign_in):
    decide_many(team(cast, 8))
    page = sign_in(cast.bo).get("/admin/nudges/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "Weighted and centred least squares" in text
    assert "thompson-action-centred" in text
    assert "week 4" in text
    assert "Person 1" not in text


def test_too_little_is_said_plainly(cast, sign_in):
    decide_many([cast.amina.patient])
    text = sign_in(cast.coordinator).get("/admin/nudges/").content.decode()
    assert "1 people, 5 are needed" in text
    assert "Amina" not in text


def test_it_is_a_page_of_the_care_team(cast, sign_in):
    assert sign_in(cast.operator).get("/admin/nudges/").status_code == 404
    assert sign_in(cast.bo).post("/admin/nudges/").status_code == 405
    other = sign_in(cast.other_clinician).get("/admin/nudges/").content.decode()
    assert "No decision has an outcome yet." in other


def test_the_team_sets_the_tone_that_the_patient_wants(cast, sign_in):
    bo = sign_in(cast.bo)
    path = f"/admin/patients/{cast.amina.id}/"
    assert 'name="tone"' in bo.get(path).content.decode()
    bo.post(f"{path}do/choose-nudges/", {"tone": "warm", "a_week": "4"})
    choice = queries.nudge_choice(chart(cast.amina, cast.amina))
    assert (choice.tone, choice.a_week) == ("warm", 4)
    bo.post(f"{path}do/choose-nudges/", {"tone": "loud"})
    assert queries.nudge_choice(chart(cast.amina, cast.amina)).tone == "warm"

"""PREVENT and FINDRISC as findings: the numbers, what is asked for, who gets none, the words."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from backend.core.problems import Invalid
from backend.insights.queries import finding_rows
from backend.patients.access import Category
from backend.patients.background import answers_of
from backend.patients.models import BackgroundAnswer, Patient
from tests.insights.measured import refresh
from tests.insights.risks import ANSWERS, MEASURED, be, told
from tests.people import NOW, chart

HEART, DIABETES = "risk.prevent", "risk.findrisc"


@pytest.fixture
def amina(cast):
    be(cast.amina)
    return cast.amina


def test_the_published_example_is_told_with_its_pictures(amina):
    found = told(amina)[HEART]
    assert round(found.value, 1) == 14.7
    assert found.detail["model"] == "base"
    later = found.detail["percent_in_30_years"]
    assert [round(later[name], 1) for name in ("total_cvd", "ascvd")] == [53.0, 35.4]
    now, changed = found.detail["pictures"]
    assert (now["of_100"], changed["of_100"]) == (15, round(found.detail["percent_with_changes"]))
    assert now["says"] == "You, as things are: 15 of 100"
    assert "blood pressure and cholesterol" in changed["says"]
    most, next_to_it = found.detail["drivers"][:2]
    assert most["says"] == "Blood pressure: raises the risk a lot"
    assert next_to_it["says"] == "Diabetes and blood sugar: raises the risk a lot"
    assert "about 15 will have a heart attack" in found.detail["says"]


def test_what_is_not_certain_is_said_in_words(amina):
    found = told(amina)[HEART]
    assert (found.lower, found.upper) == (None, None)
    unknown, limits = (note["says"] for note in found.detail["notes"])
    assert "HbA1c" in unknown
    assert "people in the USA aged 30 to 79" in limits
    assert "Nobody can tell who" in found.detail["says"]


def test_more_tests_choose_the_fuller_model(amina):
    more = {"hba1c": (53.0, "mmol/mol"), "urine_albumin": (40.0, "mg/g")}
    found = told(amina, measured=MEASURED | more)[HEART]
    assert found.detail["model"] == "full"
    assert set(found.detail["percent_by_model"]) == {"base", "hba1c", "uacr", "full"}
    assert [note["template"] for note in found.detail["notes"]][0] == "risk_unknown"
    assert "poor your neighbourhood" in found.detail["notes"][0]["says"]


def test_exactly_what_is_missing_is_asked_for(amina):
    less = {kind: told for kind, told in MEASURED.items() if kind not in ("egfr", "body_height")}
    answers = {code: choice for code, choice in ANSWERS.items() if code != "smoking"}
    found = told(amina, answers, less)[HEART]
    assert found.value is None
    assert set(found.detail["missing"]) == {"egfr", "body_height", "smoking"}
    assert "how well your kidneys filter (eGFR)" in found.abstained


def test_a_person_of_whom_little_is_known_is_asked_for_all_and_never_guessed(amina):
    found = refresh(amina)
    assert set(found[HEART].detail["missing"]) == {
        *("systolic", "total_cholesterol", "hdl_cholesterol", "egfr", "body_weight", "body_height"),
        *("heart_disease", "smoking", "diabetes", "bp_medicine", "statin"),
    }
    assert found[DIABETES].detail["missing"][0] == "body_weight"


@pytest.mark.parametrize(
    ("born", "heart", "diabetes"),
    [
        ("2000-01-01", "risk_heart_age", "risk_diabetes_age"),
        ("1945-01-01", "risk_heart_age", "risk_diabetes_age"),
        ("1948-01-01", None, "risk_diabetes_age"),
    ],
)
def test_nobody_outside_of_the_ages_gets_a_number(cast, born, heart, diabetes):
    be(cast.amina, born=born)
    found = told(cast.amina, ANSWERS | {"diabetes": "no"})
    assert found[HEART].detail.get("code") == heart
    assert found[DIABETES].detail.get("code") == diabetes


def test_past_60_there_is_no_30_year_risk(cast):
    be(cast.amina, born="1960-01-01")
    found = told(cast.amina)[HEART]
    assert found.value > 0
    assert found.detail["percent_in_30_years"] is None


def test_who_is_ill_already_gets_no_risk_of_it(amina):
    found = told(amina, ANSWERS | {"heart_disease": "yes"})
    assert found[HEART].detail["code"] == "risk_heart_ill"
    assert found[DIABETES].detail["code"] == "risk_diabetes_ill"


def test_a_value_outside_of_the_equations_range_is_named(amina):
    found = told(amina, measured=MEASURED | {"systolic": (215.0, "mm[Hg]")})[HEART]
    assert found.detail["missing"] == ["systolic"]
    assert "your blood pressure" in found.abstained


def test_sex_and_birth_date_are_asked_for(cast):
    Patient.objects.filter(pk=cast.amina.id).update(birth_date=None, sex="other")
    found = told(cast.amina)[HEART]
    assert found.detail["missing"] == ["birth_date", "sex"]


def test_old_values_no_longer_count(amina):
    told(amina)
    later = refresh(amina, now=NOW + timedelta(days=200))[HEART]
    assert later.detail["missing"] == ["systolic"]


def test_findrisc_says_points_and_people(amina):
    found = told(amina, ANSWERS | {"diabetes": "no"})[DIABETES]
    assert found.value == 18  # 2 age, 3 weight, 4 waist, 2 activity, 2 medicine, 5 family
    assert found.detail["band"] == "high"
    assert [picture["of_100"] for picture in found.detail["pictures"]] == [33, 4]
    assert found.detail["drivers"][0]["says"] == "Diabetes in the family: 5 points"


def test_it_is_said_in_her_language(amina):
    told(amina, ANSWERS | {"smoking": "yes"})
    Patient.objects.filter(pk=amina.id).update(language="es")
    rows = {row.method: row for row in finding_rows(chart(amina, amina, Category.INSIGHTS))}
    row = rows[HEART]
    assert row.detail["pictures"][0]["says"] != "You, as things are: 15 of 100"
    assert "100" in row.detail["pictures"][0]["says"]
    assert rows[DIABETES].abstained != "This risk is for people without diabetes."


def test_it_comes_out_again_the_same(amina, capsys):
    told(amina)
    call_command("recompute_findings", patient=amina.id, method=HEART)
    assert capsys.readouterr().out.strip() == "same: 1"


def test_the_latest_answer_counts_and_the_same_one_is_kept_once(amina):
    told(amina)
    told(amina, {"smoking": "no", "active": "yes"}, {}, now=NOW + timedelta(hours=1))
    mine = chart(amina, amina, Category.SURVEYS)
    assert answers_of(mine, at=NOW)["active"].choice == "no"
    assert answers_of(mine, at=NOW + timedelta(hours=2))["active"].choice == "yes"
    assert BackgroundAnswer.objects.filter(patient=amina.id, question="smoking").count() == 1


@pytest.mark.parametrize(
    ("answers", "measured", "field"),
    [
        ({"smoking": "maybe"}, {}, "smoking"),
        ({"shoe_size": "42"}, {}, "shoe_size"),
        ({}, {"egfr": (9000.0, "mL/min/{1.73_m2}")}, "egfr"),
        ({}, {"waist": (94.0, "miles")}, "waist"),
    ],
)
def test_what_cannot_be_is_refused_and_named(amina, answers, measured, field):
    with pytest.raises(Invalid) as caught:
        told(amina, answers, measured)
    assert [error.field for error in caught.value.errors] == [field]
    assert not BackgroundAnswer.objects.filter(patient=amina.id).exists()

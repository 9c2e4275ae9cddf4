"""PREVENT: the published example, another implementation's numbers, laws, and what is refused."""

import csv
import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.prevent import (
    OUTCOMES,
    PreventInput,
    missing_inputs,
    model_for,
    prevent_risk,
)

ANOTHERS = Path(__file__).parent / "data" / "prevent_of_pyprevent.csv"
BASE = PreventInput.__slots__[:11]
PUBLISHED = PreventInput(50, "female", 160, True, 200, 45, False, True, False, 90, 35)
people = st.builds(
    PreventInput,
    age=st.integers(30, 59),
    sex=st.sampled_from(["female", "male"]),
    sbp=st.integers(90, 179),
    bp_tx=st.booleans(),
    total_c=st.integers(130, 320),
    hdl_c=st.integers(20, 100),
    statin=st.booleans(),
    dm=st.booleans(),
    smoking=st.just(False),
    egfr=st.integers(15, 140),
    bmi=st.floats(18.5, 39.9),
    hba1c=st.one_of(st.none(), st.floats(4, 14)),
    uacr=st.one_of(st.none(), st.floats(0.1, 25_000)),
    sdi=st.one_of(st.none(), st.integers(1, 10)),
)


@pytest.mark.parametrize(
    ("years", "percent"),
    [(10, [14.7, 9.2, 8.1, 4.4, 5.4]), (30, [53.0, 35.4, 39.0, 19.8, 22.1])],
)
def test_the_published_example(years, percent):
    found = prevent_risk(PUBLISHED, years)
    assert found.model == "base"
    assert [round(found.percent[outcome], 1) for outcome in OUTCOMES] == percent


def typed(name: str, text: str) -> float | bool | str:
    if name == "sex":
        return text
    return bool(int(text)) if name in ("bp_tx", "statin", "dm", "smoking") else float(text)


def test_another_implementation_agrees_on_500_random_people():
    """Total CVD, ASCVD and HF over 10 and over 30 years, as pyprevent 0.1.6 (MIT) tells them."""
    with ANOTHERS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 500
    for row in rows:
        person = PreventInput(**{name: typed(name, row[name]) for name in BASE})
        for years in (10, 30):
            found = prevent_risk(person, years)
            if not row[f"hf_{years}"]:
                assert found == ["age must be at most 59 for 30 years"]
                continue
            told = [float(row[f"{outcome}_{years}"]) for outcome in OUTCOMES[:3]]
            assert [found.percent[o] for o in OUTCOMES[:3]] == pytest.approx(told, abs=0.0001)


def test_what_is_known_chooses_the_model():
    def known(**more):
        return model_for(dataclasses.replace(PUBLISHED, **more))

    assert known() == "base"
    assert known(hba1c=6.0) == "hba1c"
    assert known(uacr=30) == "uacr"
    assert known(sdi=4) == "sdi"
    assert known(hba1c=6.0, sdi=4) == "full"
    without = prevent_risk(dataclasses.replace(PUBLISHED, hba1c=6.0, sdi=4), 10)
    assert without.unknown == ("uacr",)


def test_a_model_asked_for_needs_its_test():
    assert prevent_risk(PUBLISHED, 10, model="uacr") == ["uacr is missing"]
    rich = dataclasses.replace(PUBLISHED, hba1c=6.0, uacr=30)
    assert prevent_risk(rich, 10, model="base").percent == prevent_risk(PUBLISHED, 10).percent


@given(people, st.sampled_from([10, 30]))
def test_risks_are_shares_and_the_whole_is_more_than_a_part(person, years):
    if person.hdl_c >= person.total_c:
        assert prevent_risk(person, years) == ["hdl_c must be below total_c"]
        return
    percent = prevent_risk(person, years).percent
    assert all(0 < value < 100 for value in percent.values())


@given(people)
def test_smoking_and_bad_kidneys_raise_ten_year_risk(person):
    if person.hdl_c >= person.total_c:
        return
    smokes = dataclasses.replace(person, smoking=True)
    before, after = prevent_risk(person, 10).percent, prevent_risk(smokes, 10).percent
    assert all(after[outcome] > before[outcome] for outcome in OUTCOMES)


@pytest.mark.parametrize("name", [*PreventInput.__slots__[:11]])
def test_nothing_that_is_missing_is_imputed(name):
    person = dataclasses.replace(PUBLISHED, **{name: None})
    assert missing_inputs(person) == [name]
    assert prevent_risk(person, 10) == [f"{name} is missing"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("age", 29, "age must be from 30 to 79"),
        ("age", float("nan"), "age must be from 30 to 79"),
        ("sbp", 201, "sbp must be from 90 to 200"),
        ("bmi", 40.5, "bmi must be from 18.5 to 39.9"),
        ("sdi", 2.5, "sdi must be a decile"),
        ("sex", "x", "sex must be female or male"),
    ],
)
def test_out_of_range_is_refused_in_words(name, value, words):
    assert words in prevent_risk(dataclasses.replace(PUBLISHED, **{name: value}), 10)

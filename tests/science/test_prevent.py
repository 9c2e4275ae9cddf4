"""PREVENT: the published example, another implementation's numbers, laws, and what is refused."""

import dataclasses

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


# Total CVD, ASCVD and HF over 10 and over 30 years, as pyprevent 0.1.6 (MIT) tells them.
ANOTHERS = [
    (
        (40, "female", 140, False, 168, 88, True, False, False, 42, 20),
        [1.2721504, 0.816823, 1.6984831],
        [6.5638299, 3.8427112, 8.1567963],
    ),
    (
        (35, "male", 143, True, 173, 90, True, False, True, 43, 39),
        [3.2909435, 1.5054484, 7.9586223],
        [14.0530455, 6.0882659, 29.1384656],
    ),
    (
        (70, "female", 163, False, 162, 48, True, False, True, 33, 36),
        [32.1578393, 16.2576388, 28.7945682],
        None,
    ),
    (
        (33, "male", 161, False, 196, 33, False, False, True, 85, 21),
        [5.3980955, 3.8571775, 1.6966427],
        [29.1117239, 20.2874912, 10.5049647],
    ),
    (
        (66, "female", 169, True, 286, 74, False, True, False, 61, 28),
        [18.6279049, 13.2274435, 12.8263887],
        None,
    ),
    (
        (45, "female", 179, False, 170, 93, True, True, True, 72, 28),
        [8.4207016, 5.4891794, 12.5293202],
        [37.792908, 24.0856589, 49.3824002],
    ),
    (
        (49, "female", 105, False, 192, 63, True, True, True, 100, 21),
        [5.0468689, 3.0655177, 3.6424014],
        [25.1541118, 14.6271753, 19.093161],
    ),
    (
        (78, "male", 133, False, 302, 83, False, True, False, 135, 27),
        [21.5797843, 16.5244433, 14.8899059],
        None,
    ),
    (
        (60, "female", 97, False, 229, 93, False, False, True, 64, 30),
        [4.6021206, 2.4219451, 3.6999348],
        None,
    ),
    (
        (30, "male", 135, True, 179, 83, True, False, True, 46, 31),
        [2.0505019, 1.0263604, 2.3185651],
        [9.6605886, 4.4895873, 11.6262112],
    ),
    (
        (55, "male", 100, True, 252, 90, True, True, True, 85, 27),
        [12.938677, 6.8463409, 9.9187217],
        [37.2205115, 20.6667959, 32.7209778],
    ),
    (
        (75, "male", 135, False, 247, 49, True, True, True, 44, 19),
        [36.8554381, 25.4174536, 24.530295],
        None,
    ),
]


@pytest.mark.parametrize(("person", "over_10", "over_30"), ANOTHERS)
def test_another_implementation_agrees(person, over_10, over_30):
    person = PreventInput(*person)
    for years, percent in ((10, over_10), (30, over_30)):
        found = prevent_risk(person, years)
        if percent is None:
            assert found == ["age must be at most 59 for 30 years"]
        else:
            told = [found.percent[outcome] for outcome in OUTCOMES[:3]]
            assert told == pytest.approx(percent, abs=1e-6)


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

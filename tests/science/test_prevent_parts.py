"""What a PREVENT risk is made of: parts that sum up exactly, and changes that lower it."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.prevent import PreventInput, prevent_risk
from backend.science.prevent_parts import log_odds_added, neutral, with_changes
from tests.science.test_prevent import PUBLISHED, people


def log_odds(person: PreventInput, model: str, years: int) -> float:
    percent = prevent_risk(person, years, model=model).percent["total_cvd"]
    return math.log(percent / (100 - percent))


@given(people, st.sampled_from([10, 30]), st.booleans())
def test_the_factors_sum_up_to_the_whole_difference(person, years, smoking):
    person = dataclasses.replace(person, smoking=smoking)
    if person.hdl_c >= person.total_c:
        return
    risk = prevent_risk(person, years)
    whole = log_odds(person, risk.model, years) - log_odds(neutral(person), risk.model, years)
    assert sum(log_odds_added(person, risk).values()) == pytest.approx(whole, abs=1e-9)


@given(people, st.booleans())
def test_changes_lower_the_risk_and_touch_nothing_else(person, smoking):
    person = dataclasses.replace(person, smoking=smoking)
    if person.hdl_c >= person.total_c:
        return
    risk = prevent_risk(person, 10)
    changed, names = with_changes(person, risk)
    after = prevent_risk(changed, 10, model=risk.model)
    assert (after.percent["total_cvd"] < risk.percent["total_cvd"]) == bool(names)
    kept = {"age", "sex", "bp_tx", "hdl_c", "statin", "dm", "egfr", "hba1c", "uacr", "sdi"}
    assert all(getattr(changed, name) == getattr(person, name) for name in kept)


def test_the_published_example_could_have_another_blood_pressure_and_cholesterol():
    risk = prevent_risk(PUBLISHED, 10)
    changed, names = with_changes(PUBLISHED, risk)
    assert names == ("blood_pressure", "cholesterol")
    assert (changed.sbp, round(changed.total_c)) == (120, 180)
    added = log_odds_added(PUBLISHED, risk)
    assert sorted(added, key=added.get)[-2:] == ["diabetes", "blood_pressure"]
    assert added["smoking"] == added["weight"] == added["kidneys"] == 0


def test_who_has_nothing_to_change_is_compared_with_herself():
    well = dataclasses.replace(PUBLISHED, sbp=115, total_c=150, smoking=False)
    assert with_changes(well, prevent_risk(well, 10)) == (well, ())

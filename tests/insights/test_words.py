"""What findings say: plain, one or two sentences, for every method and for either way it can be."""

import re
from datetime import date

import pytest
from django.conf import settings

from backend.insights.methods import METHODS
from backend.insights.words import said
from tests.guidance.reading import grade

SAID = settings.BASE_DIR / "templates" / "insights" / "said"
DETAIL = {
    "below_70_longest_minutes": 35.0,
    "usual_per_min": 57.2,
    "sedentary_hours_per_day": 6.4,
    "median_steps_per_day": 6120.0,
    "diastolic_mm_hg": 84.0,
    "readings": 24,
    "median_kg": 71.3,
    "pace_kg_per_week": 0.4,
    "baseline_percent": 3.0,
}
STEP = dict(
    label="Glucose",
    before=121.4,
    after=160.2,
    unit="mg/dL",
    day=date(2026, 11, 12),
    old="G6",
    new="Libre & Co",
)
SLIP = dict(
    label="Glucose",
    days=3,
    of_days=28,
    first=date(2026, 11, 12),
    last=date(2026, 11, 14),
    wrong="mmol/L",
    right="mg/dL",
    sources=["meter", "G6"],
)


def words(method, value, **detail):
    return said(method, dict(value=value, lower=-9, upper=9, detail=DETAIL | detail))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [12.0, 75.0])
def test_a_method_says_it_plainly_and_with_its_number(method, value):
    text = words(method, value, below_70_episodes=2, of_100=int(value))
    assert grade(text) <= 6
    assert text.count(".") - text.count("0.") <= 3
    if method not in ("quality.levels", "glucose.lows", "activity.trend", "weight.trend"):
        assert f"{value:.0f}" in text


def test_every_words_have_a_method_or_are_part_of_what_one_says():
    names = {path.stem for path in SAID.glob("*.txt")}
    assert {name for name in names if "." in name} == set(METHODS)
    code = [path.read_text() for path in (settings.BASE_DIR / "backend/insights").glob("*.py")]
    quoted = {word for text in code for word in re.findall(r'"(\w+)"', text)}
    assert names - set(METHODS) - {"doubt_device", "doubt_unit"} <= quoted


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "You had no low of 15 minutes or more in two weeks."),
        (
            1,
            "You had 1 low of 15 minutes or more in two weeks. The longest took 35 minutes.",
        ),
        (
            4,
            "You had 4 lows of 15 minutes or more in two weeks. The longest took 35 minutes.",
        ),
    ],
)
def test_lows_are_counted_in_words(count, text):
    assert words("glucose.lows", 1.0, below_70_episodes=count) == text


def test_a_doubt_names_the_devices_and_what_to_check():
    assert said("doubt_device", STEP) == (
        "Glucose: the step from about 121 to 160 mg/dL on 12 Nov coincides with a change of source "
        "from G6 to Libre & Co. Check the device."
    )
    assert said("doubt_unit", SLIP) == (
        "Glucose: on 3 of 28 days (12 Nov to 14 Nov) the values look like mmol/L stored as mg/dL. "
        "Check the unit of meter, G6."
    )
    one = said("doubt_unit", SLIP | {"last": SLIP["first"]})
    assert re.search(r"\(12 Nov\)", one)


def test_doubts_are_said_one_after_the_other():
    doubts = [{"says": said("doubt_device", STEP)}, {"says": said("doubt_unit", SLIP)}]
    assert words("quality.levels", 2.0, doubts=doubts).endswith("Check the unit of meter, G6.")
    assert "No values" in words("quality.levels", 0.0, doubts=[])

"""Hours measured each day, and values that are a device's or a unit's doing and not the body's."""

import pytest

from backend.insights.device_statements import units_of
from tests.insights.measured import MINUTE_MS, days_ago, refresh, upload, wear_glucose
from tests.people import NOW

WEAR, PULSE, LEVELS = "wear.glucose", "wear.heart_rate", "quality.levels"
MMOL = 18.0156
FIVE_MIN_MS = 300_000
USUAL = [104, 118, 131, 127, 112, 109]


def glucose(who, *, first, days, level=0.0, source="G6", unit="mg/dL", factor=1.0):
    """A sensor's days, each a little other than the one before; `first` days ago the first."""
    for n in range(days):
        values = [(v + level + 2 * ((first - n) % 4)) * factor for v in USUAL] * 48
        start = days_ago(first - n)
        upload(who, "glucose", start, values, unit=unit, step_ms=FIVE_MIN_MS, source=source)


def test_hours_of_each_day_and_the_days_without(cast):
    wear_glucose(cast.amina, first=14, days=10, mg_dl=[110])
    values = [110] * 144
    upload(cast.amina, "glucose", days_ago(1), values, unit="mg/dL", step_ms=FIVE_MIN_MS)
    found = refresh(cast.amina)[WEAR]
    by_day = found.detail["hours_by_day"]
    assert found.value == pytest.approx((10 * 24 + 12) / 14, abs=0.1)
    assert found.lower < found.value < found.upper
    assert len(by_day) == 14
    assert by_day["2026-11-09"] == pytest.approx(24, abs=0.2)
    assert by_day["2026-11-20"] == 0
    assert by_day["2026-11-22"] == pytest.approx(12, abs=0.1)
    assert found.detail["thin_days"] == 3
    assert found.detail["coverage_percent"] == pytest.approx(100 * 10.5 / 14, abs=0.5)
    assert found.detail["coverage_percent_by_day"]["2026-11-20"] == 0
    assert "18 hours a day" in found.detail["says"]


def test_a_watch_that_measures_each_ten_minutes_is_worn_all_day(cast):
    for n in range(5, 0, -1):
        at_ten = [70.0] * 144
        upload(cast.amina, "heart_rate", days_ago(n), at_ten, unit="/min", step_ms=600_000)
    found = refresh(cast.amina)[PULSE]
    assert found.detail["last_day_hours"] == pytest.approx(23.9, abs=0.1)
    assert found.detail["coverage_percent"] < 40


def test_of_a_watch_that_measures_each_second_the_coverage_is_the_wear(cast):
    for n in range(4, 0, -1):
        for hour in (0, 4, 8):
            seconds = [70.0] * 14_400
            start = days_ago(n, hour)
            upload(cast.amina, "heart_rate", start, seconds, unit="/min", step_ms=1000)
    found = refresh(cast.amina)[PULSE]
    assert found.detail["last_day_hours"] == pytest.approx(12, abs=0.1)


def test_two_days_with_data_are_refused_and_none_says_nothing(cast):
    wear_glucose(cast.amina, first=2, days=2, mg_dl=[110])
    found = refresh(cast.amina)
    assert found[WEAR].detail["code"] == "too_few_days_with_data"
    assert found[WEAR].is_thin
    assert not found[PULSE].is_thin


def test_one_device_in_one_unit_is_not_doubted(cast):
    glucose(cast.amina, first=20, days=20)
    found = refresh(cast.amina)[LEVELS]
    assert (found.value, found.lower, found.upper) == (0, None, None)
    assert found.detail["kinds_judged"] == 1
    assert found.detail["doubts"] == []


def test_a_step_at_a_change_of_source_is_told_to_check_the_device(cast):
    glucose(cast.amina, first=20, days=10)
    glucose(cast.amina, first=10, days=10, level=45, source="Libre 3")
    found = refresh(cast.amina)[LEVELS]
    (doubt,) = found.detail["doubts"]
    assert found.value == 1
    assert (doubt["kind"], doubt["cause"]) == ("glucose", "device")
    assert doubt["says"].endswith(
        "on 13 Nov coincides with a change of source from G6 to Libre 3. Check the device."
    )
    assert doubt["says"] in found.detail["says"]


def test_the_same_step_without_a_change_of_source_is_the_bodys(cast):
    glucose(cast.amina, first=20, days=10)
    glucose(cast.amina, first=10, days=10, level=45)
    assert refresh(cast.amina)[LEVELS].value == 0


def test_a_change_of_source_without_a_step_is_nothing(cast):
    glucose(cast.amina, first=20, days=10)
    glucose(cast.amina, first=10, days=10, level=3, source="Libre 3")
    assert refresh(cast.amina)[LEVELS].value == 0


def test_days_of_mmol_stored_as_mg_are_told_with_their_device(cast):
    glucose(cast.amina, first=20, days=17)
    glucose(cast.amina, first=3, days=3, level=150, source="meter & co", factor=1 / MMOL)
    found = refresh(cast.amina)[LEVELS]
    (doubt,) = found.detail["doubts"]
    assert doubt["cause"] == "unit"
    assert doubt["says"] == (
        "Glucose: on 3 of 20 days (20 Nov to 22 Nov) the values look like mmol/L stored as mg/dL. "
        "Check the unit of meter & co."
    )


def test_pounds_taken_for_kilograms(cast):
    for n in range(12):
        value = 154.3 if n in (4, 9) else 70.0 + 0.1 * (n % 3)
        upload(cast.amina, "body_weight", days_ago(12 - n, 7), [value], unit="kg", step_ms=1000)
    (doubt,) = refresh(cast.amina)[LEVELS].detail["doubts"]
    assert "Body weight: on 2 of 12 days" in doubt["says"]
    assert "look like lb stored as kg" in doubt["says"]


def test_a_strap_worn_by_day_is_not_set_beside_a_watch_worn_at_night(cast):
    for n in range(14, 0, -1):
        night = [58 + n % 3] * 420
        upload(cast.amina, "heart_rate", days_ago(n), night, unit="/min", step_ms=MINUTE_MS)
        hard = [150 + n % 5] * 120
        start = days_ago(n, 18)
        upload(cast.amina, "heart_rate", start, hard, unit="/min", step_ms=MINUTE_MS, source="H10")
    found = refresh(cast.amina)[LEVELS]
    assert found.value == 0


def test_another_watch_at_night_is(cast):
    for n in range(16, 0, -1):
        source, rate = ("old", 58) if n > 8 else ("new", 71)
        night = [rate + n % 3] * 420
        start = days_ago(n)
        upload(
            cast.amina, "heart_rate", start, night, unit="/min", step_ms=MINUTE_MS, source=source
        )
    (doubt,) = refresh(cast.amina)[LEVELS].detail["doubts"]
    assert "from old to new" in doubt["says"]


def test_few_days_are_refused_and_the_next_ones_bring_an_answer(cast):
    glucose(cast.amina, first=3, days=3)
    thin = refresh(cast.amina)[LEVELS]
    assert (thin.detail["code"], thin.detail["have"]) == ("too_few_days_to_judge", 3)
    glucose(cast.amina, first=5, days=2)
    assert refresh(cast.amina, now=NOW)[LEVELS].value == 0


def test_units_go_by_the_names_that_people_use():
    assert list(units_of("glucose")) == ["mg/dL", "mmol/L"]
    assert {"kg", "lb", "st", "g"} == set(units_of("body_weight"))

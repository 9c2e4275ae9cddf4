"""When a finding asks for a look."""

import pytest

from backend.alerts.judging import reason_to_look

DAYS = {"first_day": "2026-10-27", "last_day": "2026-11-23"}
STEPS = DAYS | {"change_percent_per_week": -8.0, "upper_steps_per_day_per_week": -100.0}
PRESSURE = {
    "surely_over_135_85_mm_hg": 0.0,
    "diastolic_mm_hg": 88.0,
    "days_over": [{"day": "2026-11-22", "over_mm_hg": 4.8}, {"day": "2026-11-23", "over_mm_hg": 6}],
}
VERY_HIGH = {
    "highest_systolic_mm_hg": 190.0,
    "highest_diastolic_mm_hg": 112.0,
    "days_very_high": ["2026-11-23"],
}


@pytest.mark.parametrize(
    ("method", "value", "detail", "asks"),
    [
        ("glucose.time_in_range", 69.9, {}, True),
        ("glucose.time_in_range", 70.0, {"below_54_percent": 1.0}, False),
        ("glucose.time_in_range", 90.0, {"below_54_percent": 1.2}, True),
        ("glucose.time_in_range", None, {}, False),
        ("adherence.pdc", 79.0, {}, True),
        ("adherence.pdc", 80.0, {}, False),
        ("heart.night_resting", 70.0, {"nights_high_in_row": 1}, False),
        ("heart.night_resting", 70.0, {"nights_high_in_row": 2, "above_usual_per_min": 6}, True),
        ("heart.early_warning", 1.0, {"nights": []}, False),
        (
            "heart.early_warning",
            8.0,
            {"nights": [{"day": "2026-11-23", "above_per_min": 7.6}]},
            True,
        ),
        ("activity.trend", -400.0, STEPS, True),
        ("activity.trend", -400.0, STEPS | {"upper_steps_per_day_per_week": 20.0}, False),
        ("pressure.home", 140.0, PRESSURE, True),
        ("pressure.home", 140.0, {"surely_over_135_85_mm_hg": -0.1}, False),
        ("pressure.very_high", 1.0, VERY_HIGH, True),
        (
            "pressure.very_high",
            0.0,
            {"highest_systolic_mm_hg": 140.0, "highest_diastolic_mm_hg": 82.0},
            False,
        ),
        ("weight.gain", 2.1, {"gain_3_days_kg": 2.1, "last_day": "2026-11-23"}, True),
        ("weight.gain", 2.4, {"gain_3_days_kg": None, "last_day": "2026-11-23"}, True),
        ("weight.gain", 2.0, {"gain_3_days_kg": 2.0}, False),
        ("some.other", -1.0, {}, False),
    ],
)
def test_targets(method: str, value: float | None, detail: dict[str, float], asks: bool) -> None:
    assert bool(reason_to_look(method, value, detail)) is asks


@pytest.mark.parametrize(
    ("method", "value", "detail"),
    [
        ("activity.trend", -400.0, STEPS),
        ("pressure.home", 140.0, PRESSURE),
        ("pressure.very_high", 1.0, VERY_HIGH),
        ("weight.gain", 2.4, {"last_day": "2026-11-23"}),
    ],
)
def test_what_an_earlier_version_found_without_days_asks_too(
    method: str, value: float, detail: dict[str, object]
) -> None:
    days = {"first_day", "last_day", "days_over", "days_very_high"}
    without = {name: told for name, told in detail.items() if name not in days}
    said = reason_to_look(method, value, without)
    assert said
    assert " on (" not in said


def test_an_alarm_names_its_days_and_by_how_much() -> None:
    nights = [
        {"day": "2026-11-22", "above_per_min": 6.2},
        {"day": "2026-11-23", "above_per_min": 7.6},
    ]
    said = reason_to_look("heart.early_warning", 8.0, {"nights": nights})
    assert said == "Nights unlike the usual: Sun 22 Nov +6/min, Mon 23 Nov +8/min"
    gain = {"gain_3_days_kg": 2.1, "last_day": "2026-11-23"}
    assert "2.1 kg in 3 days, up to Mon 23 Nov" in reason_to_look("weight.gain", 2.1, gain)
    assert reason_to_look("activity.trend", -400.0, STEPS) == (
        "Steps fall by 8 % a week (-400 a day, Tue 27 Oct to Mon 23 Nov)"
    )
    assert reason_to_look("pressure.home", 140.0, PRESSURE) == (
        "Blood pressure at home 140/88, over 135/85 on Sun 22 Nov +5, Mon 23 Nov +6"
    )
    assert reason_to_look("pressure.very_high", 1.0, VERY_HIGH) == (
        "Very high blood pressure, confirmed on Mon 23 Nov (highest 190/112, limit: 180/110)"
    )

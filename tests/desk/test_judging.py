"""When a finding asks for a look."""

import pytest

from backend.desk.judging import reason_to_look


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
        (
            "activity.trend",
            -400.0,
            {"change_percent_per_week": -8.0, "upper_steps_per_day_per_week": -100.0},
            True,
        ),
        (
            "activity.trend",
            -400.0,
            {"change_percent_per_week": -8.0, "upper_steps_per_day_per_week": 20.0},
            False,
        ),
        ("some.other", -1.0, {}, False),
    ],
)
def test_targets(method: str, value: float | None, detail: dict[str, float], asks: bool) -> None:
    assert bool(reason_to_look(method, value, detail)) is asks

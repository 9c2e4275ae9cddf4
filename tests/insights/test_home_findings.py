"""Blood pressure and weight: from a cuff's and a scale's uploads to findings and advice."""

import pytest

from backend.guidance.models import Advice
from backend.patients.models import Patient
from tests.insights.measured import MINUTE_MS, advise, days_ago, refresh, upload

MEAN, VERY_HIGH, GAIN, TREND = "pressure.home", "pressure.very_high", "weight.gain", "weight.trend"


def measure(who, day, readings, *, source="cuff", hour=7, apart_ms=2 * MINUTE_MS):
    """Readings (top, bottom) in a row."""
    for kind, values in zip(("systolic", "diastolic"), zip(*readings, strict=True), strict=True):
        upload(
            who, kind, days_ago(day, hour), values, unit="mm[Hg]", step_ms=apart_ms, source=source
        )


def weigh(who, day, kg, *, source="scale"):
    upload(who, "body_weight", days_ago(day, 7), [kg], unit="kg", step_ms=1000, source=source)


def pressures(who, days, top=148, bottom=92, **more):
    for day in days:
        measure(who, day, [(top + 2, bottom), (top - 2, bottom)], **more)
        measure(who, day, [(top + 1, bottom), (top - 1, bottom)], hour=19, **more)


@pytest.fixture(autouse=True)
def grown_up(cast):
    Patient.objects.filter(pk=cast.amina.id).update(birth_date="1960-05-01")


def rules(who):
    return set(Advice.objects.filter(patient=who.id).values_list("rule", flat=True))


def test_a_week_of_readings_is_a_mean_and_advice(cast):
    pressures(cast.amina, range(6, 0, -1))
    measure(cast.amina, 0, [(149, 92), (147, 92)])
    found = refresh(cast.amina)[MEAN]
    assert found.value == pytest.approx(148)
    assert found.detail["diastolic_mm_hg"] == 92
    assert (found.detail["days"], found.detail["readings"]) == (6, 22)  # the first day is left out
    assert found.detail["last_day"] == "2026-11-23"  # today's readings count today
    assert found.detail["days_over"][-1] == {"day": "2026-11-23", "over_mm_hg": 13}
    assert len(found.detail["days_over"]) == 6
    assert "148 over 92" in found.detail["says"]
    advise(cast.amina)
    assert "pressure_high" in rules(cast.amina)
    assert "pressure_stage_2" not in rules(cast.amina)


def test_too_few_readings_are_refused_and_taught(cast):
    for day in (3, 2, 1):
        measure(cast.amina, day, [(150, 90)])
    found = refresh(cast.amina)[MEAN]
    assert (found.detail["code"], found.detail["have"]) == ("too_few_pressures", 2)
    assert found.is_thin
    advise(cast.amina)
    assert "pressure_measure" in rules(cast.amina)


def test_another_cuff_is_not_blended_in(cast):
    pressures(cast.amina, range(7, 3, -1), top=170)
    pressures(cast.amina, range(3, 0, -1), top=130, bottom=80, source="new cuff")
    found = refresh(cast.amina)[MEAN]
    assert found.detail["code"] == "too_few_pressures"
    pressures(cast.amina, [0], top=130, bottom=80, source="new cuff")
    assert refresh(cast.amina)[MEAN].value == pytest.approx(130)


def test_a_very_high_reading_that_another_confirms_is_told_today(cast):
    measure(cast.amina, 0, [(192, 112), (188, 109)])
    found = refresh(cast.amina)[VERY_HIGH]
    assert found.value == 1
    assert found.detail["highest_systolic_mm_hg"] == 192
    assert found.detail["days_very_high"] == ["2026-11-23"]
    advise(cast.amina)
    (advice,) = Advice.objects.filter(rule="pressure_very_high")
    assert "192 over 112" in advice.why


def test_one_very_high_reading_alone_is_no_crisis(cast):
    measure(cast.amina, 0, [(192, 112), (150, 88)])
    assert refresh(cast.amina)[VERY_HIGH].value == 0


def test_a_top_without_its_bottom_is_no_reading(cast):
    upload(cast.amina, "systolic", days_ago(1, 7), [150] * 9, unit="mm[Hg]", step_ms=MINUTE_MS)
    found = refresh(cast.amina)
    assert found[MEAN].detail["have"] == found[VERY_HIGH].detail["have"] == 0


def test_a_fast_gain_is_told_and_another_scale_is_not(cast):
    for day in range(9, 0, -1):
        weigh(cast.amina, day, 80 + day % 2 / 5)
    weigh(cast.amina, 0, 82.4)
    found = refresh(cast.amina)[GAIN]
    assert found.value == pytest.approx(2.4)
    assert found.detail["gain_3_days_kg"] == pytest.approx(2.4)
    assert "2.4 kg more" in found.detail["says"]
    advise(cast.amina)
    assert "weight_gain_fast" in rules(cast.amina)


def test_a_new_scale_is_no_gain_and_no_slope(cast):
    for day in range(40, 0, -1):
        weigh(cast.amina, day, 80)
    for day in (1, 0):
        weigh(cast.amina, day, 84, source="new scale")
    found = refresh(cast.amina)
    assert found[TREND].value == 0
    assert found[GAIN].abstained or found[GAIN].value < 1


def test_a_slow_loss_is_told_with_its_pace(cast):
    for day in range(84, 0, -2):
        weigh(cast.amina, day, round(90 + 0.08 * day, 1))
    found = refresh(cast.amina)[TREND]
    assert found.value == pytest.approx(-0.56, abs=0.03)
    assert found.upper < 0
    assert "goes down by about 0.6 kg a week" in found.detail["says"]
    advise(cast.amina)
    assert "weight_loss" in rules(cast.amina)

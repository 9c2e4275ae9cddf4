"""Swings, risk and lows of glucose, beats, sleep, active minutes: from uploads to findings."""

import math
from datetime import timedelta

import pytest

from tests.insights.measured import MINUTE_MS, days_ago, refresh, upload, walk_days, wear_glucose
from tests.people import NOW

SWINGS, RISK, LOWS = "glucose.swings", "glucose.risk", "glucose.lows"
BEATS, SLEEP, ACTIVE = "heart.variability", "sleep.regularity", "activity.active_minutes"
FIVE_MIN_MS = 300_000


def wave(low=100, high=180, period=96):
    middle, swing = (low + high) / 2, (high - low) / 2
    return [round(middle + swing * math.sin(2 * math.pi * n / period), 1) for n in range(period)]


def test_swings_risk_and_lows_of_two_weeks(cast):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=wave(60, 200))
    found = refresh(cast.amina)
    swings, risk, lows = found[SWINGS], found[RISK], found[LOWS]
    mean, sd = 130, 70 / math.sqrt(2)
    assert swings.value == pytest.approx(100 * sd / mean, rel=0.01)
    assert swings.lower == pytest.approx(swings.value, abs=0.5)  # all days are alike
    assert swings.detail["mage_mg_dl"] == pytest.approx(140, rel=0.05)
    assert swings.detail["modd_mg_dl"] == 0
    assert swings.detail["j_index"] == pytest.approx(0.001 * (mean + sd) ** 2, rel=0.01)
    shares = [100 * sum(low <= v < high for v in wave(60, 200)) / 96 for low, high in BANDS]
    assert risk.value == pytest.approx(2.4 * shares[0] + 0.8 * shares[1], abs=0.01)
    assert risk.detail["ea1c_percent"] == pytest.approx((46.7 + 130) / 28.7, abs=0.01)
    assert risk.detail["lbgi"] > 0
    assert lows.value == pytest.approx(3 * 7)
    assert lows.lower < lows.value < lows.upper
    assert lows.detail["below_70_episodes"] == 3 * 14
    assert lows.detail["below_54_episodes"] == 0
    assert "42 lows" in lows.detail["says"]


BANDS = ((54, 70), (180.0001, 250.0001))


def test_flat_glucose_has_no_mage_and_says_why_beside_the_rest(cast):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=[110])
    found = refresh(cast.amina)
    assert found[SWINGS].value == 0
    assert found[SWINGS].detail["mage_mg_dl"] is None
    assert found[SWINGS].detail["mage_mg_dl_refused"] == "no_excursion"
    assert "no low" in found[LOWS].detail["says"]


@pytest.mark.parametrize("method", [SWINGS, RISK, LOWS])
def test_a_thin_sensor_gives_no_number(cast, method):
    wear_glucose(cast.amina, first=9, days=9, mg_dl=wave())
    found = refresh(cast.amina)[method]
    assert found.value is None
    assert "64 %" in found.abstained


def beat(who, start, minutes, *, swing=40.0, now=NOW):
    """A strap that sends each beat when it ends."""
    at, values = 0.0, []
    offsets = []
    while at < minutes * MINUTE_MS:
        rr = round(900 + swing * math.sin(2 * math.pi * at / 4000), 1)
        at += rr
        offsets.append(round(at))
        values.append(rr)
    upload(who, "rr_interval", start, values, unit="ms", offsets_ms=offsets, now=now)
    return values


def test_beats_of_a_morning_at_rest(cast):
    beat(cast.amina, days_ago(1, 7), 12)
    found = refresh(cast.amina)[BEATS]
    detail = found.detail
    assert found.lower <= found.value <= found.upper
    assert detail["stretches"] == 2
    assert detail["minutes"] == pytest.approx(12, abs=0.1)
    assert detail["hf_ms2"] > 20 * detail["lf_ms2"]  # the swing is at 0.25 Hz
    assert detail["sdnn_ms"] == pytest.approx(40 / math.sqrt(2), rel=0.03)
    assert "RMSSD" in detail["says"]


def test_beats_while_walking_and_a_minute_of_beats_are_no_rest(cast):
    beat(cast.amina, days_ago(1, 12), 6)
    walk_days(cast.amina, first=1, steps=[6000])
    refused = refresh(cast.amina)[BEATS]
    assert refused.detail["code"] == "too_short_recording"
    beat(cast.amina, days_ago(1, 20), 3)
    assert refresh(cast.amina)[BEATS].detail["have"] == 3


def sleep(who, *, first, hours, late_minutes=0):
    """One night a day: in bed at eleven, deep, light, awake after `hours`."""
    for n in range(first):
        bed = days_ago(first - n) - timedelta(hours=1) + timedelta(minutes=late_minutes * n)
        end = round(hours * 60) * MINUTE_MS
        offsets, stages = [0, 20 * MINUTE_MS, 200 * MINUTE_MS, end], [5, 3, 2, 0]
        upload(who, "sleep_stage", bed, stages, unit="{stage}", offsets_ms=offsets)


def test_the_same_sleep_each_night_is_regular_and_a_wandering_one_less(cast):
    sleep(cast.amina, first=16, hours=7.5)
    found = refresh(cast.amina)[SLEEP]
    assert found.value == pytest.approx(100, abs=0.2)
    assert found.detail["worn_percent"] == 100
    sleep(cast.stranger, first=16, hours=7.5, late_minutes=10)
    assert 60 < refresh(cast.stranger)[SLEEP].value < 99


def test_a_few_nights_tell_no_rhythm(cast):
    sleep(cast.amina, first=5, hours=7.5)
    found = refresh(cast.amina)[SLEEP]
    assert found.detail["code"] == "too_little_worn"
    assert found.detail["have"] == pytest.approx(100 * 5 / 14, abs=8)


def active_days(who, *, days):
    """A watch worn from seven to eleven: ninety minutes of walking at noon, else still."""
    for n in range(days, 0, -1):
        start = days_ago(n, 7)
        upload(who, "heart_rate", start, [70] * 96, unit="/min", step_ms=10 * MINUTE_MS)
        steps = [110] * 60 + [20] * 30
        upload(who, "steps", days_ago(n, 12), steps, unit="{steps}", step_ms=MINUTE_MS)


def test_active_minutes_and_long_sitting(cast):
    active_days(cast.amina, days=7)
    found = refresh(cast.amina)[ACTIVE]
    assert found.value == 60
    assert found.detail["steps_per_day"] == 7200
    assert found.detail["sedentary_bouts_per_day"] == 2
    assert found.detail["worn_hours_per_day"] == pytest.approx(16, abs=0.2)
    assert found.detail["sedentary_hours_per_day"] == pytest.approx(14.4, abs=0.2)


def test_three_days_or_hourly_sums_tell_no_active_minutes(cast):
    active_days(cast.amina, days=3)
    assert refresh(cast.amina)[ACTIVE].detail["code"] == "too_few_worn_days"
    walk_days(cast.stranger, first=10, steps=[6000] * 10)
    assert refresh(cast.stranger)[ACTIVE].detail["code"] == "steps_too_coarse"

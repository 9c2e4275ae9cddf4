"""Risk, MODD, episodes and the whole set: twins, laws, size, what is refused, real people."""

import csv
import math
import statistics
import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.science.glucose_consensus import (
    GlucoseConsensus,
    ea1c_percent,
    glucose_consensus,
    j_index,
)
from backend.science.glucose_episodes import episodes
from backend.science.glucose_risk import glucose_risk, glycemia_risk_index
from backend.science.modd import modd_mg_dl
from backend.science.refusal import Refusal
from tests.realdata import shared_data
from tests.science.iglu import readings
from tests.science.timing import fastest

FIVE_MIN = 300_000
MINUTE = 60_000
DAY = 86_400_000
NONE = np.array([], np.int64)
mg_dl = st.lists(st.integers(20, 500), min_size=1, max_size=200)


def even(values, step=FIVE_MIN):
    return step * np.arange(len(values), dtype=np.int64), np.array(values, float)


def spans(values, step=FIVE_MIN, **threshold):
    """Episodes as (first minute, last minute)."""
    found = episodes(*even(values, step), **threshold)
    return [(e.start_ms // MINUTE, e.end_ms // MINUTE) for e in found]


@given(mg_dl)
def test_risk_equals_the_slow_obvious_twin(values):
    low = high = 0.0
    for value in values:
        f = 1.509 * (math.log(value) ** 1.084 - 5.381)
        low, high = (low + 10 * f * f, high) if f < 0 else (low, high + 10 * f * f)
    found = glucose_risk(np.array(values, float))
    assert found.lbgi == pytest.approx(low / len(values), rel=1e-9, abs=1e-12)
    assert found.hbgi == pytest.approx(high / len(values), rel=1e-9, abs=1e-12)


def test_risk_is_the_published_scale():
    # Kovatchev 1997: 0 at 112.5 mg/dL, 100 at both ends of 20 to 600 mg/dL.
    assert glucose_risk(np.array([112.5])).hbgi == pytest.approx(0, abs=1e-3)
    assert glucose_risk(np.array([20.0])).lbgi == pytest.approx(100, abs=0.5)
    assert glucose_risk(np.array([600.0])).hbgi == pytest.approx(100, abs=0.5)


def test_no_reading_and_an_impossible_one_have_no_risk():
    assert glucose_risk(NONE.astype(float)) == Refusal("no_readings", 0, 1, "readings")
    assert glucose_risk(np.array([100.0, 0.0])).code == "impossible_reading"


def test_the_grade_weighs_as_published_and_ends_at_100():
    shares = {
        "below_54_percent": 1.0,
        "from_54_to_69_percent": 2.0,
        "from_181_to_250_percent": 20.0,
        "above_250_percent": 5.0,
    }
    assert glycemia_risk_index(**shares) == pytest.approx(3 + 4.8 + 16 + 8)
    assert glycemia_risk_index(**{name: 25.0 for name in shares}) == 100


def test_ea1c_and_j_index_by_hand():
    assert ea1c_percent(154) == pytest.approx(6.993031358885017, abs=1e-12)
    assert j_index(150, 50) == pytest.approx(40)


@settings(max_examples=50)
@given(st.dictionaries(st.integers(0, 400), st.integers(40, 400), min_size=2, max_size=200))
def test_modd_equals_the_slow_obvious_twin(by_quarter):
    """Every 15 minutes, with holes: pairs exactly 24 h (96 quarters) apart."""
    at = np.array(sorted(by_quarter), np.int64) * 15 * MINUTE
    values = np.array([by_quarter[q] for q in sorted(by_quarter)], float)
    off = [abs(v - by_quarter[q - 96]) for q, v in by_quarter.items() if q - 96 in by_quarter]
    found = modd_mg_dl(at, values, least_paired_hours=0)
    if off:
        assert found == pytest.approx(statistics.fmean(off), rel=1e-9)
    else:
        assert found.code == "too_few_paired_hours"


@given(st.integers(-140, 140), st.integers(1, 60))
def test_a_sensor_some_seconds_off_still_pairs(seconds, rise):
    at, values = even([100.0] * 288 + [100.0 + rise] * 288)
    at[288:] += seconds * 1000
    assert modd_mg_dl(at, values) == rise


def test_modd_of_one_day_is_refused():
    assert modd_mg_dl(*even([100.0] * 288)) == Refusal("too_few_paired_hours", 0.0, 16.8, "h")
    assert modd_mg_dl(NONE, NONE.astype(float), least_paired_hours=0).code == "too_few_paired_hours"
    assert modd_mg_dl(*even([100.0] * 300), least_paired_hours=0) == 0


def slow_spans(values, threshold):
    """Minute by minute: 15 minutes below begin it, 15 minutes back end it."""
    low = [v < threshold for v in values for _ in range(5)]
    found, start, i = [], None, 0
    while i < len(low):
        if start is None and low[i] and all(low[i : i + 15]) and i + 15 <= len(low):
            start = i
        ahead = low[i : i + 15]
        if start is not None and not any(ahead):
            found.append((start, i))
            start = None
        i += 1
    return found if start is None else [*found, (start, len(low))]


@settings(max_examples=200)
@given(st.lists(st.sampled_from([60, 65, 100, 120]), min_size=3, max_size=80))
def test_episodes_equal_the_slow_obvious_twin(values):
    assert spans(values, below=70) == slow_spans(values, 70)


@given(st.lists(st.sampled_from([60, 100, 200]), min_size=3, max_size=80))
def test_high_episodes_are_low_ones_upside_down(values):
    assert spans(values, above=180) == spans([260 - v for v in values], below=80)


def test_fifteen_minutes_make_an_episode_and_ten_do_not():
    assert spans([100, 60, 60, 100, 100, 100], below=70) == []
    assert spans([100, 60, 60, 60, 100, 100, 100], below=70) == [(5, 20)]
    assert spans([100, 60, 60, 60, 100, 100, 60, 100, 100, 100], below=70) == [(5, 35)]
    assert spans([60, 100], step=15 * MINUTE, below=70) == [(0, 15)]


def test_the_extreme_and_the_length_of_an_episode():
    (one,) = episodes(*even([100, 65, 48, 60, 100, 100, 100]), below=70)
    assert (one.extreme_mg_dl, one.minutes) == (48, 15)


def test_a_gap_ends_an_episode():
    at, values = even([60] * 3 + [60] * 3)
    at[3:] += 60 * MINUTE
    assert len(episodes(at, values, below=70)) == 2
    at[3:] -= 40 * MINUTE
    assert len(episodes(at, values, below=70)) == 1


def test_a_sensor_that_drifts_by_a_second_keeps_its_episodes():
    at = np.arange(7, dtype=np.int64) * (FIVE_MIN - 1000)
    assert len(episodes(at, np.array([100.0, 60, 60, 60, 100, 100, 100]), below=70)) == 1


def test_finger_sticks_make_no_episodes():
    found = episodes(*even([60] * 20, step=DAY // 4), below=70)
    assert found == Refusal("readings_too_far_apart", 360.0, 15.0, "min")
    assert episodes(NONE, NONE.astype(float), below=70).code == "readings_too_far_apart"


def test_13_days_and_thin_wear_are_refused_and_computed_without_limits():
    at, values = even(120 + 40 * np.sin(np.arange(288 * 13) / 40))
    assert glucose_consensus(at, values) == Refusal("too_few_days_of_sensor", 13.0, 14.0, "days")
    assert isinstance(glucose_consensus(at, values, limits=False), GlucoseConsensus)
    at, values = even(120 + 40 * np.sin(np.arange(288 * 14) / 40))
    assert isinstance(glucose_consensus(at, values), GlucoseConsensus)
    worn = (np.arange(len(at)) % 288 < 190) | (np.arange(len(at)) == len(at) - 1)
    assert glucose_consensus(at[worn], values[worn]) == Refusal(
        "too_little_sensor_time", 66.0, 70.0, "%"
    )


def test_nothing_and_one_reading_without_limits():
    assert isinstance(glucose_consensus(NONE, NONE.astype(float), limits=False), Refusal)
    found = glucose_consensus(*even([110.0]), limits=False)
    assert found.profile.mean_mg_dl == 110
    for part in (found.mage, found.modd_mg_dl, found.below_70):
        assert isinstance(part, Refusal)


def test_a_year_through_the_whole_set_takes_less_than_a_fifth_of_a_second():
    noise = np.random.default_rng(3).normal(0, 8, 288 * 365)
    at, values = even(140 + 50 * np.sin(np.arange(288 * 365) / 40) + noise)
    assert glucose_consensus(at, values).profile.days == 365
    assert fastest(lambda: glucose_consensus(at, values)) < 0.2


def test_the_example_person_of_iglu_has_the_numbers_that_its_formulas_give():
    at, values = readings("example_data_1_subject.csv")
    found = glucose_consensus(at, values, limits=False)
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    assert found.ea1c_percent == pytest.approx((46.7 + mean) / 28.7, abs=1e-9)
    assert found.j_index == pytest.approx(0.001 * (mean + sd) ** 2, abs=1e-9)
    # iglu cuts at 112.5 and rounds the factor to 22.77; all but that is the same.
    f = [math.log(v) ** 1.084 - 5.381 for v in values]
    low = sum(x * x for x, v in zip(f, values, strict=True) if v < 112.5) / len(values)
    high = sum(x * x for x, v in zip(f, values, strict=True) if v > 112.5) / len(values)
    assert found.risk.lbgi == pytest.approx(10 * 1.509**2 * low, abs=1e-9)
    assert found.risk.hbgi == pytest.approx(10 * 1.509**2 * high, abs=1e-9)
    assert found.risk.hbgi == pytest.approx(22.77 * high, rel=5e-5)


def test_real_people_of_hall_2018_have_sane_numbers():
    folder = shared_data("cgm-hall-2018")
    with zipfile.ZipFile(folder / "Hall_2018-from-Glucose-ML.zip") as archive:
        names = [n for n in archive.namelist() if n.endswith(".csv") and "metadata" not in n]
        people = [hall_readings(archive.read(name).decode()) for name in names]
    assert len(people) == 57
    for at, values in people:
        found = glucose_consensus(at, values, limits=False)
        assert 0 <= found.gri <= 100
        assert found.profile.sd_mg_dl < found.mage.mage_mg_dl < 5 * found.profile.sd_mg_dl
        assert 0 < found.modd_mg_dl < 3 * found.profile.sd_mg_dl
        assert len(found.below_54) <= len(found.below_70)


def hall_readings(text):
    rows = [r for r in csv.reader(text.splitlines()) if r and r[-1].replace(".", "").isdigit()]
    stamps = [datetime.fromisoformat(r[0]).replace(tzinfo=UTC).timestamp() * 1000 for r in rows]
    at, first = np.unique(np.array(stamps, np.int64), return_index=True)
    return at, np.array([float(r[1]) for r in rows])[first]

"""The glucose profile: a twin, laws, a year's size, thin data, and real recordings."""

import csv
import statistics
import zipfile
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.glucose import (
    GlucoseProfile,
    active_percent,
    glucose_profile,
    gmi_percent,
    percent_in_bands,
)
from backend.science.refusal import Refusal
from tests.realdata import shared_data
from tests.science.iglu import readings as readings_of
from tests.science.timing import fastest

FIVE_MIN = 300_000
DAY = 86_400_000
readings = st.lists(st.floats(20, 500), min_size=2, max_size=300)


def even(values, step=FIVE_MIN, start=0):
    return start + step * np.arange(len(values), dtype=np.int64), np.array(values, float)


def whole(values, *, step=FIVE_MIN, **more):
    at, column = even(values, step)
    return glucose_profile(at, column, start_ms=0, end_ms=step * len(values), **more)


@given(readings)
def test_profile_equals_the_slow_obvious_twin(values):
    found = whole(values, least_active_percent=0)
    n, mean, sd = len(values), statistics.fmean(values), statistics.stdev(values)
    assert found.mean_mg_dl == pytest.approx(mean, rel=1e-9)
    assert found.sd_mg_dl == pytest.approx(sd, rel=1e-9, abs=1e-9)
    assert found.cv_percent == pytest.approx(100 * sd / mean, rel=1e-9, abs=1e-9)
    assert found.below_54_percent == pytest.approx(100 * sum(v < 54 for v in values) / n)
    assert found.from_54_to_69_percent == pytest.approx(100 * sum(54 <= v < 70 for v in values) / n)
    assert found.in_70_180_percent == pytest.approx(100 * sum(70 <= v <= 180 for v in values) / n)
    assert found.from_181_to_250_percent == pytest.approx(
        100 * sum(180 < v <= 250 for v in values) / n
    )
    assert found.above_250_percent == pytest.approx(100 * sum(v > 250 for v in values) / n)


@given(readings)
def test_every_reading_is_in_exactly_one_band(values):
    assert sum(percent_in_bands(np.array(values))) == pytest.approx(100)


@given(readings)
def test_time_in_range_lies_within_its_interval(values):
    found = whole(values, step=3600_000, least_active_percent=0)
    assert found.in_range_lower_percent <= found.in_70_180_percent + 1e-9
    assert found.in_range_upper_percent >= found.in_70_180_percent - 1e-9


def test_edges_of_the_ranges_belong_where_the_consensus_puts_them():
    assert percent_in_bands(np.array([53.9, 54, 69.9, 70, 180, 180.1, 250, 250.1])) == (
        12.5,
        25.0,
        25.0,
        25.0,
        12.5,
    )


def test_gmi_is_the_published_table():
    # Bergenstal 2018, table 1: mean 150 mg/dL is 6.9 %, 200 is 8.1 %.
    assert round(gmi_percent(150), 1) == 6.9
    assert round(gmi_percent(200), 1) == 8.1


def test_under_70_percent_of_the_window_is_refused_with_what_there_is():
    at, values = even([100.0] * 288 * 9)  # 9 of 14 days: 64.3 %
    found = glucose_profile(at, values, start_ms=0, end_ms=14 * DAY)
    assert found == Refusal("too_little_sensor_time", 64.3, 70.0, "%")
    at, values = even([100.0] * 288 * 10)
    assert isinstance(glucose_profile(at, values, start_ms=0, end_ms=14 * DAY), GlucoseProfile)


def test_nothing_is_refused_even_without_limits():
    none = np.array([], np.int64)
    found = glucose_profile(
        none, none.astype(float), start_ms=0, end_ms=DAY, least_active_percent=0
    )
    assert found == Refusal("too_little_sensor_time", 0.0, 0, "%")


def test_finger_sticks_do_not_pass_for_a_sensor():
    at, values = even([110.0] * 56, step=DAY // 4)
    assert active_percent(at, start_ms=0, end_ms=14 * DAY) < 5
    assert isinstance(glucose_profile(at, values, start_ms=0, end_ms=14 * DAY), Refusal)


def test_two_sensors_at_once_cover_the_day_once():
    one, _ = even([0.0] * 144)
    both = np.sort(np.concatenate([one, one + 1000]))
    assert active_percent(both, start_ms=0, end_ms=DAY) <= 51


def test_a_sensor_that_drifts_by_seconds_loses_no_slot():
    at = (np.arange(288) * (FIVE_MIN + 700)).astype(np.int64)
    assert active_percent(at, start_ms=0, end_ms=DAY) > 99


def test_readings_outside_the_window_do_not_count():
    at, values = even([100.0] * 288 + [300.0] * 288)
    assert glucose_profile(at, values, start_ms=0, end_ms=DAY).above_250_percent == 0


def test_a_year_takes_less_than_a_fifth_of_a_second():
    at, values = even(100 + 40 * np.sin(np.arange(288 * 365) / 40))
    judge = partial(glucose_profile, at, values, start_ms=0, end_ms=365 * DAY)
    assert judge().days == 365
    assert fastest(judge) < 0.2


def test_real_readings_of_the_iglu_wheel_give_the_numbers_that_iglu_prints():
    """Subject 1 in the vignettes: above 180 8.20 %, above 250 0.377 %; mean, GMI by its tests."""
    at, values = readings_of("example_data_1_subject.csv")
    found = glucose_profile(
        at, values, start_ms=int(at[0]), end_ms=int(at[-1]) + FIVE_MIN, least_active_percent=0
    )
    assert found.readings == 2915
    assert found.mean_mg_dl == pytest.approx(values.sum() / 2915, abs=1e-9)
    assert found.gmi_percent == pytest.approx(3.31 + 0.02392 * values.sum() / 2915, abs=1e-9)
    high = found.from_181_to_250_percent + found.above_250_percent
    assert high == pytest.approx(8.20, abs=5e-3)
    assert found.above_250_percent == pytest.approx(0.377, abs=5e-4)
    assert found.in_70_180_percent == pytest.approx(91.6638, abs=5e-5)
    assert found.cv_percent == pytest.approx(26.9017, abs=5e-5)


def test_real_people_of_hall_2018_have_sane_profiles():
    folder = shared_data("cgm-hall-2018")
    with zipfile.ZipFile(folder / "Hall_2018-from-Glucose-ML.zip") as archive:
        people = [name for name in archive.namelist() if is_person(name)]
        profiles = [hall_profile(archive.read(name).decode()) for name in people]
    found = [p for p in profiles if isinstance(p, GlucoseProfile)]
    assert len(people) == 57
    assert len(found) >= 40  # the others wore the sensor for a few days only
    for one in found:
        assert 2.9 < one.gmi_percent < 12
        assert one.in_range_lower_percent <= one.in_70_180_percent <= one.in_range_upper_percent


def is_person(name):
    return name.endswith(".csv") and "metadata" not in name


def hall_profile(text):
    """The person's first five days, under the rule of 70 %; words such as Low are left out."""
    rows = [r for r in csv.reader(text.splitlines()) if r and r[-1].replace(".", "").isdigit()]
    stamps = [datetime.fromisoformat(r[0]).replace(tzinfo=UTC).timestamp() * 1000 for r in rows]
    at = np.array(stamps, np.int64)
    order = np.argsort(at, kind="stable")
    values = np.array([float(r[1]) for r in rows])[order]
    start = int(at[order][0])
    return glucose_profile(at[order], values, start_ms=start, end_ms=start + 5 * DAY)

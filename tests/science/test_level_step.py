"""A device's step told from a body's: on real people's glucose, spliced and with wrong units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.level_step import (
    DeviceStep,
    Unit,
    UnitSlip,
    changes_of_source,
    device_step,
    unit_slip,
)
from backend.science.refusal import Refusal
from tests.science.people import daily_medians
from tests.science.timing import fastest

MMOL = 18.0156
GLUCOSE = {"mg/dL": Unit(1.0), "mmol/L": Unit(MMOL)}
WEIGHT = {"kg": Unit(1.0), "lb": Unit(0.45359237), "st": Unit(6.35029318)}
WARMTH = {"Cel": Unit(1.0), "degF": Unit(5 / 9, -160 / 9)}
USUAL = (40.0, 500.0)


def numbered(values, first=0):
    values = np.array(values, np.float64)
    return np.arange(first, first + len(values)), values


def step(before, after, least_change=10.0):
    return device_step(numbered(before), numbered(after, len(before)), least_change=least_change)


def slip(values, units=GLUCOSE, usual=USUAL):
    return unit_slip(*numbered(values), units, usual=usual)


STEADY = [121, 118, 125, 122, 119, 124, 120]


def test_a_step_at_the_change_of_source_is_the_devices():
    found = step(STEADY, [v + 40 for v in STEADY])
    assert isinstance(found, DeviceStep)
    assert (found.before, found.after, found.day) == (121, 161, 7)
    assert found.change_percent == pytest.approx(100 * 40 / 121)


def test_no_step_a_small_one_and_a_drift_are_nothing():
    assert step(STEADY, STEADY[::-1]) is None
    assert step(STEADY, [v + 8 for v in STEADY]) is None
    drift = [100 + 6 * n for n in range(14)]
    assert step(drift[:7], drift[7:]) is None


def test_a_step_of_the_body_some_days_before_the_change_is_not_the_devices():
    values = [120] * 5 + [160, 161, 159, 160, 162, 160, 161, 159, 160]
    noise = [v + (n % 3) for n, v in enumerate(values)]
    assert step(noise[:9], noise[9:]) is None
    assert isinstance(step(noise[:5], noise[5:]), DeviceStep)


@pytest.mark.parametrize(("before", "after"), [(2, 7), (7, 2), (0, 7)])
def test_too_few_days_on_either_side_are_refused(before, after):
    found = step(STEADY[:before], STEADY[:after])
    assert isinstance(found, Refusal)
    assert (found.code, found.have) == ("too_few_days_around_change", min(before, after))


@given(
    st.lists(st.floats(60, 300), min_size=6, max_size=14), st.floats(0.1, 10), st.integers(3, 11)
)
def test_another_unit_for_all_days_changes_no_judgement(values, scale, at):
    at = min(at, len(values) - 3)
    plain = step(values[:at], values[at:], least_change=10)
    scaled = [v * scale for v in values]
    other = step(scaled[:at], scaled[at:], least_change=10 * scale)
    assert (
        type(plain) is type(other)
        or abs(abs(np.median(values[at : at + 7]) - np.median(values[max(0, at - 7) : at])) - 10)
        < 1e-6
    )


def test_days_in_another_unit_are_found_either_way_round():
    found = slip([*STEADY, 6.7, 6.5, *STEADY])
    assert isinstance(found, UnitSlip)
    assert (found.unit, found.inverse, found.days) == ("mmol/L", False, (7, 8))
    assert (found.level, found.usual_level) == (pytest.approx(6.6), 121)
    pounds = slip([70.1, 70.4, 154.8, 69.8, 70.0, 154.1], WEIGHT, None)
    assert isinstance(pounds, UnitSlip)
    assert (pounds.unit, pounds.inverse, pounds.days) == ("lb", False, (2, 5))
    kilos = slip([154.1, 153.9, 154.4, 154.0, 70.0], WEIGHT, None)
    assert isinstance(kilos, UnitSlip)
    assert (kilos.unit, kilos.inverse, kilos.days) == ("lb", True, (4,))


def test_a_unit_with_an_offset():
    found = slip([36.6, 36.7, 97.9, 36.5, 36.8], WARMTH, None)
    assert isinstance(found, UnitSlip)
    assert (found.unit, found.days) == ("degF", (2,))


def test_a_unit_wrong_from_the_beginning_is_told_by_what_is_usual():
    found = slip([v / MMOL for v in STEADY])
    assert isinstance(found, UnitSlip)
    assert len(found.days) == len(STEADY)
    assert found.usual_level == pytest.approx(121)


def test_a_person_who_gains_weight_or_lives_with_highs_changes_no_unit():
    assert slip([60 + n for n in range(28)], WEIGHT, None) is None
    assert slip([80, 300, 90, 280, 110, 250, 70, 310]) is None


def test_three_days_are_too_few_to_judge_a_unit():
    found = slip(STEADY[:3])
    assert isinstance(found, Refusal)
    assert (found.code, found.have, found.need) == ("too_few_days_to_judge", 3, 4)


def test_a_change_of_source_is_one_that_ends_as_another_begins():
    days = {"old": [1, 2, 3, 4, 5], "new": [6, 7, 8], "phone": [1, 2, 3, 6, 7, 8]}
    assert changes_of_source(days) == [("old", "new", 6)]
    assert changes_of_source({"old": [1, 2], "new": [30, 31]}) == []
    assert changes_of_source({"one": [1, 2, 3]}) == []


def test_a_month_of_days_takes_no_time():
    values = STEADY * 4
    assert fastest(lambda: (slip(values), step(values[:14], values[14:]))) < 0.01


@pytest.fixture(scope="module")
def people():
    return daily_medians()


def months(people):
    for days, medians in people:
        for first in range(0, max(1, len(days) - 27), 7):
            yield days[first : first + 28], medians[first : first + 28]


def test_untouched_real_people_raise_few_alarms(people):
    """A made-up change of source on each possible day of each four weeks: 2.5 % are alarms."""
    judged = alarms = 0
    for days, medians in months(people):
        assert unit_slip(days, medians, GLUCOSE, usual=USUAL) is None
        for at in range(3, len(days) - 2):
            found = device_step(
                (days[:at], medians[:at]), (days[at:], medians[at:]), least_change=10.0
            )
            judged += 1
            alarms += isinstance(found, DeviceStep)
    assert judged > 4000
    assert alarms / judged < 0.03


def test_two_real_people_spliced_are_told_apart_the_surer_the_further_they_are(people):
    rng = np.random.default_rng(1)
    told = {20: [0, 0], 40: [0, 0]}  # percent apart: judged, found
    for _ in range(1500):
        one, two = (people[n][1] for n in rng.choice(len(people), 2, replace=False))
        before, after = one[: rng.integers(3, 15)], two[: rng.integers(3, 15)]
        apart = 100 * abs(np.median(after) / np.median(before) - 1)
        bin_ = 40 if apart >= 40 else 20
        if apart < 20:
            continue
        told[bin_][0] += 1
        told[bin_][1] += isinstance(step(before, after), DeviceStep)
    assert told[20][1] / told[20][0] > 0.6
    assert told[40][1] / told[40][0] > 0.8


def test_wrong_units_in_real_people_are_found_on_their_days(people):
    rng = np.random.default_rng(2)
    tries = found_days = 0
    for days, medians in people:
        wrong = medians[:28].copy()
        at = np.sort(rng.choice(len(wrong), rng.integers(1, len(wrong) // 2), replace=False))
        wrong[at] /= MMOL
        found = unit_slip(days[:28], wrong, GLUCOSE, usual=USUAL)
        tries += 1
        found_days += isinstance(found, UnitSlip) and list(found.days) == days[:28][at].tolist()
        whole = unit_slip(days[:28], medians[:28] / MMOL, GLUCOSE, usual=USUAL)
        assert isinstance(whole, UnitSlip)
    assert tries > 100
    assert found_days / tries > 0.95

"""CMA1 to CMA9: by hand, against AdhereR's own numbers, against a slow twin, by their laws."""

import csv
import math
import time
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.cma import Carrying, cmas, numbered
from backend.science.dispensing import in_order
from tests.realdata import shared_data
from tests.science.slow_cma import slow_cmas

NAMES = [f"cma{n}" for n in range(1, 10)]
GOLDEN = Path(__file__).with_name("adherer_golden.csv")


def of_one(fills, start, end, *, carrying=None, follow_up_end=None):
    """The nine numbers of one person's fills (day, days, dose, medicine)."""
    columns = np.array(fills, np.float64).reshape(-1, 4).T
    known = in_order(
        np.zeros(columns.shape[1], np.int64), *columns[:3], columns[3].astype(np.int64), people=1
    )
    until = None if follow_up_end is None else np.array([float(follow_up_end)])
    found = cmas(
        known,
        start=np.array([float(start)]),
        end=np.array([float(end)]),
        carrying=carrying or Carrying(),
        follow_up_end=until,
    )
    return [float(getattr(found, name)[0]) for name in NAMES]


def of_file(name, form):
    """People, their first days and fills of one of AdhereR's tables."""
    with (shared_data("adherence-adherer") / name).open() as file:
        rows = [
            r
            for r in csv.DictReader(file)
            if all(r[n] not in ("", "NA") and float(r[n]) > 0 for n in ("PERDAY", "DURATION"))
        ]
    people, person = numbered(np.array([int(r["PATIENT_ID"]) for r in rows]))
    _, medicine = numbered(np.array([r["CATEGORY"] for r in rows]))
    day = np.array([float(datetime.strptime(r["DATE"], form).toordinal()) for r in rows])  # noqa: DTZ007
    supply, dose = (np.array([float(r[n]) for r in rows]) for n in ("DURATION", "PERDAY"))
    first = np.full(len(people), np.inf)
    np.minimum.at(first, person, day)
    return people, first, in_order(person, day, supply, dose, medicine, people=len(people))


def test_patient_76_by_hand():
    people, first, fills = of_file("med_events.csv", "%m/%d/%Y")
    start = first + 182
    found = cmas(fills, start=start, end=start + 365, follow_up_end=first + 730)
    at = list(people).index(76)
    assert found.mpr[at] == pytest.approx(210 / 150, abs=1e-12)  # 1.40
    assert found.cma2[at] == pytest.approx(240 / 308, abs=1e-12)  # 0.779
    assert found.cma7[at] == pytest.approx((12 + 240) / 365, abs=1e-12)  # 0.690
    by_hand = (57 * 60 / 105 + 150 + 158 * 90 / 189) / 365  # 0.706
    assert found.cma9[at] == pytest.approx(by_hand, abs=1e-12)
    # Nobody needs to say how long people were followed: the next fill ends the interval.
    plain = cmas(fills, start=start, end=start + 365)
    assert plain.cma9[at] == found.cma9[at]


@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("dose", [False, True])
def test_all_hundred_patients_have_adherers_numbers(same, dose):
    """Made with AdhereR 0.8.1 under R 4.2: days 182 to 547 of each, followed for 730."""
    people, first, fills = of_file("med_events.csv", "%m/%d/%Y")
    found = cmas(
        fills,
        start=first + 182,
        end=first + 547,
        carrying=Carrying(same, dose),
        follow_up_end=first + 730,
    )
    with GOLDEN.open() as file:
        golden = {
            int(row["patient"]): row
            for row in csv.DictReader(file)
            if (row["same"], row["dose"]) == (str(int(same)), str(int(dose)))
        }
    assert list(golden) == list(people)
    for name in NAMES:
        told = np.array([float(golden[n][name] or "nan") for n in people])
        np.testing.assert_allclose(getattr(found, name), told, rtol=0, atol=1e-9, err_msg=name)


@pytest.mark.parametrize(
    ("name", "form"), [("med_events.csv", "%m/%d/%Y"), ("med_events_ATC.csv", "%Y-%m-%d")]
)
@pytest.mark.parametrize("window", [(0, 730), (100, 465), (400, 490)])
def test_real_tables_agree_with_the_slow_twin(name, form, window):
    people, first, fills = of_file(name, form)
    start, end = first + window[0], first + window[1]
    for rules in (Carrying(), Carrying(only_same=True), Carrying(True, True)):
        found = cmas(fills, start=start, end=end, carrying=rules)
        for n in range(len(people)):
            own = fills.where(fills.person == n)
            mine = list(zip(own.day, own.days, own.daily_dose, own.medicine, strict=True))
            slow = slow_cmas(mine, start[n], end[n], same=rules.only_same, by_dose=rules.by_dose)
            fast = [getattr(found, name)[n] for name in NAMES]
            np.testing.assert_allclose(fast, slow, rtol=0, atol=1e-9)


FILLS = st.lists(
    st.tuples(
        st.integers(0, 400), st.integers(1, 120), st.sampled_from([1, 2, 4]), st.integers(0, 2)
    ),
    min_size=1,
    max_size=20,
)


@given(fills=FILLS, same=st.booleans(), dose=st.booleans(), until=st.sampled_from([None, 300, 500]))
def test_any_fills_agree_with_the_slow_twin(fills, same, dose, until):
    fast = of_one(fills, 90, 290, carrying=Carrying(same, dose), follow_up_end=until)
    slow = slow_cmas(fills, 90, 290, same=same, by_dose=dose, until=until)
    np.testing.assert_allclose(fast, slow, rtol=0, atol=1e-9)


@given(fills=FILLS)
def test_laws(fills):
    one, two, three, four, five, six, seven, eight, nine = of_one(fills, 90, 290)
    for share in (three, four, five, six, seven, eight, nine):
        assert math.isnan(share) or -1e-12 <= share <= 1 + 1e-12
    assert math.isnan(one) or three == min(1, one)
    assert math.isnan(two) or six <= four + 1e-12  # gaps are never made good by a later surplus
    # A supply that lasts longer never lowers how much of the window is covered.
    longer = [(day, days + 10, dose, medicine) for day, days, dose, medicine in fills]
    assert math.isnan(seven) or of_one(longer, 90, 290)[6] >= seven - 1e-12


def test_what_is_left_over_of_another_medicine_or_dose():
    two = [(0, 60, 4, 0), (30, 30, 2, 1)]
    assert of_one(two, 0, 120)[5] == pytest.approx(90 / 120)
    assert of_one(two, 0, 120, carrying=Carrying(only_same=True))[5] == pytest.approx(60 / 120)
    # Thirty days of four a day are sixty days of two a day.
    assert of_one(two, 0, 120, carrying=Carrying(by_dose=True))[5] == pytest.approx(120 / 120)


def test_degenerate():
    assert all(math.isnan(n) for n in of_one([], 0, 100))
    assert all(math.isnan(n) for n in of_one([(200, 30, 1, 0)], 0, 100))
    single = of_one([(50, 30, 1, 0)], 0, 100)
    assert math.isnan(single[0])
    assert single[6] == pytest.approx(0.30)
    on_the_last_day = of_one([(100, 30, 1, 0)], 0, 100)
    assert math.isnan(on_the_last_day[1])
    assert math.isnan(on_the_last_day[5])
    assert on_the_last_day[6] == 0.0
    # Enough carried in for all of the window: nothing is left to judge for CMA8.
    carried = of_one([(0, 300, 1, 0)], 100, 200)
    assert carried[6] == 1.0
    assert math.isnan(carried[7])


def test_leap_days_are_days():
    start, end = date(2027, 12, 31).toordinal(), date(2028, 12, 31).toordinal()
    assert of_one([(start, 366, 1, 0)], start, end)[6] == 1.0
    assert end - start == 366


def test_a_million_fills_take_seconds():
    rng = np.random.default_rng(1)
    count, people = 1_000_000, 80_000
    known = in_order(
        rng.integers(0, people, count),
        rng.integers(0, 730, count).astype(np.float64),
        rng.choice([30.0, 60.0, 90.0], count),
        rng.choice([1.0, 2.0], count),
        rng.integers(0, 3, count),
        people=people,
    )
    start = np.full(people, 100.0)
    began = time.process_time()
    found = cmas(known, start=start, end=start + 365, carrying=Carrying(True, True))
    assert time.process_time() - began < 10
    assert np.nanmean(found.cma7) == pytest.approx(0.7, abs=0.2)

"""Adherence from dose records: twin, laws, size, thin data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.adherence import NOT_TAKEN, TAKEN, UNANSWERED, Adherence, adherence
from backend.science.refusal import Refusal
from tests.science.timing import fastest

records = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 29), st.sampled_from([TAKEN, NOT_TAKEN, UNANSWERED])
    ),
    min_size=1,
    max_size=120,
)


def judge(doses):
    """From (medicine, day, outcome[, minutes off])."""
    columns = [[d[i] for d in doses] for i in range(3)]
    off = [float(d[3]) if len(d) > 3 else np.nan for d in doses]
    medicines, days, outcomes = (np.array(c, np.int64) for c in columns)
    return adherence(medicines, days, outcomes, np.array(off))


@given(records)
def test_pdc_equals_the_slow_obvious_twin(doses):
    found = judge(doses)
    if isinstance(found, Refusal):
        return
    by_day = {}
    for medicine, day, outcome in doses:
        by_day.setdefault((medicine, day), []).append(outcome)
    covered = sum(all(o == TAKEN for o in day) for day in by_day.values())
    assert found.pdc_percent == pytest.approx(100 * covered / len(by_day))
    taken = sum(o == TAKEN for _, _, o in doses)
    assert found.taking_percent == pytest.approx(100 * taken / len(doses))


@given(records)
def test_pdc_lies_in_its_interval_and_in_0_to_100(doses):
    found = judge(doses)
    if isinstance(found, Adherence):
        assert 0 <= found.pdc_lower_percent <= found.pdc_percent + 1e-9
        assert found.pdc_percent - 1e-9 <= found.pdc_upper_percent <= 100


@given(records, st.data())
def test_taking_one_more_dose_never_lowers_adherence(doses, data):
    missed = [i for i, d in enumerate(doses) if d[2] != TAKEN]
    if not missed:
        return
    turned = data.draw(st.sampled_from(missed))
    better = [(*d[:2], TAKEN) if i == turned else d for i, d in enumerate(doses)]
    one, two = judge(doses), judge(better)
    if isinstance(one, Adherence) and isinstance(two, Adherence):
        assert two.pdc_percent >= one.pdc_percent
        assert two.pdc_lower_percent >= one.pdc_lower_percent - 1e-9


def test_a_day_counts_only_when_all_its_doses_were_taken():
    full = [(0, day, TAKEN) for day in range(20) for _ in range(2)]
    one_missed = [*full[:-1], (0, 19, NOT_TAKEN)]
    found = judge(one_missed)
    assert found.pdc_percent == 95
    assert found.taking_percent == 97.5


def test_unanswered_doses_widen_the_interval_upwards_only():
    sure = judge([(0, day, TAKEN if day < 20 else NOT_TAKEN) for day in range(28)])
    unsure = judge([(0, day, TAKEN if day < 20 else UNANSWERED) for day in range(28)])
    assert unsure.pdc_percent == sure.pdc_percent
    assert unsure.pdc_lower_percent == sure.pdc_lower_percent
    assert unsure.pdc_upper_percent == pytest.approx(100)
    assert sure.pdc_upper_percent < 90


def test_timing_counts_taken_doses_only():
    doses = [(0, day, TAKEN, 10 if day < 15 else 400) for day in range(20)]
    assert judge([*doses, (0, 20, NOT_TAKEN)]).on_time_percent == 75


def test_thin_records_are_refused_with_a_reason():
    assert judge([(0, day, TAKEN) for day in range(13)]).code == "too_short_with_medicine"
    assert judge([(0, day, TAKEN) for day in (0, 7, 14)]).code == "too_few_dose_days"
    silent = [(0, day, TAKEN if day < 9 else UNANSWERED) for day in range(20)]
    assert judge(silent) == Refusal("too_few_answers", 45.0, 50.0, "%")
    assert judge([]) == Refusal("too_short_with_medicine", 0, 14, "days")


def test_a_weekly_medicine_is_judged_too():
    assert judge([(0, day, TAKEN) for day in range(0, 29, 7)]).pdc_percent == 100


def test_a_hundred_thousand_doses_take_little():
    day = np.arange(100_000) // 4
    medicine = np.arange(100_000) % 4
    taken, on_time = np.ones(100_000, np.int64), np.zeros(100_000)
    assert fastest(lambda: adherence(medicine, day, taken, on_time)) < 1

"""Intervals against printed tables and slow twins."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.intervals import ratio_by_blocks, student_t_975, wilson

PRINTED_T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 13: 2.160, 30: 2.042, 120: 1.980}


@pytest.mark.parametrize(("freedom", "printed"), PRINTED_T.items())
def test_t_quantiles_are_those_of_the_printed_table(freedom, printed):
    assert student_t_975(freedom) == pytest.approx(printed, rel=0.008)


def test_wilson_gives_the_published_example():
    # Newcombe, Stat Med 1998;17:857, table I, method 3: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_proportion_and_stays_within_0_and_1(trials, data):
    successes = data.draw(st.integers(0, trials))
    lower, upper = wilson(successes, trials)
    assert 0 <= lower <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= upper <= 1


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 90)), min_size=2, max_size=12))
def test_block_interval_equals_leaving_out_each_block_by_hand(blocks):
    hits, totals = (np.array(column, float) for column in zip(*blocks, strict=True))
    parts = []
    for gone in range(len(blocks)):
        kept = [b for i, b in enumerate(blocks) if i != gone]
        parts.append(sum(h for h, _ in kept) / sum(t for _, t in kept))
    middle = sum(parts) / len(parts)
    variance = (len(parts) - 1) / len(parts) * sum((p - middle) ** 2 for p in parts)
    twin = student_t_975(len(parts) - 1) * math.sqrt(variance)
    assert ratio_by_blocks(hits, totals) == pytest.approx(twin, abs=1e-12)


def test_blocks_that_are_all_alike_leave_no_doubt():
    assert ratio_by_blocks(np.array([3.0, 3.0]), np.array([4.0, 4.0])) == 0

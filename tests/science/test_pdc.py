"""PDC: PQA's worked examples, CMS's days in hospital, laws, and a twin that counts days in sets."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.pdc import NO_INGREDIENT, ClassFills, Stays, proportion_of_days_covered

YEAR = (date(2018, 1, 1), date(2018, 12, 31))


def class_fills(fills):
    """Of one person: (day, days, ingredients), days as ordinals."""
    fills = sorted(fills, key=lambda fill: fill[0])
    parts = [(*fill[2], NO_INGREDIENT)[:2] for fill in fills]
    return ClassFills(
        np.zeros(len(fills), np.int64),
        np.array([fill[0] for fill in fills], np.int64),
        np.array([fill[1] for fill in fills], np.int64),
        np.array(parts, np.int64).reshape(-1, 2),
        people=1,
    )


def covered(fills, start, end, stays=(), **more):
    """Of one person: (pdc, covered days, days of the period)."""
    away = Stays(
        np.zeros(len(stays), np.int64),
        np.array([stay[0] for stay in stays], np.int64),
        np.array([stay[1] for stay in stays], np.int64),
    )
    found = proportion_of_days_covered(
        class_fills(fills), start=np.array([start]), end=np.array([end]), stays=away, **more
    )
    return float(found.pdc[0]), int(found.covered_days[0]), int(found.period_days[0])


def in_2018(*fills):
    """(month, day, days, ingredients) of 2018."""
    dated = [(date(2018, month, day).toordinal(), days, of) for month, day, days, of in fills]
    return covered(dated, *(day.toordinal() for day in YEAR))


@pytest.mark.parametrize(
    ("fills", "days", "period"),
    [
        # Another medicine of the class, filled the day after the first is used up.
        ([(1, 1, 90, (0,)), (4, 1, 90, (1,))], 180, 365),
        # Two medicines at once cover each day once; but both fills are of one date.
        ([(1, 1, 90, (0,)), (1, 1, 90, (1,))], 90, None),
        # A refill of 25 September waits for the supply of 5 July: first dose on 3 October.
        ([(3, 25, 90, (0,)), (7, 5, 90, (0,)), (9, 25, 90, (0,))], 270, 282),
        # A week early on 25 March; the last of four runs past the end of the year.
        (
            [(1, 1, 90, (0,)), (3, 25, 90, (0,)), (7, 5, 90, (0,)), (10, 15, 90, (0,))],
            90 + 90 + 90 + 78,
            365,
        ),
        # Of 30 days: 4 October, then 1 November waits until the 3rd, then 15 December.
        ([(10, 4, 30, (0,)), (11, 1, 30, (0,)), (12, 15, 30, (0,))], 30 + 30 + 17, 89),
    ],
)
def test_worked_examples_of_pqa(fills, days, period):
    pdc, covered_days, period_days = in_2018(*fills)
    assert covered_days == days
    if period is None:
        assert math.isnan(pdc)  # two fills, but not on two dates
    else:
        assert (period_days, pdc) == (period, pytest.approx(days / period))


def test_a_combination_waits_for_each_of_its_ingredients_and_they_for_it():
    # A until day 30, the combination A/B of day 20 begins on day 30, then B of day 40 on day 60.
    fills = [(0, 30, (0,)), (20, 30, (0, 1)), (40, 30, (1,))]
    assert covered(fills, 0, 99)[1] == 90
    assert covered([(0, 30, (0,)), (20, 30, (1,))], 0, 99)[1] == 50  # another one does not wait


@pytest.mark.parametrize(
    ("supplies", "stay", "before", "after"),
    [
        # By CMS's rule, worked by hand on a period of fifteen days.
        ([(1, 8), (12, 4)], (5, 6), 12 / 15, 12 / 13),  # a gap after the stay is filled
        ([(1, 7), (12, 4)], (12, 13), 11 / 15, 9 / 13),  # a gap before the stay stays
        ([(1, 3), (6, 4), (12, 4)], (6, 9), 11 / 15, 9 / 11),
    ],
)
def test_days_in_hospital_are_taken_out_and_their_supply_is_used_later(
    supplies, stay, before, after
):
    fills = [(day, days, (0,)) for day, days in supplies]
    assert covered(fills, 1, 15)[0] == pytest.approx(before)
    assert covered(fills, 1, 15, [stay])[0] == pytest.approx(after)


def test_who_does_not_count():
    two = [(0, 30, (0,)), (40, 30, (0,))]
    assert math.isnan(covered([(0, 300, (0,))], 0, 364)[0])  # one fill
    assert math.isnan(covered(two, 0, 60, least_period_days=91)[0])
    assert math.isnan(covered(two, 0, 364, excluded=np.array([True]))[0])
    assert math.isnan(covered([], 0, 364)[0])
    assert math.isnan(covered(two, 0, 364, [(0, 364)])[0])  # never at home
    assert covered(two, 0, 364)[0] == pytest.approx(60 / 365)


def test_rate_counts_only_those_who_count():
    found = proportion_of_days_covered(
        ClassFills(
            np.array([0, 0, 1, 1, 2]),
            np.array([0, 50, 0, 30, 0]),
            np.array([50, 50, 30, 10, 90]),
            np.zeros((5, 1), np.int64),
            people=4,
        ),
        start=np.zeros(4, np.int64),
        end=np.full(4, 99),
    )
    assert found.share_adherent() == 0.5
    assert list(found.fill_dates) == [2, 2, 1, 0]


FILLS = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.integers(1, 90),
        st.sampled_from([(0,), (1,), (0, 1), (2,)]),
    ),
    max_size=12,
)
STAYS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 30)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=5,
)


def slow(fills, start, end, stays):
    """Pills are taken day by day, at home, of each ingredient from its own box."""
    away = {day for first, last in stays for day in range(first, last + 1)}
    fills = sorted((fill for fill in fills if start <= fill[0] <= end), key=lambda fill: fill[0])
    if not fills:
        return 0, 0
    home = [day for day in range(start, end + 2000) if day not in away]
    taken, used_up = set(), {}
    for day, days, of in fills:
        free = max([day, *(used_up.get(ingredient, day) for ingredient in of)])
        spell = [d for d in home if d >= free][:days]
        taken.update(spell)
        used_up.update(dict.fromkeys(of, spell[-1] + 1))
    period = [day for day in home if fills[0][0] <= day <= end]
    return len(taken & set(period)), len(period)


@given(fills=FILLS, stays=STAYS)
def test_days_agree_with_the_twin(fills, stays):
    assert covered(fills, 20, 180, stays)[1:] == slow(fills, 20, 180, stays)


@given(fills=FILLS, stays=STAYS, extra=st.tuples(st.integers(0, 90), st.just((0,))))
def test_a_fill_more_never_lowers_the_days_covered(fills, stays, extra):
    pdc, days, period = covered(fills, 0, 200, stays)
    assert math.isnan(pdc) or 0 <= pdc <= 1
    later = [*fills, (200, *extra)]
    assert covered(later, 0, 200, stays)[1] >= days


@given(fills=FILLS, stays=STAYS)
def test_people_do_not_touch_each_other(fills, stays):
    one = class_fills(fills)
    many = ClassFills(
        np.repeat(np.arange(3), len(fills)),
        np.tile(one.day, 3),
        np.tile(one.days, 3),
        np.tile(one.ingredients, (3, 1)),
        people=3,
    )
    away = Stays(
        np.full(len(stays), 1, np.int64),
        np.array([s[0] for s in stays], np.int64),
        np.array([s[1] for s in stays], np.int64),
    )
    found = proportion_of_days_covered(
        many, start=np.zeros(3, np.int64), end=np.full(3, 200), stays=away
    )
    alone = [covered(fills, 0, 200), covered(fills, 0, 200, stays), covered(fills, 0, 200)]
    assert list(found.covered_days) == [days for _, days, _ in alone]
    assert list(found.period_days) == [period for _, _, period in alone]

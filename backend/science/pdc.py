"""Proportion of days covered as the Pharmacy Quality Alliance (PQA) measures it.

The treatment period runs from the first fill in the measurement period to its end (or death, or
the end of enrolment). A fill that comes before the supply of the same ingredient is used up begins
the day after; a combination waits for each of its ingredients. A day is covered if any medicine of
the class covers it. A person needs fills on two dates; the older specification's 91 days between
first fill and end are an option.

Days in a hospital or nursing facility are taken out as CMS does for its star ratings: they count
neither as days nor as covered, and supply that they would have used is used afterwards, which moves
the fills after it too. Taken together: a person's calendar without those days is the one that
counts.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.dispensing import Flags, Numbers, is_first, steps
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
THRESHOLD: Final = 0.8  # 0.9 for antiretrovirals
LEAST_DATES: Final = 2
NO_INGREDIENT: Final = -1


@dataclass(frozen=True, slots=True)
class ClassFills:
    """Dispensings of one therapeutic class, in the order of person and day; whole days.

    `ingredients` has a row a fill, as wide as the largest combination, NO_INGREDIENT where it has
    fewer.
    """

    person: Numbers
    day: Numbers
    days: Numbers
    ingredients: Numbers
    people: int


@dataclass(frozen=True, slots=True)
class Stays:
    """Days [first, last] in a hospital or nursing facility; those of a person may overlap."""

    person: Numbers
    first: Numbers
    last: Numbers

    @classmethod
    def none(cls) -> "Stays":
        """Nobody was away."""
        nobody = np.empty(0, np.int64)
        return cls(nobody, nobody, nobody)


@dataclass(frozen=True, slots=True)
class Covered:
    """One entry a person; `pdc` is NaN for whom the measure leaves out."""

    pdc: NDArray[np.float64]
    covered_days: Numbers
    period_days: Numbers
    fill_dates: Numbers

    def share_adherent(self, threshold: float = THRESHOLD) -> float:
        """The measure's rate: people at or above the threshold, of those who count."""
        counts = ~np.isnan(self.pdc)
        return float((self.pdc[counts] >= threshold).mean()) if counts.any() else float("nan")

    def refusal(self) -> Refusal:
        """Why there is no number, where there is none for anybody."""
        return Refusal("too_few_fills", int(self.fill_dates.max(initial=0)), LEAST_DATES, "days")


def proportion_of_days_covered(
    fills: ClassFills,
    *,
    start: Numbers,
    end: Numbers,
    stays: Stays | None = None,
    least_period_days: int = 1,
    excluded: Flags | None = None,
) -> Covered:
    """For each person over their measurement period [start, end]; `excluded` people do not count
    (hospice, end-stage renal disease, insulin in the diabetes measure, under 18)."""
    home = _Home(stays or Stays.none(), fills.people)
    inside = (fills.day >= start[fills.person]) & (fills.day <= end[fills.person])
    fills = _where(fills, inside)
    index, dates = _index_dates(fills)
    everyone = np.arange(fills.people)
    closes = home.days_before(everyone, end + 1)
    period = np.where(dates > 0, closes - home.days_before(everyone, index), 0)
    begins, ends = _shifted(fills, home.days_before(fills.person, fills.day))
    covered = _covered(fills, begins, np.minimum(ends, closes[fills.person]))
    spell = np.where(dates > 0, end - index + 1, 0)
    counts = (dates >= LEAST_DATES) & (spell >= least_period_days) & (period > 0)
    if excluded is not None:
        counts &= ~excluded
    pdc = np.divide(covered, period, out=np.full(len(period), np.nan), where=counts)
    return Covered(pdc, covered, period, dates)


class _Home:
    """Each person's calendar without the days away."""

    def __init__(self, stays: Stays, people: int) -> None:
        order = np.lexsort((stays.first, stays.person))
        self._person, first = stays.person[order], stays.first[order]
        last = stays.last[order] + 1
        reached = np.empty(len(last), np.int64)  # the end of all stays up to this one
        for at in steps(self._person):
            before = reached[np.maximum(at - 1, 0)]
            has_before = ~is_first(self._person)[at]
            reached[at] = np.where(has_before, np.maximum(before, last[at]), last[at])
        known = np.empty(len(last), np.int64)
        known[1:] = np.where(is_first(self._person)[1:], first[1:], reached[:-1])
        known[:1] = first[:1]
        self._first = np.maximum(first, known)  # what no earlier stay has taken out already
        self._last = np.maximum(self._first, last)
        self._away = np.append(0, np.cumsum(self._last - self._first))
        self._begin = np.searchsorted(self._person, np.arange(people))

    def days_before(self, person: Numbers, day: Numbers) -> Numbers:
        """The day's place in the calendar; a day away falls on the next one at home."""
        if not len(self._person):
            return day
        # Persons and days as one number: ordinals of days have seven digits.
        reach = np.int64(10_000_000)
        at = np.searchsorted(self._person * reach + self._first, person * reach + day, side="left")
        begin = self._begin[person]
        whole = self._away[at] - self._away[begin]
        beyond = np.where(at > begin, np.maximum(0, self._last[np.maximum(at - 1, 0)] - day), 0)
        found: Numbers = day - (whole - beyond)
        return found


def _where(fills: ClassFills, flags: Flags) -> ClassFills:
    return ClassFills(
        fills.person[flags],
        fills.day[flags],
        fills.days[flags],
        fills.ingredients[flags],
        fills.people,
    )


def _index_dates(fills: ClassFills) -> tuple[Numbers, Numbers]:
    """The first fill of each person, and on how many different days they had one."""
    index = np.zeros(fills.people, np.int64)
    first = is_first(fills.person)
    index[fills.person[first]] = fills.day[first]
    other_day = first.copy()
    other_day[1:] |= fills.day[1:] != fills.day[:-1]
    return index, np.bincount(fills.person[other_day], minlength=fills.people)


def _shifted(fills: ClassFills, day: Numbers) -> tuple[Numbers, Numbers]:
    """When each fill is begun and used up, after what was left of its ingredients."""
    width = int(fills.ingredients.max(initial=NO_INGREDIENT)) + 2
    pairs = fills.person[:, None] * width + fills.ingredients + 1
    _, where = np.unique(pairs, return_inverse=True)
    where = where.reshape(fills.ingredients.shape)
    real = fills.ingredients != NO_INGREDIENT
    used_up = np.full(int(where.max(initial=-1)) + 1, np.iinfo(np.int64).min)
    begins, ends = np.empty(len(day), np.int64), np.empty(len(day), np.int64)
    for at in steps(fills.person):
        until = np.where(real[at], used_up[where[at]], np.iinfo(np.int64).min)
        begins[at] = np.maximum(day[at], until.max(axis=1))
        ends[at] = begins[at] + fills.days[at]
        for column in range(fills.ingredients.shape[1]):
            used_up[where[at, column]] = ends[at]
    return begins, ends


def _covered(fills: ClassFills, begins: Numbers, ends: Numbers) -> Numbers:
    """Days in the union of each person's spells [begins, ends)."""
    order = np.lexsort((begins, fills.person))
    person, begins, ends = fills.person[order], begins[order], ends[order]
    found = np.zeros(fills.people, np.int64)
    reached = np.zeros(0, np.int64)
    for at in steps(person):
        if len(reached):
            opens = np.maximum(begins[at], reached[: len(at)])
            reached = np.maximum(reached[: len(at)], ends[at])
        else:
            opens, reached = begins[at], ends[at].copy()
        found[person[at]] += np.maximum(0, ends[at] - opens)
    return found

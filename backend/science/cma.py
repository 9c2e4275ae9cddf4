"""CMA1 to CMA9 of AdhereR (Dima & Dediu, PLoS ONE 2017;12:e0174426): the supply at hand, by day.

CMA1 is the medication possession ratio (MPR). In the observation window [start, end]: CMA1 and 2
divide the supply by the days from the first fill to the last one or to the end; 3 and 4 are the
same, at most 1; 5 and 6 take the days without supply off 1, what is left over carried to the next
fill; 7 does so for the whole window with what was carried into it; 8 begins the window where the
carried supply ends; 9 weighs each fill's share of covered days until the next fill, by the days of
it that lie in the window.

The numbers are AdhereR's, two of its habits included: both ends of the window belong to it though
its length is their difference, and CMA8's window is rounded to whole days. Where no window is left
there is no number: AdhereR divides by zero for a first fill on the last day, and has CMA8 0, or
breaks off, for who carries enough into the window for all of it. No fill, no number.

A fill that no other follows lasts, for CMA9, until the end of the window, or until `follow_up_end`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.science.dispensing import Days, Fills, Flags, Numbers, is_first, is_last, steps

VERSION: Final = "1.0"


@dataclass(frozen=True, slots=True)
class Carrying:
    """What is left over counts for another medicine too, and in days whatever the dose, or not."""

    only_same: bool = False
    by_dose: bool = False


@dataclass(frozen=True, slots=True)
class Cmas:
    """One number a person; NaN where the definition gives none."""

    cma1: Days
    cma2: Days
    cma3: Days
    cma4: Days
    cma5: Days
    cma6: Days
    cma7: Days
    cma8: Days
    cma9: Days

    @property
    def mpr(self) -> Days:
        """The medication possession ratio."""
        return self.cma1


@dataclass(frozen=True, slots=True)
class _Gaps:
    """Of fills in a row: days until the next, days without supply, supply left from before."""

    interval: Days
    gap: Days
    carried: Days


def cmas(
    fills: Fills,
    *,
    start: Days,
    end: Days,
    carrying: Carrying = Carrying(),
    follow_up_end: Days | None = None,
) -> Cmas:
    """All nine, each person in a window of their own; `fills` as `in_order` gives them."""
    inside = fills.where((fills.day >= start[fills.person]) & (fills.day <= end[fills.person]))
    cma1, cma2 = _possession(inside, end)
    cma5, cma6 = _without_gaps(inside, end, carrying)
    return Cmas(
        cma1=cma1,
        cma2=cma2,
        cma3=np.minimum(1.0, cma1),
        cma4=np.minimum(1.0, cma2),
        cma5=cma5,
        cma6=cma6,
        cma7=_cma7(fills, start, end, carrying),
        cma8=_cma8(fills, start, end, carrying),
        cma9=_cma9(fills, start, end, carrying, follow_up_end),
    )


def _gaps(fills: Fills, end: Days, carrying: Carrying) -> _Gaps:
    """The last fill's interval ends with `end`; what a gap is taken from is never below zero."""
    last = is_last(fills.person)
    interval = np.empty(len(fills.day))
    interval[:-1] = fills.day[1:] - fills.day[:-1]
    interval[last] = end[fills.person[last]] - fills.day[last]
    lacking = interval - fills.days
    kept = _kept(fills, carrying)
    gap, carried = np.empty(len(interval)), np.empty(len(interval))
    left_over = np.zeros(0)
    for at in steps(fills.person):
        before = left_over[: len(at)] if len(left_over) else np.zeros(len(at))
        carried[at] = before
        balance = lacking[at] - before
        gap[at] = np.maximum(balance, 0.0)
        left_over = np.maximum(-balance, 0.0) * kept[at]
    return _Gaps(interval, gap, carried)


def _kept(fills: Fills, carrying: Carrying) -> Days:
    """By what the supply left over is multiplied when the next fill comes."""
    kept = np.ones(len(fills.day))
    if carrying.by_dose:
        kept[:-1] = fills.daily_dose[:-1] / fills.daily_dose[1:]
    if carrying.only_same:
        kept[:-1][fills.medicine[:-1] != fills.medicine[1:]] = 0.0
    return kept


def _sums(fills: Fills, days: Days, where: Flags | None = None) -> Days:
    person = fills.person if where is None else fills.person[where]
    found = np.bincount(person, days if where is None else days[where], fills.people)
    return found.astype(np.float64)  # whole numbers, where there is no fill at all


def _spread(fills: Fills, flags: Flags) -> Days:
    """The day of each person's only flagged fill; NaN for people without fills."""
    found = np.full(fills.people, np.nan)
    found[fills.person[flags]] = fills.day[flags]
    return found


def _ratio(above: Days, below: Days) -> Days:
    """NaN where there is no day to divide by."""
    found: Days = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return found


def _possession(inside: Fills, end: Days) -> tuple[Days, Days]:
    first, last = is_first(inside.person), is_last(inside.person)
    began, ended = _spread(inside, first), _spread(inside, last)
    cma1 = _ratio(_sums(inside, inside.days, ~last), ended - began)
    return cma1, _ratio(_sums(inside, inside.days), end - began)


def _without_gaps(inside: Fills, end: Days, carrying: Carrying) -> tuple[Days, Days]:
    gap = _gaps(inside, end, carrying).gap
    first, last = is_first(inside.person), is_last(inside.person)
    began, ended = _spread(inside, first), _spread(inside, last)
    cma5 = 1 - _ratio(_sums(inside, gap, ~last), ended - began)
    return cma5, 1 - _ratio(_sums(inside, gap), end - began)


def _cma7(fills: Fills, start: Days, end: Days, carrying: Carrying) -> Days:
    known = fills.where(fills.day <= end[fills.person])
    gap = _gaps(known, end, carrying).gap
    before = known.day < start[known.person]
    lacking = _sums(known, gap, ~before)
    first = ~before & (is_first(known.person) | np.append(True, before[:-1]))
    lacking += _gap_before_first(known, gap, start, first)
    length = end - start
    inside = np.bincount(known.person[~before], minlength=known.people) > 0
    entering = before & is_last(known.person)  # the last fill, where it comes before the window
    ending = known.person[entering]
    lacking[ending] = np.minimum(gap[entering], length[ending])
    some = inside.copy()
    some[ending] = True
    return np.where(some, 1 - _ratio(lacking, length), np.nan)


def _gap_before_first(known: Fills, gap: Days, start: Days, first: Flags) -> Days:
    """Days without supply from the window's start to the first fill in it."""
    at = np.flatnonzero(first)
    person = known.person[at]
    waited = known.day[at] - start[person]
    has_earlier = ~is_first(known.person)[at]
    found = np.zeros(known.people)
    found[person] = np.where(has_earlier, np.minimum(gap[at - 1], waited), waited)
    return found


def _cma8(fills: Fills, start: Days, end: Days, carrying: Carrying) -> Days:
    known = fills.where(fills.day <= end[fills.person])
    carried = _gaps(known, end, carrying).carried
    ends = known.day + known.days + carried
    into = (known.day < start[known.person]) & (ends > start[known.person])
    begins = start.copy()
    np.maximum.at(begins, known.person[into], ends[into])
    return _cma7(fills, begins, begins + np.rint(end - begins), carrying)


def _cma9(
    fills: Fills, start: Days, end: Days, carrying: Carrying, follow_up_end: Days | None
) -> Days:
    until = end if follow_up_end is None else np.maximum(end, follow_up_end)
    if follow_up_end is not None:
        fills = fills.where(fills.day <= until[fills.person])
    found = _gaps(fills, _until(fills, until), carrying)
    person = fills.person
    covered = 1 - _ratio(found.gap, found.interval)
    ends = np.minimum(fills.day + found.interval, end[person])
    inside = np.maximum(0.0, ends - np.maximum(fills.day, start[person]))
    some = np.zeros(fills.people, np.bool_)
    some[person[fills.day <= end[person]]] = True
    weighed = _sums(fills, np.nan_to_num(covered) * inside)
    return np.where(some, _ratio(weighed, end - start), np.nan)


def _until(fills: Fills, end: Days) -> Days:
    """Where nobody says how long people were followed: to the window's end, or their last fill."""
    found = end.copy()
    np.maximum.at(found, fills.person, fills.day)
    return found


def numbered(person: Numbers) -> tuple[Numbers, Numbers]:
    """People as they are called, and each entry's number among them."""
    names, where = np.unique(person, return_inverse=True)
    return names, where.astype(np.int64)

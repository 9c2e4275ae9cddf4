"""Dispensings as columns, each person's in the order of their dates, and walking along them.

What one fill leaves over for the next is a recurrence along a person's fills: it is computed for
the first fills of all persons at once, then for their second ones, and so on. That is as exact as
one fill after the other, and as fast as columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Days = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fills:
    """One entry a dispensing; `person` counts from 0, `day` is a proleptic Gregorian ordinal.

    `days` is how long the supply lasts as prescribed, `daily_dose` in whatever unit, the same for
    all fills of a medicine.
    """

    person: Numbers
    day: Days
    days: Days
    daily_dose: Days
    medicine: Numbers
    people: int

    def where(self, flags: Flags) -> "Fills":
        """Some of them, of as many people."""
        return Fills(
            self.person[flags],
            self.day[flags],
            self.days[flags],
            self.daily_dose[flags],
            self.medicine[flags],
            self.people,
        )


def in_order(
    person: Numbers, day: Days, days: Days, daily_dose: Days, medicine: Numbers, *, people: int
) -> Fills:
    """Sorted by person and day; fills of one day stay in the order given."""
    order = np.lexsort((day, person))
    return Fills(person[order], day[order], days[order], daily_dose[order], medicine[order], people)


def is_last(person: Numbers) -> Flags:
    """Whether an entry is its person's last."""
    found = np.ones(len(person), np.bool_)
    found[:-1] = person[1:] != person[:-1]
    return found


def is_first(person: Numbers) -> Flags:
    """Whether an entry is its person's first."""
    found = np.ones(len(person), np.bool_)
    found[1:] = person[1:] != person[:-1]
    return found


def steps(person: Numbers) -> Iterator[Numbers]:
    """Places of every person's first entry, of the second ones of those who have two, …"""
    at = np.flatnonzero(is_first(person))
    left = np.diff(np.append(at, len(person)))
    order = np.argsort(-left, kind="stable")
    at, left = at[order], left[order]
    while len(at):
        yield at
        # The longest come first: who has another entry is a prefix.
        going = int(np.searchsorted(-left, -1))
        at, left = at[:going] + 1, left[:going] - 1

"""Taking, correct dosing, timing and holidays from the openings of an electronic pill monitor.

As MEMS reports have them (Vrijens & Urquhart, J Antimicrob Chemother 2005;55:616): taking is
openings of those prescribed, correct dosing the share of days with as many as prescribed, timing
the share of intervals between openings within 25 % of the prescribed one. A monitor tells nothing
of days before it began or after it was read; a day without an opening in between counts as a day
without a dose.

Openings within a few minutes of one another are one: a cap is opened twice for one dose.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.science.monitor import (
    DAY_MINUTES,
    HOLIDAY_DAYS,
    LEAST_DAYS,
    Flags,
    Floats,
    Numbers,
    Share,
    share,
)
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
ONE_OPENING_MINUTES: Final = 15.0
INTERVAL_TOLERANCE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Monitored:
    """What the monitor saw between its first and its last day, days away left out."""

    days: int
    openings: int
    repeated: int
    taking_percent: float  # may exceed 100
    correct_days: Share
    timing: Share | None
    holidays: int
    longest_holiday_days: int


def monitored(
    minutes: Floats, *, doses_a_day: int, away: Numbers, first_day: int, last_day: int
) -> Monitored | Refusal:
    """Of openings in order, in local minutes since day 0; days [first_day, last_day] are known.

    Refuses if nobody knows how many doses a day go with it.
    """
    if doses_a_day < 1:
        return Refusal("no_plan_for_monitor", 0, 1, "")
    known = np.setdiff1d(np.arange(first_day, last_day + 1), away)
    if len(known) < LEAST_DAYS:
        return Refusal("too_short_with_medicine", len(known), LEAST_DAYS, "days")
    kept = once(minutes)
    at = minutes[kept]
    day = np.floor(at / DAY_MINUTES).astype(np.int64)
    at, day = at[np.isin(day, known)], day[np.isin(day, known)]
    counts = np.bincount(np.searchsorted(known, day), minlength=len(known))
    correct = float((counts == doses_a_day).mean())
    runs = _empty_runs(known, counts)
    return Monitored(
        days=len(known),
        openings=len(at),
        repeated=len(minutes) - int(kept.sum()),
        taking_percent=100 * len(at) / (doses_a_day * len(known)),
        correct_days=share(correct, correct, len(known)),
        timing=_timing(at, day, away, doses_a_day),
        holidays=len(runs),
        longest_holiday_days=max(runs, default=0),
    )


def once(minutes: Floats) -> Flags:
    """Which openings count: the first of those that follow one another within minutes."""
    kept = np.ones(len(minutes), np.bool_)
    last = -np.inf
    for at, minute in enumerate(minutes.tolist()):
        kept[at] = minute - last > ONE_OPENING_MINUTES
        if kept[at]:
            last = minute
    return kept


def _timing(at: Floats, day: Numbers, away: Numbers, doses_a_day: int) -> Share | None:
    """Of intervals that hold no day away."""
    absent = np.sort(away)
    whole = np.searchsorted(absent, day[1:]) == np.searchsorted(absent, day[:-1])
    intervals = np.diff(at)[whole]
    if not len(intervals):
        return None
    wanted = DAY_MINUTES / doses_a_day
    good = float((np.abs(intervals - wanted) <= INTERVAL_TOLERANCE * wanted).mean())
    return share(good, good, len(np.unique(day[1:][whole])))


def _empty_runs(known: Numbers, counts: Numbers) -> list[int]:
    """Days away are not among the known ones: no run goes across them."""
    empty = known[counts == 0]
    runs = np.split(empty, np.flatnonzero(np.diff(empty) != 1) + 1)
    return [len(run) for run in runs if len(run) >= HOLIDAY_DAYS]

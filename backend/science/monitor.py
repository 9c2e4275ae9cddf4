"""One medicine as an electronic monitor or the phone saw it, by the phases of the ABC taxonomy.

Vrijens et al., Br J Clin Pharmacol 2012;73:691 (doi 10.1111/j.1365-2125.2012.04167.x): initiation
is the first dose taken; implementation how doses taken follow the ones prescribed, from the first
dose to the last one; persistence how long it is from initiation until the person stops. They are
three answers and never one percentage.

Doses that nobody answered for count as not taken in the value; the interval reaches up to where all
of them were taken, and no end is put on persistence where it may have gone on. Days away (in
hospital) are left out before anything is counted, and no drug holiday runs across them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.adherence import NOT_TAKEN, TAKEN, UNANSWERED
from backend.science.intervals import wilson
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
LEAST_DAYS: Final = 14
MOST_UNANSWERED_PERCENT: Final = 50.0
TOLERANCE: Final = 0.125  # of the time to the next dose, either way: 3 h of a dose a day
HOLIDAY_DAYS: Final = 3
STOPPED_DAYS: Final = 14  # so many due days without a dose, each answered for, are an end
DAY_MINUTES: Final = 1440.0

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DueDoses:
    """One entry a due dose of one medicine, in order: local day, outcome, minutes from due to taken
    (NaN if unknown), minutes until the next was due (NaN for the last)."""

    day: Numbers
    outcome: Numbers
    minutes_off: Floats
    minutes_to_next: Floats

    def where(self, flags: Flags) -> "DueDoses":
        """Some of them."""
        return DueDoses(
            self.day[flags],
            self.outcome[flags],
            self.minutes_off[flags],
            self.minutes_to_next[flags],
        )


@dataclass(frozen=True, slots=True)
class Share:
    """Percent with a 95 % interval that what is not known has widened."""

    percent: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Initiation:
    """`day` of the first dose taken and days since it was first due; None: none known of.

    `certain`: no earlier due dose is without an answer.
    """

    day: int | None
    days_waited: int | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Implementation:
    """From the first dose taken to the last: taking, correct dosing, timing, drug holidays."""

    doses: int
    due_days: int
    taking: Share
    correct_days: Share
    on_time: Share | None
    holidays: int
    longest_holiday_days: int
    holidays_at_most: int
    unanswered_percent: float


@dataclass(frozen=True, slots=True)
class Persistence:
    """Days from initiation on. `state` is going_on, stopped, ended (by the prescriber) or unknown.

    `days` are the ones known of; `days_at_most` what they may be, None if it goes on.
    """

    state: str
    days: int
    days_at_most: int | None


@dataclass(frozen=True, slots=True)
class Phases:
    """The three answers; the later two are None where nothing was ever taken."""

    initiation: Initiation
    implementation: Implementation | Refusal | None
    persistence: Persistence | None


def phases(doses: DueDoses, *, away: Numbers, today: int, ended: bool = False) -> Phases | Refusal:
    """Of one medicine; `away` are days in hospital, `today` the day after the last one that counts.

    `ended`: the prescriber has ended it.
    """
    doses = doses.where(~np.isin(doses.day, away))
    if not len(doses.day):
        return Refusal("too_short_with_medicine", 0, LEAST_DAYS, "days")
    taken = np.flatnonzero(doses.outcome == TAKEN)
    if not len(taken):
        return Phases(_not_initiated(doses), None, None)
    first, last = int(taken[0]), int(taken[-1])
    silent_before = (doses.outcome[:first] == UNANSWERED).any()
    day = int(doses.day[first])
    initiation = Initiation(day, day - int(doses.day[0]), not silent_before)
    persistence = _persistence(doses, day, last, today, ended)
    # Doses after the last one taken belong to implementation as long as the person may go on.
    stop = last + 1 if persistence.state == "stopped" else len(doses.day)
    held = np.arange(len(doses.day))
    return Phases(
        initiation, _implementation(doses.where((held >= first) & (held < stop)), away), persistence
    )


def _not_initiated(doses: DueDoses) -> Initiation:
    return Initiation(None, None, bool((doses.outcome == NOT_TAKEN).all()))


def _persistence(doses: DueDoses, begun: int, last: int, today: int, ended: bool) -> Persistence:
    known = int(doses.day[last]) - begun + 1
    after = doses.where(np.arange(len(doses.day)) > last)
    silent = after.day[after.outcome == UNANSWERED]
    may_last = int(silent[-1]) - begun + 1 if len(silent) else known
    if ended:
        return Persistence("ended", known, may_last)
    if len(np.unique(after.day)) < STOPPED_DAYS:
        return Persistence("going_on", max(known, today - begun), None)
    if len(silent):
        return Persistence("unknown", known, None)
    return Persistence("stopped", known, known)


def _implementation(doses: DueDoses, away: Numbers) -> Implementation | Refusal:
    due_days, where = np.unique(doses.day, return_inverse=True)
    silent = doses.outcome == UNANSWERED
    if len(due_days) < LEAST_DAYS:
        return Refusal("too_short_with_medicine", len(due_days), LEAST_DAYS, "days")
    silent_percent = 100 * float(silent.mean())
    if silent_percent > MOST_UNANSWERED_PERCENT:
        have, need = round(100 - silent_percent, 1), 100 - MOST_UNANSWERED_PERCENT
        return Refusal("too_few_answers", have, need, "%")
    due = np.bincount(where)
    taken = np.bincount(where, doses.outcome == TAKEN)
    at_best = np.bincount(where, doses.outcome != NOT_TAKEN)
    sure = _runs(due_days, at_best == 0, away)
    possible = _runs(due_days, taken == 0, away)
    return Implementation(
        doses=len(doses.day),
        due_days=len(due_days),
        taking=share(taken.sum() / due.sum(), at_best.sum() / due.sum(), len(due_days)),
        correct_days=share(
            float((taken == due).mean()), float((at_best == due).mean()), len(due_days)
        ),
        on_time=_on_time(doses, where),
        holidays=len(sure),
        longest_holiday_days=max(sure, default=0),
        holidays_at_most=len(possible),
        unanswered_percent=silent_percent,
    )


def share(least: float, most: float, days: int) -> Share:
    """Of days, not of doses: those of one day are one decision; reaching up to what may be."""
    return Share(
        100 * float(least),
        100 * wilson(least * days, days)[0],
        100 * wilson(most * days, days)[1],
    )


def _on_time(doses: DueDoses, where: Numbers) -> Share | None:
    """Of doses taken whose minute is known, the ones within the tolerance."""
    known = (doses.outcome == TAKEN) & np.isfinite(doses.minutes_off)
    if not known.any():
        return None
    spacing = np.where(np.isfinite(doses.minutes_to_next), doses.minutes_to_next, DAY_MINUTES)
    # A dose a week is not on time a day late.
    tolerance = TOLERANCE * np.minimum(spacing, DAY_MINUTES)
    good = float((np.abs(doses.minutes_off) <= tolerance)[known].mean())
    return share(good, good, len(np.unique(where[known])))


def _runs(due_days: Numbers, empty: Flags, away: Numbers) -> list[int]:
    """Lengths in due days of the drug holidays; a stay in hospital ends one."""
    found, length = [], 0
    absent = np.sort(away)
    for at, is_empty in enumerate(empty.tolist()):
        if at and length and _between(absent, int(due_days[at - 1]), int(due_days[at])):
            found.append(length)
            length = 0
        if is_empty:
            length += 1
        else:
            found.append(length)
            length = 0
    return [run for run in [*found, length] if run >= HOLIDAY_DAYS]


def _between(absent: Numbers, day: int, following: int) -> bool:
    return bool(np.searchsorted(absent, following) > np.searchsorted(absent, day))

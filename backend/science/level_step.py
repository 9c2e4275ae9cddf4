"""Whether a step in a stream's level is the device's doing: another unit, or another device.

A body changes too, so a step alone says nothing. A *unit slip*: the days stand to the person's
other days as two units of the kind stand to each other, which no body does. A *device step*: the
level steps where one source gives way to another, and steps so nowhere else in the weeks around.
A step without either is left to those who look after the body.

One median a day: readings of a day are alike, and one odd reading moves no median. Scale by MAD
(Rousseeuw & Croux, J Am Stat Assoc 1993;88:1273).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.refusal import Refusal

VERSION: Final = "1.0"
MAD_TO_SD: Final = 1.4826
LEAST_DAYS: Final = 3  # on either side of a change of source
MOST_DAYS: Final = 7  # looked at on either side: a body drifts over more
LEAST_Z: Final = 3.0
SUDDEN: Final = 0.6  # of the step must lie between the days next to the change
CLEARER: Final = 1.2  # than any step away from the change
SLIP_SHARE: Final = 0.25  # of the way between two units, in logarithms: how far off a slip may be
LEAST_REFERENCE_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class Unit:
    """Canonical value = factor * value + offset."""

    factor: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class UnitSlip:
    """`days` of the person's days look as if `unit` had been taken for the canonical one."""

    unit: str
    inverse: bool  # the other way round: the canonical one taken for `unit`
    days: tuple[int, ...]
    level: float
    usual_level: float


@dataclass(frozen=True, slots=True)
class DeviceStep:
    """The levels of the days before and after the change of source, and how far apart they are."""

    day: int
    before: float
    after: float
    z: float

    @property
    def change_percent(self) -> float:
        """Of the level before."""
        return 100.0 * (self.after / self.before - 1.0)


def unit_slip(
    days: NDArray[np.int64],
    medians: NDArray[np.float64],
    units: Mapping[str, Unit],
    *,
    usual: tuple[float, float] | None = None,
) -> UnitSlip | Refusal | None:
    """None where all days are of one unit; `days` numbers the days.

    Fewer days are held against the many. `usual` bounds what a whole day's median can be for a
    living person: only so is a unit told that was wrong from the beginning.
    """
    if len(days) < LEAST_REFERENCE_DAYS + 1:
        return Refusal("too_few_days_to_judge", len(days), LEAST_REFERENCE_DAYS + 1, "days")
    level = float(np.median(medians))
    for name, unit in units.items():
        if unit.factor == 1.0 and unit.offset == 0.0:
            continue
        for inverse in (False, True):
            true = _slipped(medians, unit, inverse=not inverse)
            found = _near(medians, float(_slipped(level, unit, inverse=inverse)), level)
            found |= _only_so_usual(medians, true, usual)
            if not found.any() or 0 < np.count_nonzero(~found) < LEAST_REFERENCE_DAYS:
                continue
            # All of them: then what they should have been stands for what is usual.
            rest = true if found.all() else medians[~found]
            off = float(np.median(medians[found]))
            days_off = tuple(days[found].tolist())
            return UnitSlip(name, inverse, days_off, off, float(np.median(rest)))
    return None


def _slipped(
    level: NDArray[np.float64] | float, unit: Unit, *, inverse: bool
) -> NDArray[np.float64]:
    """What this level reads as after the slip."""
    found = unit.factor * level + unit.offset if inverse else (level - unit.offset) / unit.factor
    return np.asarray(found, np.float64)


def _only_so_usual(
    medians: NDArray[np.float64], true: NDArray[np.float64], usual: tuple[float, float] | None
) -> NDArray[np.bool_]:
    """Days that no body has, but has in the other unit."""
    if usual is None:
        return np.zeros(len(medians), np.bool_)
    low, high = usual
    found: NDArray[np.bool_] = ((medians < low) | (medians > high)) & (true >= low) & (true <= high)
    return found


def _near(medians: NDArray[np.float64], slipped: float, level: float) -> NDArray[np.bool_]:
    """Days whose median is near the slipped level and far from the person's own."""
    if slipped <= 0 or level <= 0:
        return np.zeros(len(medians), np.bool_)
    way = abs(math.log(slipped / level))
    spread = MAD_TO_SD * float(np.median(np.abs(np.log(medians / level))))
    # Steady kinds (weight) must be met closely, others within a quarter of the way.
    reach = min(SLIP_SHARE * way, max(0.05, 4 * spread))
    near: NDArray[np.bool_] = np.abs(np.log(medians / slipped)) <= reach
    return near


def device_step(
    before: tuple[NDArray[np.int64], NDArray[np.float64]],
    after: tuple[NDArray[np.int64], NDArray[np.float64]],
    *,
    least_change: float,
) -> DeviceStep | Refusal | None:
    """None where the change of source made no step.

    `before` and `after`: day numbers and medians of the source that ended and the one that began.
    `least_change`: a smaller difference in the kind's unit does not matter to anybody.
    """
    few = min(len(before[0]), len(after[0]))
    if few < LEAST_DAYS:
        return Refusal("too_few_days_around_change", few, LEAST_DAYS, "days")
    medians = np.concatenate([before[1], after[1]])
    at = len(before[0])
    step, z = _step_at(medians, at)
    if abs(step) < least_change or z < LEAST_Z:
        return None
    elsewhere = [
        _step_at(medians, other)
        for other in range(LEAST_DAYS, len(medians) - LEAST_DAYS + 1)
        if abs(other - at) > MOST_DAYS // 2
    ]
    if any(abs(step) < CLEARER * abs(other) for other, _ in elsewhere):
        return None
    # A drift is as large over the change as over any days; a step is there from day to day.
    sudden = np.median(medians[at : at + LEAST_DAYS]) - np.median(medians[at - LEAST_DAYS : at])
    if sudden / step < SUDDEN:
        return None
    sides = _sides(medians, at)
    return DeviceStep(int(after[0][0]), float(np.median(sides[0])), float(np.median(sides[1])), z)


def _sides(
    medians: NDArray[np.float64], at: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return medians[max(0, at - MOST_DAYS) : at], medians[at : at + MOST_DAYS]


def _step_at(medians: NDArray[np.float64], at: int) -> tuple[float, float]:
    """The step between the days before and from `at` on, and how many standard errors it is."""
    before, after = _sides(medians, at)
    step = float(np.median(after) - np.median(before))
    off = np.concatenate([before - np.median(before), after - np.median(after)])
    # A median of n is known to sd * sqrt(pi / 2 / n); few days hide a part of their spread.
    freedom = len(off) / max(1, len(off) - 2)
    scale = MAD_TO_SD * float(np.median(np.abs(off))) * math.sqrt(freedom)
    scale = max(scale, 0.01 * abs(float(np.median(medians))))
    error = scale * math.sqrt(math.pi / 2 * (1 / len(before) + 1 / len(after)))
    return step, abs(step) / error if error else math.inf


def changes_of_source(days_of: Mapping[str, Sequence[int]]) -> list[tuple[str, str, int]]:
    """(from, to, first day of the new one), where a source began about when another ended.

    Two that go on side by side are no change: a phone and a watch may both measure for years.
    """
    found = []
    for new, its_days in days_of.items():
        for old, old_days in days_of.items():
            if old == new or not its_days or not old_days:
                continue
            first, last = min(its_days), max(old_days)
            if min(old_days) < first and -1 <= first - last <= MOST_DAYS:
                found.append((old, new, first))
    return sorted(found, key=lambda change: (change[2], change[0], change[1]))

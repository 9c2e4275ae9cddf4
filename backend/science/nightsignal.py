"""NightSignal: green, yellow and red nights by the resting heart rate from midnight to seven.

Alavi et al., Nat Med 2022;28:175 (doi 10.1038/s41591-021-01593-2), step by step as its published
program does it (Apache-2.0), whole numbers cut and all: the baseline is the median of all nights up
to this one; a night is a candidate at 3 (yellow) or 4 (red) beats above it; two candidates on
nights in a row make the later one yellow or red. A single night between two others is filled.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

VERSION: Final = "1.0"
YELLOW_ABOVE: Final = 3  # /min over the baseline
RED_ABOVE: Final = 4


class NightState(IntEnum):
    """As the published program numbers them."""

    GREEN = 0
    YELLOW = 1
    RED = 2


@dataclass(frozen=True, slots=True)
class Night:
    """One night: its number of the day, average, the baseline then, and whether it was filled."""

    day: int
    average: int
    baseline: int
    filled: bool
    state: NightState

    @property
    def above(self) -> int:
        """Beats a minute over the baseline."""
        return self.average - self.baseline


def night_average(resting_per_min: Sequence[float]) -> int:
    """Of the heart rates from 00:00 to 06:59 in minutes without a step, at least one."""
    return int(sum(int(rate) for rate in resting_per_min) / len(resting_per_min))


def night_signal(days: Sequence[int], averages: Sequence[int]) -> list[Night]:
    """`days` are numbers of days, rising; nights that were not measured are absent."""
    known = dict(zip(days, averages, strict=True))
    every = known | _filled(days, averages)
    baselines: dict[int, int] = {}
    seen: list[int] = []
    for day in sorted(every):
        seen.append(every[day])
        baselines[day] = int(statistics.median(seen))
    over = {day: every[day] - baselines[day] for day in baselines}
    return [
        Night(day, every[day], baselines[day], day not in known, _state(over, day))
        for day in sorted(every)
    ]


def _filled(days: Sequence[int], averages: Sequence[int]) -> dict[int, int]:
    """Single missing nights, with a measured night before and one more after, or the reverse."""
    found: dict[int, int] = {}
    for i in range(1, len(days) - 1):
        before, after = days[i] - days[i - 1], days[i + 1] - days[i]
        if (before, after) == (2, 1):
            found.setdefault(days[i] - 1, int((averages[i] + averages[i - 1]) / 2))
        if (before, after) == (1, 2):
            found.setdefault(days[i] + 1, int((averages[i] + averages[i + 1]) / 2))
    return found


def _state(over: dict[int, int], day: int) -> NightState:
    least = min(over[day], over.get(day - 1, 0))
    if least >= RED_ABOVE:
        return NightState.RED
    return NightState.YELLOW if least >= YELLOW_ABOVE else NightState.GREEN

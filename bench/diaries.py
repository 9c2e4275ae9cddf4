"""Made-up event diaries after CHOCOLATES (Goldenholz & Westover, Epilepsia 2023, and its code).

A person's monthly rate is lognormal, a day's rate is gamma about it (so that counts are negative
binomial) and may go up and down with cycles; half of the people have clusters of a day.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def diary(
    rng: np.random.Generator, days: int, *, cycle_days: float | None = None, strength: float = 1.0
) -> Floats:
    """Counts of one person's days."""
    daily = rng.lognormal(1.2267, 1.1457) / 30
    spread = max(
        1.5475,
        17.645 * np.log10(max(0.001, daily + 10.617))
        + 5.9917 * np.log10(max(0.001, daily - 0.3085))
        + 1.5371,
    )
    rate = rng.gamma(1 / spread, daily * spread, days)
    if cycle_days:
        phase = rng.uniform(0, 2 * np.pi)
        rate *= 1 + strength * np.sin(2 * np.pi * np.arange(days) / cycle_days + phase)
    counts = rng.poisson(rate)
    if rng.random() < 0.5:
        counts = clustered(rng, rate, counts)
    found: Floats = np.minimum(counts, 144).astype(np.float64)
    return found


def with_heart(rng: np.random.Generator, days: int, *, strength: float) -> tuple[Floats, Floats]:
    """Counts, and each day's mean heart rate, whose slow waves the events follow so strongly.

    The waves are of 15 to 40 days and wander, so that no calendar foretells them; a tenth of the
    days is not measured.
    """
    pace = 2 * np.pi / rng.uniform(15, 40) * np.exp(rng.normal(0, 0.25, days))
    phase = np.cumsum(pace) + rng.uniform(0, 2 * np.pi)
    rate = rng.uniform(60, 80) + 2.0 * np.sin(phase) + rng.normal(0, 1.5, days)
    rate[rng.random(days) < 0.1] = np.nan
    lag = rng.uniform(0, 2 * np.pi)
    daily = rng.lognormal(1.2267, 1.1457) / 30
    chance = 1 - np.exp(-daily * np.exp(strength * np.sin(phase + lag)))
    return (rng.random(days) < chance).astype(np.float64), rate


def clustered(
    rng: np.random.Generator, rate: Floats, counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A first event doubles its day's rate and quiets the week after."""
    counts, factor, left = counts.copy(), np.ones(len(rate)), 0
    touched = np.zeros(len(rate), bool)
    for day, count in enumerate(counts):
        if left == 0 and count > 0:
            factor[day], touched[day], left = 2.0, True, 7
        elif left:
            factor[day], touched[day], left = 1 - 1 / 7, True, left - 1
    counts[touched] = rng.poisson(rate[touched] * factor[touched])
    return counts


def timed(rng: np.random.Generator, counts: Floats, *, strength: float) -> Floats:
    """The same events at hours of the day, which crowd about one of the person's own."""
    turn = 2 * np.pi * np.arange(24) / 24
    share = 1 + strength * np.cos(turn - rng.uniform(0, 2 * np.pi))
    return rng.multinomial(counts.astype(int), share / share.sum()).astype(np.float64)

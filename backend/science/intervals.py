"""95 % intervals in closed form: the same bits on every machine, no random numbers."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Z_975: Final = 1.959963984540054


def student_t_975(freedom: int) -> float:
    """The 97.5 % quantile of Student's t.

    Exact for 1 and 2 degrees of freedom; above by Abramowitz & Stegun 26.7.5, within 0.8 %.
    """
    if freedom == 1:
        return math.tan(math.pi * 0.475)
    if freedom == 2:
        return 0.95 * math.sqrt(2 / (1 - 0.95**2))
    z, n = Z_975, float(freedom)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / n + second / n**2 + third / n**3


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """Wilson's score interval of a proportion (J Am Stat Assoc 1927;22:209); trials > 0."""
    p, z2 = successes / trials, Z_975**2
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    spread = p * (1 - p) / trials + z2 / (4 * trials**2)
    half = Z_975 * math.sqrt(max(0.0, spread)) / (1 + z2 / trials)
    return max(0.0, centre - half), min(1.0, centre + half)


def ratio_by_blocks(hits: NDArray[np.float64], totals: NDArray[np.float64]) -> float:
    """Half-width of the interval of sum(hits) / sum(totals), leaving out one block at a time.

    The jackknife over whole blocks (days) keeps what is alike within a block from counting twice.
    Needs two blocks or more, each with a total above zero.
    """
    return jackknife((hits.sum() - hits) / (totals.sum() - totals))


def poisson(count: int) -> tuple[float, float]:
    """Of the mean of a count, by Byar's approximation (Breslow & Day, IARC Sci Publ 1987;82:69)."""
    more = count + 1
    upper = more * (1 - 1 / (9 * more) + Z_975 / (3 * math.sqrt(more))) ** 3
    if count == 0:
        return 0.0, upper
    return count * (1 - 1 / (9 * count) - Z_975 / (3 * math.sqrt(count))) ** 3, upper


def mean_of(values: NDArray[np.float64]) -> tuple[float, float]:
    """The mean and the half-width of its interval; one value alone leaves everything open."""
    if len(values) < 2:
        return float(values.mean()), math.inf
    half = student_t_975(len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))
    return float(values.mean()), half


def jackknife(without: NDArray[np.float64]) -> float:
    """Half-width from what the number would be without each block; two blocks or more."""
    blocks = len(without)
    variance = (blocks - 1) / blocks * float(((without - without.mean()) ** 2).sum())
    return student_t_975(blocks - 1) * math.sqrt(variance)

"""Simulated people who take one dose a day: what is true of each is known, unlike of anybody real.

A habit of one's own (in the middle 94 % of days), which drifts from week to week; weekends are a
little worse; now and then a bad run of days; some stop without a word; answers go missing.
"""

from dataclasses import dataclass

import numpy as np

from backend.science.adherence import NOT_TAKEN, TAKEN, UNANSWERED


@dataclass(frozen=True)
class Taker:
    """Outcomes as answered for, day by day, and what was really taken."""

    answered: np.ndarray
    taken: np.ndarray


def taker(rng, days=120):
    """One person's days."""
    habit = rng.normal(2.8, 1.4)
    drift = np.repeat(np.cumsum(rng.normal(0, 0.3, days // 7 + 1)), 7)[:days]
    weekend = np.where(np.arange(days) % 7 >= 5, -0.4, 0.0)
    chance = 1 / (1 + np.exp(-(habit + drift + weekend)))
    taken = rng.random(days) < chance
    for start in np.flatnonzero(rng.random(days) < 0.008):
        taken[start : start + rng.integers(3, 9)] = False
    if rng.random() < 0.15:
        taken[int(rng.exponential(150)) + 5 :] = False
    answered = np.where(taken, TAKEN, NOT_TAKEN)
    # Who did not take it answers less often.
    silent = rng.random(days) < np.where(taken, 0.04, 0.15)
    return Taker(np.where(silent, UNANSWERED, answered), taken)

"""Simulated people's nights, with and without an illness: what early warning is measured on.

Resting heart rate is AR(1) about the person's own level; weekends add to it, single nights and
spells of nights (wine, a vaccine, travel) too, and it drifts with the seasons. The person tags a
share of these nights. Steps and sleep go their own way. An illness lifts the heart rate by half a
sine wave, lengthens sleep, and lowers the steps of the day before the next night, by as many
spreads as the person feels it. These are assumptions, not data: no open data set has nights with
labels. Variability, where it is known, is AR(1) too and falls as the heart is lifted.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Habits:
    """What a simulated life has in it; `bare` has no spells, no drift and nobody tags."""

    spike_share: float = 1 / 30  # of nights
    spell_share: float = 1 / 60
    weekend: float = 3.0  # most beats a minute
    drift: float = 3.0
    tagged: float = 0.7
    missing: float = 0.08
    variability: bool = False  # whether the watch tells it


WITH_VARIABILITY = Habits(variability=True)
BARE = Habits(spell_share=0.0, weekend=2.0, drift=0.0, tagged=0.0)


@dataclass(frozen=True, slots=True)
class Illness:
    """Onset, nights and height (beats a minute, at its peak) of each person's."""

    onset: NDArray[np.int64]
    nights: NDArray[np.int64]
    beats: Floats
    felt: Floats

    def shape(self, nights: int) -> Floats:
        """From 0 to 1 by person and night."""
        at = np.arange(nights) - self.onset[:, None] + 0.5
        inside = (at > 0) & (at < self.nights[:, None])
        return np.where(inside, np.sin(np.pi * at / self.nights[:, None]), 0.0)

    def seen(self, alarm: Flags) -> Flags:
        """Who has an alarm on a night of it, or on the night after."""
        at = np.arange(alarm.shape[1])
        ours = (at >= self.onset[:, None]) & (at <= (self.onset + self.nights)[:, None])
        return np.asarray((alarm & ours).any(axis=1))


@dataclass(slots=True)
class World:
    """People by nights: `rate`, `steps`, `sleep`, with NaN where nothing was measured."""

    people: int
    nights: int
    seed: int
    habits: Habits = field(default_factory=Habits)
    rate: Floats = field(init=False)
    steps: Floats = field(init=False)
    sleep: Floats = field(init=False)
    varied: Floats = field(init=False)
    weekend: Flags = field(init=False)
    tagged: Flags = field(init=False)
    missing: Flags = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        shape, one = (self.people, self.nights), (self.people, 1)
        night = np.arange(self.nights)
        self.weekend = np.isin((night + rng.integers(0, 7, one)) % 7, (6, 0))
        extra = self._extra(rng)
        self.tagged = (extra > 0) & (rng.random(shape) < self.habits.tagged)
        self.missing = rng.random(shape) < self.habits.missing
        season = 2 * np.pi * (night / rng.uniform(120, 365, one) + rng.random(one))
        self.rate = (
            rng.uniform(50, 75, one)
            + rng.uniform(1.5, 3.0, one) * wandering(rng, shape, 0.5)
            + rng.uniform(0, self.habits.weekend, one) * self.weekend
            + rng.uniform(0, self.habits.drift, one) * np.sin(season)
            + extra
        )
        lazy = rng.uniform(0, 0.6, one) * self.weekend
        self.steps = 7000 + 2500 * (wandering(rng, shape, 0.2) - lazy)
        self.sleep = 420 + 50 * (wandering(rng, shape, 0.1) + lazy)
        self.varied = np.full(shape, np.nan)
        if self.habits.variability:
            middle = rng.uniform(30, 70, one)
            self.varied = middle * (1 + 0.15 * wandering(rng, shape, 0.3) - 0.02 * extra)

    def _extra(self, rng: np.random.Generator) -> Floats:
        """Single nights, and spells of two to four, that no illness has lifted."""
        shape = (self.people, self.nights)
        spike = rng.random(shape) < self.habits.spike_share
        extra = np.where(spike, rng.uniform(4, 10, shape), 0.0)
        for who, start in np.argwhere(rng.random(shape) < self.habits.spell_share):
            extra[who, start : start + rng.integers(2, 5)] += rng.uniform(3, 7)
        return extra

    def streams(self, illness: Illness | None = None) -> Floats:
        """(4, people, nights) in the order of the early warning's streams."""
        felt = illness.shape(self.nights) if illness else np.zeros((self.people, self.nights))
        by, much = (illness.beats[:, None], illness.felt[:, None]) if illness else (0.0, 0.0)
        day_before = np.pad(felt, ((0, 0), (1, 0)))[:, :-1]
        rows = [
            self.rate + by * felt,
            self.varied * (1 - 0.15 * much * felt),
            np.maximum(self.steps - 2500 * much * day_before, 0),
            self.sleep + 35 * much * felt,
        ]
        return np.where(self.missing, np.nan, np.stack(rows))

    def fall_ill(self, onset: tuple[int, int], beats: tuple[float, float] = (4.0, 8.0)) -> Illness:
        """One illness each, of three to seven nights."""
        rng = np.random.default_rng(self.seed + 10_000)
        people = self.people
        return Illness(
            rng.integers(*onset, people),
            rng.integers(3, 8, people),
            rng.uniform(*beats, people),
            rng.uniform(0.5, 1.5, people),
        )


def wandering(rng: np.random.Generator, shape: tuple[int, int], keep: float) -> Floats:
    """AR(1) with spread 1."""
    found = rng.normal(size=shape)
    for night in range(1, shape[1]):
        found[:, night] = keep * found[:, night - 1] + np.sqrt(1 - keep**2) * found[:, night]
    return found

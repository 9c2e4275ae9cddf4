"""What the simulated people note in their diaries: wine, vaccines, and one in ten her seizures."""

from dataclasses import replace

import numpy as np

from backend.demo.personas import Persona
from backend.demo.series import HOUR_MS, Instants, Series, Span, Values, Wanted
from backend.wire import diary
from backend.wire.diary import TAGS, TagName
from backend.wire.measures import MEASURES

SEIZURE_DAYS = 200  # a diary on paper, brought in: longer than the devices measured
A_DAY = 0.16
KEPT = 0.97
NOTED = 0.8


def wine_days(persona: Persona, span: Span, *, seed: int) -> Wanted:
    """Days with wine in the evening: of every other person some at the weekend."""
    rng = np.random.default_rng([seed, persona.index, 4])
    drunk: Wanted = span.weekend_of_day() & (rng.random(span.days) < 0.3)
    return drunk if persona.index % 2 == 0 else np.zeros(span.days, np.bool_)


def notes(persona: Persona, span: Span, wine: Wanted, *, seed: int) -> list[Series]:
    """The diary as the phone sends it."""
    rng = np.random.default_rng([seed, persona.index, 5])
    tags: dict[TagName, Instants] = {
        "alcohol": np.flatnonzero(wine & (rng.random(span.days) < NOTED)),
        "vaccine": np.array([span.days // 2] if persona.index % 7 == 3 else [], np.int64),
    }
    found = [_tagged(span, tags)]
    if keeps_seizures(persona):
        found.append(_seizures(replace(span, days=SEIZURE_DAYS), rng))
    return found


def keeps_seizures(persona: Persona) -> bool:
    """Who takes gabapentin for it."""
    return persona.index % 10 == 5


def _tagged(span: Span, tags: dict[TagName, Instants]) -> Series:
    pairs = sorted(
        (int(span.midnights_ms[day]) + 12 * HOUR_MS + TAGS[tag] * 1000, TAGS[tag])
        for tag, days in tags.items()
        for day in days.tolist()
    )
    known = [pair for pair in pairs if pair[0] < span.until_ms]
    at, codes = np.array(known, np.int64).reshape(-1, 2).T
    return _series(diary.TAG, at, codes.astype(np.float64))


def _seizures(span: Span, rng: np.random.Generator) -> Series:
    """More of them in the mornings; a zero at noon of a day without."""
    happened = rng.random(span.days) < A_DAY
    hours = np.where(happened, rng.choice([3, 9, 15, 21], span.days, p=[0.15, 0.5, 0.2, 0.15]), 12)
    at = span.midnights_ms + hours * HOUR_MS
    kept = (rng.random(span.days) < KEPT) & (at < span.until_ms)
    return _series(diary.SEIZURE, at[kept], happened[kept].astype(float))


def _series(kind: str, at: Instants, values: Values) -> Series:
    return Series(kind, diary.SOURCE, MEASURES[kind].unit, at, values)

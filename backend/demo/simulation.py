"""What the simulated people's devices measured: pure functions of a person, a seed and a span.

The shapes are plausible, not a model of anybody: a night dip of the heart rate, meals in the
glucose, lazy weekends in the steps, days without the watch, a sensor that is changed. One person
gets worse towards the end. Nothing here reads a clock: the same seed and span give the same data.
"""

from collections.abc import Iterator

import numpy as np

from backend.demo.notes import notes, wine_days
from backend.demo.personas import Persona
from backend.demo.series import DAY_MS, HOUR_MS, MINUTE_MS, Instants, Series, Span, Values, Wanted
from backend.wire.measures import SleepStage

WATCH, CGM, SCALE, CUFF, DIARY = "sim-watch", "sim-cgm", "sim-scale", "sim-cuff", "sim-diary"

RATE_RISE = 14.0  # beats/min at night that the deteriorating person gains
STEPS_LEFT = 0.4  # of her usual steps
ADHERENCE_LEFT = 0.4  # of her usual adherence
WORSE_DAYS = 14
VARIED_MS = 52.0  # SDNN at night of who rests at 60; less of faster hearts
VARIED_LEFT = 0.6  # of it, of the deteriorating person
WINE_RATE, WINE_VARIED = 7.0, 0.75  # what wine does to the night after it


def worsening(persona: Persona, days: int) -> Values:
    """How ill the person is on each day, 0 to 1: up within the last fortnight, then it stays."""
    ill = np.zeros(days)
    if persona.deteriorates:
        length = min(WORSE_DAYS, max(1, days // 3))
        ill[-length:] = np.clip(np.arange(1, length + 1) / (length / 2), 0, 1)
    return ill


def adherence_on(persona: Persona, days: int) -> Values:
    """The probability that a dose of each day is taken."""
    return persona.adherence * (1 - (1 - ADHERENCE_LEFT) * worsening(persona, days))


def simulate(persona: Persona, span: Span, *, seed: int) -> list[Series]:
    """Everything that this person's devices measured over the span."""
    rng = np.random.default_rng([seed, persona.index, 1])
    worn = _worn_hours(span, rng)
    wine = wine_days(persona, span, seed=seed)
    found = [
        _heart_rate(persona, span, worn, wine, rng),
        _steps(persona, span, worn, rng),
        _sleep(span, worn, rng),
        _variability(persona, span, worn, wine, seed=seed),
        *notes(persona, span, wine, seed=seed),
    ]
    if persona.diabetes:
        found += _glucose(span, rng)
    if persona.diabetes or persona.index % 3 == 0:
        found.append(_weight(persona, span, rng))
    if persona.hypertension:
        found += _pressure(persona, span, rng)
    return [series for series in found if len(series.instants_ms)]


def split_late(series: Series, span: Span, *, first: int, last: int) -> tuple[Series, Series]:
    """(in time, late): what was measured on the days first to last reaches the phone later."""
    day = span.day_of(series.instants_ms)
    late = (day >= first) & (day <= last)
    return _where(series, ~late), _where(series, late)


def _where(series: Series, wanted: Wanted) -> Series:
    return Series(
        series.kind,
        series.source,
        series.unit,
        series.instants_ms[wanted],
        series.values[wanted],
    )


def _worn_hours(span: Span, rng: np.random.Generator) -> Wanted:
    """For each hour of the span whether the watch was worn: whole days off, and charging."""
    hours = np.ones(int((span.until_ms - span.midnights_ms[0]) // HOUR_MS) + 1, dtype=bool)
    for off in np.flatnonzero(rng.random(span.days) < 0.04).tolist():
        hours[off * 24 : off * 24 + 24] = False
    for charged in np.flatnonzero(rng.random(span.days) < 0.5).tolist():
        start = charged * 24 + int(rng.integers(8, 20))
        hours[start : start + int(rng.integers(1, 4))] = False
    if span.days > 20 and rng.random() < 0.3:
        start = int(rng.integers(3, span.days - 17)) * 24
        hours[start : start + 24 * int(rng.integers(2, 5))] = False
    return hours


def _is_worn(span: Span, worn: Wanted, instants_ms: Instants) -> Wanted:
    hour: Instants = (instants_ms - span.midnights_ms[0]) // HOUR_MS
    return worn[hour]


def _wander(size: int, keep: float, spread: float, rng: np.random.Generator) -> Values:
    """Slow noise: each step keeps part of the one before; `spread` is its standard deviation."""
    steps = rng.normal(0, spread * np.sqrt(1 - keep**2), size)
    found = np.empty(size)
    level = 0.0
    for i, step in enumerate(steps):
        level = keep * level + step
        found[i] = level
    return found


def _heart_rate(
    persona: Persona, span: Span, worn: Wanted, wine: Wanted, rng: np.random.Generator
) -> Series:
    at = span.grid(5 * MINUTE_MS)
    at = at[(span.hour_of(at) < 7) | (at // (5 * MINUTE_MS) % 2 == 0)]  # saves power by day
    hour, day = span.hour_of(at), span.day_of(at)
    awake = np.clip(np.minimum(hour - 6.5, 23.0 - hour), 0, 1)
    nightly = rng.normal(0, 1.2, span.days)[day]
    rise = RATE_RISE * worsening(persona, span.days)[day]
    bursts = awake * rng.gamma(0.6, 14, len(at)) * (rng.random(len(at)) < 0.25)
    values = persona.resting_rate + nightly + rise + 14 * awake + bursts
    values += WINE_RATE * _after(wine)[day] * (hour < 7)
    values += _wander(len(at), 0.8, 2.0, rng)
    keep = _is_worn(span, worn, at) & (rng.random(len(at)) > 0.01)
    return Series("heart_rate", WATCH, "/min", at[keep], values[keep].round().clip(38, 190))


def _variability(persona: Persona, span: Span, worn: Wanted, wine: Wanted, *, seed: int) -> Series:
    """SDNN each hour of the night, as watches tell it."""
    rng = np.random.default_rng([seed, persona.index, 6])
    at = span.grid(HOUR_MS) + HOUR_MS // 2
    at = at[(span.hour_of(at) < 7) & (at < span.until_ms)]
    day = span.day_of(at)
    middle = VARIED_MS * (60 / persona.resting_rate) ** 2 * np.exp(rng.normal(0, 0.08, span.days))
    middle *= 1 - (1 - VARIED_LEFT) * worsening(persona, span.days)
    middle *= np.where(_after(wine), WINE_VARIED, 1.0)
    values = middle[day] * np.exp(rng.normal(0, 0.2, len(at)))
    keep = _is_worn(span, worn, at)
    return Series(
        "heart_rate_variability", WATCH, "ms", at[keep], values[keep].round(1).clip(5, 250)
    )


def _after(wine: Wanted) -> Wanted:
    """The days whose nights follow on those."""
    return np.concatenate([[False], wine[:-1]])


def _steps(persona: Persona, span: Span, worn: Wanted, rng: np.random.Generator) -> Series:
    at = span.grid(HOUR_MS)
    hour, day = span.hour_of(at), span.day_of(at)
    shape = np.exp(-(((hour - 8) / 1.6) ** 2)) + np.exp(-(((hour - 13) / 2) ** 2))
    shape += 1.3 * np.exp(-(((hour - 18) / 2) ** 2))
    busy = rng.lognormal(0, 0.25, span.days) * np.where(span.weekend_of_day(), 0.8, 1.0)
    busy *= 1 - (1 - STEPS_LEFT) * worsening(persona, span.days)
    expected = persona.daily_steps * busy[day] * shape / 13.4
    values = rng.gamma(1.6, np.maximum(expected, 1e-9) / 1.6).round()
    keep = _is_worn(span, worn, at) & (values > 0) & (at + HOUR_MS <= span.until_ms)
    return Series("steps", WATCH, "{steps}", at[keep], values[keep])


def _sleep(span: Span, worn: Wanted, rng: np.random.Generator) -> Series:
    instants: list[int] = []
    stages: list[int] = []
    for midnight in span.midnights_ms[1:]:
        bed = int(midnight + rng.normal(-40, 35) * MINUTE_MS)
        for at, stage in _night(bed, rng):
            instants.append(at)
            stages.append(stage)
    begins, values = np.array(instants, dtype=np.int64), np.array(stages, dtype=float)
    known = (begins < span.until_ms) & (begins >= span.midnights_ms[0])
    begins, values = begins[known], values[known]
    keep = _is_worn(span, worn, begins)
    return Series("sleep_stage", WATCH, "{stage}", begins[keep], values[keep])


def _night(bed_ms: int, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """In bed, then cycles of light, deep and dream sleep, then awake."""
    yield bed_ms, SleepStage.IN_BED
    at = bed_ms + int(rng.integers(8, 30)) * MINUTE_MS
    for cycle in range(int(rng.integers(4, 6))):
        deep = max(8, 45 - 10 * cycle)
        for stage, minutes in (
            (SleepStage.LIGHT, 35),
            (SleepStage.DEEP, deep),
            (SleepStage.REM, 12 + 7 * cycle),
        ):
            yield at, stage
            at += int(minutes * rng.uniform(0.7, 1.3)) * MINUTE_MS
    yield at, SleepStage.AWAKE


def _glucose(span: Span, rng: np.random.Generator) -> list[Series]:
    """A sensor's glucose every five minutes and the carbohydrate of the meals that she noted."""
    at = span.grid(5 * MINUTE_MS)
    hour = span.hour_of(at)
    control = float(rng.uniform(0.6, 1.4))
    values = 105 + 25 * control + 12 * np.exp(-(((hour - 6.5) / 2) ** 2))
    values += _wander(len(at), 0.985, 14.0, rng) + _wander(len(at), 0.5, 3.0, rng)
    meals, carbs = _meals(span, rng)
    for meal, grams in zip(meals, carbs, strict=True):
        first = int(np.searchsorted(at, meal))
        since = (at[first : first + 72] - meal) / (50 * MINUTE_MS)
        values[first : first + 72] += control * 1.1 * grams * since * np.exp(1 - since)
    for night in np.flatnonzero(rng.random(span.days) < 0.08):
        first = int(np.searchsorted(at, span.midnights_ms[night] + 2 * HOUR_MS))
        values[first : first + 12] -= 75 * np.hanning(12)[: len(values[first : first + 12])]
    keep = ~_sensor_off(span, at, rng)
    noted = rng.random(len(meals)) < 0.8
    return [
        Series("glucose", CGM, "mg/dL", at[keep], values[keep].round().clip(40, 400)),
        Series("carbohydrate", DIARY, "g", meals[noted], carbs[noted]),
    ]


def _meals(span: Span, rng: np.random.Generator) -> tuple[Instants, Values]:
    hours = np.array([7.8, 12.8, 19.2])
    at = span.midnights_ms[:, None] + (hours * HOUR_MS).astype(np.int64)
    at = at + (rng.normal(0, 30, at.shape).clip(-75, 75) * MINUTE_MS).astype(np.int64)
    at = at.ravel()
    grams = rng.normal(55, 16, len(at)).clip(15, 120).round()
    eaten = at < span.until_ms
    return at[eaten], grams[eaten]


def _sensor_off(span: Span, at: Instants, rng: np.random.Generator) -> Wanted:
    """Two hours of warming up every ten days, and stretches out of reach of the phone."""
    since = (at - span.midnights_ms[0] - 9 * HOUR_MS) % (10 * DAY_MS)
    off: Wanted = since < 2 * HOUR_MS
    for _ in range(max(1, span.days // 4)):
        start = int(rng.integers(span.midnights_ms[0], span.until_ms))
        off |= (at >= start) & (at < start + int(rng.integers(20, 240)) * MINUTE_MS)
    return off


def _weight(persona: Persona, span: Span, rng: np.random.Generator) -> Series:
    at = _mornings(span, 0.6, rng)
    trend = np.linspace(0, rng.normal(-1.0, 1.0), len(at))
    values = persona.weight_kg + trend + rng.normal(0, 0.35, len(at))
    return Series("body_weight", SCALE, "kg", at, values.round(1))


def _pressure(persona: Persona, span: Span, rng: np.random.Generator) -> list[Series]:
    at = _mornings(span, 0.7, rng)
    systolic = 134 + persona.index % 5 + rng.normal(0, 6, len(at))
    diastolic = 0.45 * systolic + 23 + rng.normal(0, 3, len(at))
    return [
        Series("systolic", CUFF, "mm[Hg]", at, systolic.round()),
        Series("diastolic", CUFF, "mm[Hg]", at, diastolic.round()),
    ]


def _mornings(span: Span, share: float, rng: np.random.Generator) -> Instants:
    """Some time between half past six and eight on a share of the days."""
    minutes = rng.integers(390, 480, span.days)
    at = span.midnights_ms + minutes * MINUTE_MS
    return at[(rng.random(span.days) < share) & (at < span.until_ms)]

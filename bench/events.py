"""Seizure forecasts on simulated diaries: skill over 90 days' average, cycles, calibration, hours.

The diaries are made up after CHOCOLATES (Goldenholz & Westover, Epilepsia 2023).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.event_forecast import EventForecast, event_forecast
from backend.science.event_hours import HourForecast, hour_forecast
from bench.diaries import diary, timed, with_heart
from bench.house import Running
from bench.results import Result

PEOPLE, DAYS = 400, 730
CYCLIC, CYCLE_DAYS, CYCLE = 120, 1095, 28
BANDS = ((0.0, 0.07), (0.07, 0.12), (0.12, 0.2), (0.2, 1.0))
Floats = NDArray[np.float64]
Told = tuple[Floats, Floats, Floats, EventForecast]  # what happened, the chance, the average


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one."""
    usual = forecasts(PEOPLE, DAYS, seed=1)
    cyclic = forecasts(CYCLIC, CYCLE_DAYS, seed=2, cycle_days=CYCLE)
    return [skill_of(usual), *cycles(cyclic), calibration(usual, cyclic), hours(), hearts()]


def forecasts(people: int, days: int, seed: int, **cycle: float) -> list[Told]:
    """Of those with enough in their diaries, on the days with a forecast."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(people):
        events = diary(rng, days, **cycle)
        told = event_forecast(events)
        if isinstance(told, EventForecast):
            known = np.isfinite(told.probability[:-1])
            if known.sum() >= 30:
                happened = (events > 0).astype(float)[known]
                pair = told.probability[:-1][known], told.baseline[:-1][known]
                found.append((happened, *pair, told))
    return found


def skill(rows: Sequence[tuple[Any, ...]]) -> float:
    """Brier's, over the average of 90 days."""
    happened, told, baseline = (np.concatenate([row[i] for row in rows]) for i in range(3))
    return float(1 - ((told - happened) ** 2).mean() / ((baseline - happened) ** 2).mean())


def skill_of(rows: list[Told]) -> Result:
    """In all, and the least of four bands of rates."""
    bands = [skill([r for r in rows if low <= r[0].mean() < high]) for low, high in BANDS]
    found = skill(rows)
    used = float(np.mean([row[3].cycles_used for row in rows]))
    detail = {
        "people": len(rows),
        "least_band": round(min(bands), 4),
        "cycles_used": round(used, 3),
    }
    return Result("event_skill", found, "", "0.005 wanted", found / 0.005, 1, detail)


def cycles(rows: list[Told]) -> list[Result]:
    """How often the injected one is found within a tenth, and what it is worth."""
    periods = np.array([r[3].cycles[0].period_days if r[3].cycles else 0.0 for r in rows])
    found = 100 * float(np.mean(np.abs(periods / CYCLE - 1) < 0.1))
    late = [(r[0][len(r[0]) // 2 :], r[1][len(r[1]) // 2 :]) for r in rows]
    areas = [auc(told, happened) for happened, told in late if 0 < happened.sum() < len(happened)]
    middle = float(np.median(areas))
    detail = {"people": len(rows), "skill": round(skill(rows), 4)}
    return [
        Result("event_cycles_found", found, "%", "80 % wanted", found / 80, 1, detail),
        Result("event_cycle_auc", middle, "", "0.65 wanted", middle / 0.65, 1, detail),
    ]


def auc(told: Floats, happened: Floats) -> float:
    pairs = told[happened > 0][:, None] - told[happened == 0][None, :]
    return float(((pairs > 0) + 0.5 * (pairs == 0)).mean())


def ece(told: Floats, happened: Floats) -> float:
    """Over ten equal bins."""
    place = np.minimum((told * 10).astype(int), 9)
    off = [abs((told[place == i] - happened[place == i]).sum()) for i in np.unique(place)]
    return float(sum(off) / len(told))


def calibration(*groups: list[Told]) -> Result:
    """The worst of the groups."""
    errors = [
        ece(np.concatenate([r[1] for r in rows]), np.concatenate([r[0] for r in rows]))
        for rows in groups
    ]
    worst = max(errors)
    detail = {
        "people": sum(len(rows) for rows in groups),
        "usual": round(errors[0], 4),
        "cyclic": round(errors[1], 4),
    }
    return Result("event_ece", worst, "", "0.02 allowed", worst / 0.02, 1, detail)


def hours(people: int = 150) -> Result:
    """Of diaries with times, half of them with hours of their own, over the 90 days' average."""
    by_kind: dict[bool, list[tuple[Floats, Floats, Floats]]] = {True: [], False: []}
    rng = np.random.default_rng(3)
    for n in range(people):
        events = timed(rng, diary(rng, DAYS), strength=0.9 if n % 2 else 0.0)
        told = hour_forecast(events)
        if isinstance(told, HourForecast):
            known = np.isfinite(told.probability[:-1]).all(axis=1)
            happened = (events > 0).astype(float)[known].ravel()
            pair = told.probability[:-1][known].ravel(), told.baseline[:-1][known].ravel()
            by_kind[bool(n % 2)].append((happened, *pair))
    gains = {kind: skill(rows) for kind, rows in by_kind.items()}
    every = [row for rows in by_kind.values() for row in rows]
    error = ece(np.concatenate([r[1] for r in every]), np.concatenate([r[0] for r in every]))
    area = float(np.median([auc(r[1], r[0]) for r in by_kind[True] if r[0].any()]))
    detail = {
        "people": len(every),
        "skill_without_hours": round(gains[False], 4),
        "auc": round(area, 3),
        "ece": round(error, 4),
    }
    return Result("event_hour_skill", gains[True], "", "0 wanted", None, 1, detail)


def hearts(people: int = 150, days: int = DAYS) -> Result:
    """What the heart rate adds to a diary: where events follow it, and where they do not."""
    gains = {}
    for strength in (1.5, 0.0):
        rng, rows = np.random.default_rng(4), []
        for _ in range(people):
            events, rate = with_heart(rng, days, strength=strength)
            alone, told = event_forecast(events), event_forecast(events, rate)
            if isinstance(alone, EventForecast) and isinstance(told, EventForecast):
                known = np.isfinite(told.probability[:-1])
                rows.append(
                    (events[known], told.probability[:-1][known], alone.probability[:-1][known])
                )
        gains[strength] = skill(rows)
    detail = {"people": people, "skill_without": round(gains[0.0], 4)}
    return Result("event_heart_skill", gains[1.5], "", "0 wanted", None, 1, detail)

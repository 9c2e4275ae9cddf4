"""Glucose forecasts: how fast, and how good on GlucoBench and an hour ahead at records' ends."""

import time

import numpy as np
from numpy.typing import NDArray

from backend.insights.glucose_records import Readings, first_and_last
from backend.science.glucose_forecast import (
    GlucoseForecastWeights,
    forecast_glucose,
    glucose_forecast_weights,
)
from backend.science.glucose_forecast_fit import fit_glucose_forecast, windows_of
from bench import forecast_slices
from bench.glucobench import (
    COLAS,
    HALL,
    IGLU,
    SEEDS,
    Setting,
    iglu_people,
    shared_people,
    sizes,
    split,
)
from bench.house import Running
from bench.results import Result, median

RUNS = 7
HOUR = 12
Floats = NDArray[np.float64]

# Linear regression in GlucoBench's logs: mean squared error, later days and other people.
PUBLISHED = {"iglu": (19.43, 21.19), "hall": (14.10, 14.08), "colas": (9.74, 9.48)}


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one."""
    return [*speed(), *accuracy(), *forecast_slices.measure()]


def speed() -> list[Result]:
    """One window at a time, and ten thousand people's at once."""
    weights = glucose_forecast_weights()
    rng = np.random.default_rng(1)
    phase = np.arange(192) / 20 + rng.uniform(0, 6, (10_000, 1))
    windows = 130 + 40 * np.sin(phase) + rng.normal(0, 4, phase.shape)
    one, many = [], []
    for _ in range(RUNS):
        began = time.process_time()
        for row in range(100):
            forecast_glucose(weights, windows[row : row + 1])
        one.append((time.process_time() - began) * 10)
        began = time.process_time()
        forecast_glucose(weights, windows)
        many.append(time.process_time() - began)
    return [
        Result("forecast_one_ms", min(one), "ms", "1 ms allowed", min(one), RUNS),
        Result("forecast_10k_s", min(many), "s", "1 s allowed", min(many), RUNS),
    ]


def accuracy() -> list[Result]:
    """On the data sets that this machine has."""
    found = []
    if people := iglu_people():
        found += [*glucobench("iglu", people, IGLU), training(people)]
    if people := shared_people("cgm-hall-2018"):
        found += [*glucobench("hall", people, HALL), hour_ahead("hall", people)]
    if people := shared_people("cgm-colas-2019"):
        found += glucobench("colas", people, COLAS)
    if people := shared_people("cgm-bigideas"):
        found.append(hour_ahead("bigideas", people))
    return found


def training(people: dict[str, Readings]) -> Result:
    """The whole of it, as far as the phone's two hours, on the first seed's split of iglu."""
    parts = split(people, IGLU, SEEDS[0])
    spent = []
    for _ in range(3):
        began = time.process_time()
        fit_glucose_forecast(parts.train, made_from="iglu")
        spent.append(time.process_time() - began)
    took = median(spent)
    return Result("forecast_fit_iglu_s", took, "s", "5 s allowed", round(took / 5, 4), len(spent))


def glucobench(name: str, people: dict[str, Readings], setting: Setting) -> list[Result]:
    """Root of the mean over seeds of mean squared errors, with the coverage of 90 % intervals."""
    rows: dict[tuple[int, ...], list[float]] = {}
    order = []
    for seed in SEEDS:
        parts = split(people, setting, seed)
        order.append(tuple(sizes(parts)))
        if order[-1] in rows:
            continue
        began = time.process_time()
        weights = fit_glucose_forecast(parts.train, horizons=HOUR, made_from=name)
        row = [time.process_time() - began]
        for series in (parts.test, parts.others):
            start = setting.longest_input
            seen, ahead = windows_of(series, start, HOUR, stride=6, start=start)
            row += [*_scores(weights, seen, ahead)]
        rows[order[-1]] = row
    table = np.array([rows[key] for key in order])
    results = []
    for at, (where, published) in enumerate(zip(("later", "others"), PUBLISHED[name], strict=True)):
        rmse = float(np.sqrt(table[:, 1 + 3 * at].mean()))
        covered = table[:, 3 + 3 * at]
        detail = {
            "mae": float(table[:, 2 + 3 * at].mean()),
            "covered_least": float(covered.min()),
            "covered_most": float(covered.max()),
            "fit_s": median([float(seconds) for seconds in table[:, 0]]),
        }
        results.append(
            Result(
                f"glucobench_{name}_{where}",
                rmse,
                "mg/dL",
                "published linear",
                round(rmse / published, 4),
                len(SEEDS),
                detail,
            )
        )
    return results


def _scores(
    weights: GlucoseForecastWeights, seen: Floats, ahead: Floats
) -> tuple[float, float, float]:
    told = forecast_glucose(weights, seen)
    error = told.mean - ahead
    inside = (ahead >= told.lower) & (ahead <= told.upper)
    return float((error**2).mean()), float(np.abs(error).mean()), float(inside.mean())


def hour_ahead(name: str, people: dict[str, Readings]) -> Result:
    """The last 20 % of each record after twelve readings, against pooled ridge in the same run."""
    early, late = first_and_last(people)
    learn = [one for stretches in early.values() for one in stretches]
    weights = fit_glucose_forecast(learn, horizons=HOUR, made_from=name)
    design, outcome = windows_of(learn, HOUR, HOUR)
    design = np.column_stack([design, np.ones(len(design))])
    square = design.T @ design + np.eye(design.shape[1])
    ridge = np.linalg.solve(square, design.T @ outcome[:, -1])
    ours, theirs, covered = [], [], {}
    for person, stretches in late.items():
        try:
            seen, ahead = windows_of(stretches, HOUR, HOUR)
        except ValueError:
            continue
        told = forecast_glucose(weights, seen)
        ours.append(told.mean[:, -1] - ahead[:, -1])
        theirs.append(np.column_stack([seen, np.ones(len(seen))]) @ ridge - ahead[:, -1])
        covered[person] = ((ahead >= told.lower) & (ahead <= told.upper)).mean()
    rmse, against = (float(np.sqrt((np.concatenate(e) ** 2).mean())) for e in (ours, theirs))
    detail = {"ridge": against, "covered": float(np.mean(list(covered.values())))}
    ratio = round(rmse / against, 4)
    return Result(f"hour_ahead_{name}", rmse, "mg/dL", "pooled ridge", ratio, 1, detail)

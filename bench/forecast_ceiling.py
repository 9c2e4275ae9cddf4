"""What an hour ahead could be had at best: python -m bench.forecast_ceiling (needs scikit-learn).

Against pooled ridge on 12 readings, on the last 20 % of each record, as `hour_ahead` in
bench/forecast.py: boosted trees that also know the time of day; that know all of the person's own
past (16 h of lags, the same hours of three days before, mean and spread); and, as a bound on what
is in the inputs, the linear model fitted to the test itself.
"""

import json
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from backend.insights.glucose_records import Readings
from bench.glucobench import shared_people

Floats = NDArray[np.float64]
STEP, DAY, HOUR, GAP = 5, 288, 12, 30
LAGS: Final = (15, 18, 24, 30, 36, 48, 60, 84, 120, 144, 168, 192)
BEFORE: Final = tuple(DAY * day - ahead for day in (1, 2, 3) for ahead in (0, 6, 12))


def rows(readings: Readings) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Twelve readings, time of day and the past of each moment; an hour later; if it is late."""
    minutes = np.rint(readings[0] / 60_000).astype(np.int64)
    cut = minutes[int(0.8 * len(minutes))]
    grid = np.arange(minutes[0], minutes[-1] + 1, STEP)
    mg_dl: Floats = np.interp(grid, minutes, readings[1])
    after = np.searchsorted(minutes, grid).clip(1, len(minutes) - 1)
    mg_dl[(minutes[after] - minutes[after - 1] > GAP) & (grid != minutes[after])] = np.nan
    padded: Floats = np.concatenate([np.full(4 * DAY, np.nan), mg_dl])
    known, later, late = [], [], []
    for n in range(HOUR - 1, len(grid) - HOUR):
        window, at = mg_dl[n - HOUR + 1 : n + 1], n + 4 * DAY
        begins_late = grid[n - HOUR + 1] >= cut
        if np.isnan(mg_dl[n - HOUR + 1 : n + HOUR + 1]).any():
            continue
        if not begins_late and grid[n + HOUR] >= cut:
            continue
        past = mg_dl[: n + 1][~np.isnan(mg_dl[: n + 1])][-2000:]
        lags = [padded[at - lag] - window[-1] for lag in (*LAGS, *BEFORE)]
        near = [*(window[:-1] - window[-1]), window[-1]]
        known.append([*near, grid[n] % 1440, *lags, past.mean(), past.std()])
        later.append(mg_dl[n + HOUR] - window[-1])
        late.append(begins_late)
    shape = (-1, HOUR + 1 + len(LAGS) + len(BEFORE) + 2)
    return np.array(known).reshape(shape), np.array(later), np.array(late, np.bool_)


def root(errors: NDArray[np.floating]) -> float:
    return float(np.sqrt((errors**2).mean()))


def ridge(known: Floats, later: Floats) -> Floats:
    """With a constant."""
    design = np.column_stack([known, np.ones(len(known))])
    square = design.T @ design + np.eye(design.shape[1])
    return np.linalg.solve(square, design.T @ later).astype(np.float64)


def ratios(folder: str) -> dict[str, float]:
    """Error of each against ridge's."""
    parts = [rows(readings) for readings in shared_people(folder).values() if len(readings[0]) > 99]
    known, later, late = (np.concatenate(column) for column in zip(*parts, strict=True))
    early, near = ~late, known[:, :HOUR]
    with_one = np.column_stack([near, np.ones(len(near))])[late]
    base = root(with_one @ ridge(near[early], later[early]) - later[late])
    found = {"ridge_mg_dl": base}
    for name, columns in {"time of day": HOUR + 1, "all of the past": known.shape[1]}.items():
        trees = HistGradientBoostingRegressor(
            max_iter=80, learning_rate=0.08, max_leaf_nodes=12, min_samples_leaf=300,
            l2_regularization=20, random_state=0,
        )  # fmt: skip
        trees.fit(known[early][:, :columns], later[early])
        found[name] = root(trees.predict(known[late][:, :columns]) - later[late]) / base
    fitted_to_test = ridge(near[late], later[late])
    found["linear, fitted to the test"] = root(with_one @ fitted_to_test - later[late]) / base
    return found


if __name__ == "__main__":
    for folder in ("cgm-hall-2018", "cgm-bigideas"):
        print(folder, json.dumps({name: round(one, 4) for name, one in ratios(folder).items()}))

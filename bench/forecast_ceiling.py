"""What an hour ahead could be had at best: python -m bench.forecast_ceiling (needs scikit-learn).

Against pooled ridge on 12 readings, on the last 20 % of each record, as `hour_ahead` in
bench/forecast.py: boosted trees that also know the time of day; that know of the person the mean
and spread of her first 80 %, which a model blended per person may; that know all of her own past
(16 h of lags, the same hours of three days before). As bounds on what is in the inputs: the linear
model fitted to the test itself, and trees that were shown four fifths of the test's own days too.
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
PERSON, FIFTHS = 3, 5
LAGS: Final = (15, 18, 24, 30, 36, 48, 60, 84, 120, 144, 168, 192)
BEFORE: Final = tuple(DAY * day - ahead for day in (1, 2, 3) for ahead in (0, 6, 12))


Rows = tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.int64]]


def rows(readings: Readings) -> Rows:
    """Twelve readings, time of day, the person's first 80 %, the past of each moment; an hour
    later; if it is late; on which day.
    """
    minutes = np.rint(readings[0] / 60_000).astype(np.int64)
    cut = minutes[int(0.8 * len(minutes))]
    grid = np.arange(minutes[0], minutes[-1] + 1, STEP)
    mg_dl: Floats = np.interp(grid, minutes, readings[1])
    after = np.searchsorted(minutes, grid).clip(1, len(minutes) - 1)
    mg_dl[(minutes[after] - minutes[after - 1] > GAP) & (grid != minutes[after])] = np.nan
    padded: Floats = np.concatenate([np.full(4 * DAY, np.nan), mg_dl])
    first = readings[1][: int(0.8 * len(minutes))]
    person = [first.mean(), first.std(), np.abs(first[HOUR:] - first[:-HOUR]).mean()]
    known, later, late, days = [], [], [], []
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
        known.append([*near, grid[n] % 1440, *person, *lags, past.mean(), past.std()])
        later.append(mg_dl[n + HOUR] - window[-1])
        late.append(begins_late)
        days.append(grid[n] // 1440)
    shape = (-1, HOUR + 1 + PERSON + len(LAGS) + len(BEFORE) + 2)
    columns = np.array(known).reshape(shape), np.array(later)
    return *columns, np.array(late, np.bool_), np.array(days, np.int64)


def root(errors: NDArray[np.floating]) -> float:
    return float(np.sqrt((errors**2).mean()))


def ridge(known: Floats, later: Floats) -> Floats:
    """With a constant."""
    design = np.column_stack([known, np.ones(len(known))])
    square = design.T @ design + np.eye(design.shape[1])
    return np.linalg.solve(square, design.T @ later).astype(np.float64)


def trees(known: Floats, later: Floats) -> HistGradientBoostingRegressor:
    """Boosted, and held back: people are few."""
    model = HistGradientBoostingRegressor(
        max_iter=80, learning_rate=0.08, max_leaf_nodes=12, min_samples_leaf=300,
        l2_regularization=20, random_state=0,
    )  # fmt: skip
    return model.fit(known, later)


def shown_more(
    known: Floats, later: Floats, late: NDArray[np.bool_], days: NDArray[np.int64]
) -> float:
    """The error where each fifth of the test's days is told by trees that saw all the rest."""
    columns, missed = HOUR + 1 + PERSON, []
    for fifth in range(FIFTHS):
        asked = late & (days % FIFTHS == fifth)
        if asked.any():
            model = trees(known[~asked][:, :columns], later[~asked])
            missed.append(model.predict(known[asked][:, :columns]) - later[asked])
    return root(np.concatenate(missed))


def ratios(folder: str) -> dict[str, float]:
    """Error of each against ridge's."""
    parts = [rows(readings) for readings in shared_people(folder).values() if len(readings[0]) > 99]
    known, later, late, days = (np.concatenate(column) for column in zip(*parts, strict=True))
    early, near = ~late, known[:, :HOUR]
    with_one = np.column_stack([near, np.ones(len(near))])[late]
    base = root(with_one @ ridge(near[early], later[early]) - later[late])
    found = {"ridge_mg_dl": base}
    seen = {
        "12 readings": HOUR,
        "and time of day": HOUR + 1,
        "and of the person the first 80 %": HOUR + 1 + PERSON,
        "and all of the past": known.shape[1],
    }
    for name, columns in seen.items():
        told = trees(known[early][:, :columns], later[early]).predict(known[late][:, :columns])
        found[name] = root(told - later[late]) / base
    found["shown the test's other days"] = shown_more(known, later, late, days) / base
    fitted_to_test = ridge(near[late], later[late])
    found["linear, fitted to the test"] = root(with_one @ fitted_to_test - later[late]) / base
    return found


if __name__ == "__main__":
    for folder in ("cgm-hall-2018", "cgm-bigideas"):
        print(folder, json.dumps({name: round(one, 4) for name, one in ratios(folder).items()}))

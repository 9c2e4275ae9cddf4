"""An hour ahead by boosted trees that know the person: python -m bench.forecast_person.

Against pooled ridge on 12 readings, on the last 20 % of each record (with scikit-learn). Beside the
twelve readings and the time of day the trees know of the person's past: how she was in her first
80 % (level, spread, changes within an hour), her means of 2 h to 7 days, the highest and lowest of
the last 4 h and since when, and what came in the hour after this time on days before. Nothing is
looked at that was not known then. It is the mean of trees on the change and of trees on what ridge
leaves, learnt from the same first 80 % as ridge. Columns and sizes were chosen with both sets in
view; a third set would be a fairer judge. The shipped forecast does not have this yet.
"""

import json
from typing import Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from backend.insights.glucose_records import Readings
from bench.forecast_ceiling import ridge, root
from bench.glucobench import shared_people
from bench.house import Running
from bench.results import Result

Floats = NDArray[np.float64]
SETS: Final = {"hall": "cgm-hall-2018", "bigideas": "cgm-bigideas"}
STEP, GAP, HOUR, DAY, LATELY = 5, 30, 12, 288, 48
MEANS: Final = (24, 72, DAY, 7 * DAY)  # steps
DAYS_BEFORE: Final = 7
LEAST: Final = 100  # readings
SEEDS: Final = 3


class Rows(NamedTuple):
    """Of each moment: what is known, the change within the hour to come, whether it is late."""

    known: Floats
    later: Floats
    late: NDArray[np.bool_]


def rows(readings: Readings) -> Rows:
    """Every five minutes with an hour of readings before and one after, not across the cut."""
    grid, mg_dl, cut = _grid(readings)
    at = np.arange(HOUR - 1, len(grid) - HOUR)
    windows = sliding_window_view(mg_dl, 2 * HOUR)
    late = grid[at - HOUR + 1] >= cut
    whole = ~np.isnan(windows).any(axis=1) & (late | (grid[at + HOUR] < cut))
    at, late, seen = at[whole], late[whole], windows[whole, :HOUR]
    last = seen[:, -1:]
    minute = grid[at] % 1440
    angle = 2 * np.pi * minute / 1440
    clock = np.column_stack([np.sin(angle), np.cos(angle), minute])
    person = np.tile(_person(np.where(grid < cut, mg_dl, np.nan)), (len(at), 1))
    near = np.column_stack([seen[:, :-1] - last, last])
    known = np.column_stack([near, clock, person, _past(mg_dl, at, last[:, 0])])
    return Rows(known, mg_dl[at + HOUR] - last[:, 0], late)


def _grid(readings: Readings) -> tuple[NDArray[np.int64], Floats, int]:
    """Minutes, glucose (nothing in a gap), and the minute at which the last 20 % begin."""
    minutes = np.rint(readings[0] / 60_000).astype(np.int64)
    grid = np.arange(minutes[0], minutes[-1] + 1, STEP)
    mg_dl: Floats = np.interp(grid, minutes, readings[1])
    after = np.searchsorted(minutes, grid).clip(1, len(minutes) - 1)
    mg_dl[(minutes[after] - minutes[after - 1] > GAP) & (grid != minutes[after])] = np.nan
    return grid, mg_dl, int(minutes[int(0.8 * len(minutes))])


def _person(first: Floats) -> Floats:
    """Level, spread, quantiles and changes within an hour, of the first 80 %."""
    change = first[HOUR:] - first[:-HOUR]
    shape = np.nanpercentile(first, [5, 25, 50, 75, 95])
    level = [np.nanmean(first), np.nanstd(first), np.nanmean(np.abs(change))]
    return np.array([*level, *shape, np.nanstd(change)])


def _past(mg_dl: Floats, at: NDArray[np.int64], last: Floats) -> Floats:
    """Means up to a week, extremes of four hours, the same hour of days before."""
    before = DAYS_BEFORE * DAY
    padded = np.concatenate([np.full(before, np.nan), mg_dl])
    here = at + before
    total = np.nancumsum(padded)
    count = np.cumsum(~np.isnan(padded))
    means = [
        (total[here] - total[here - steps]) / (count[here] - count[here - steps]) - last
        for steps in MEANS
    ]
    lately = sliding_window_view(padded, LATELY)[here - LATELY + 1]
    extremes = [
        *(np.nanmax(lately, 1) - last, np.nanargmax(lately, 1)),
        *(np.nanmin(lately, 1) - last, np.nanargmin(lately, 1), np.nanstd(lately, 1)),
    ]
    days = [here - DAY * day for day in range(1, DAYS_BEFORE + 1)]
    came = np.array([padded[day + HOUR] - padded[day] for day in days])
    some = (~np.isnan(came)).sum(axis=0)
    usual = np.where(some > 0, np.nansum(came, axis=0) / np.maximum(some, 1), np.nan)
    return np.column_stack([*means, *extremes, usual, came[0], came[1]])


def trees(known: Floats, later: Floats, asked: Floats) -> Floats:
    """Boosted slowly and held back, a mean over seeds."""
    told = []
    for seed in range(SEEDS):
        model = HistGradientBoostingRegressor(
            max_iter=300, learning_rate=0.03, max_leaf_nodes=16, min_samples_leaf=250,
            l2_regularization=20, max_features=0.5, random_state=seed,
        )  # fmt: skip
        told.append(model.fit(known, later).predict(asked))
    mean: Floats = np.mean(told, axis=0)
    return mean


def hour_ahead(name: str) -> Result:
    """The error an hour ahead, against ridge's."""
    found = shared_people(SETS[name]).values()
    parts = [rows(one) for one in found if len(one[0]) >= LEAST]
    known, later, late = (np.concatenate(column) for column in zip(*parts, strict=True))
    near = np.column_stack([known[:, :HOUR], np.ones(len(known))])
    straight = near @ ridge(known[~late, :HOUR], later[~late])
    left = straight[late] + trees(known[~late], (later - straight)[~late], known[late])
    whole = trees(known[~late], later[~late], known[late])
    came = later[late]
    base, ours = root(straight[late] - came), root((left + whole) / 2 - came)
    detail = {
        "ridge": base,
        "trees_on_change": round(root(whole - came) / base, 4),
        "trees_on_residual": round(root(left - came) / base, 4),
        "forecasts": len(came),
    }
    ratio = round(ours / base, 4)
    return Result(f"hour_ahead_person_{name}", ours, "mg/dL", "pooled ridge", ratio, 1, detail)


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one. On the sets that this machine has."""
    return [hour_ahead(name) for name, folder in SETS.items() if shared_people(folder)]


if __name__ == "__main__":
    for name in SETS:
        found = hour_ahead(name)
        print(found.name, json.dumps(found.detail | {"rmse": found.value, "ratio": found.ratio}))

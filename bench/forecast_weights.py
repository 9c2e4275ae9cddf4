"""Makes backend/science/glucose_forecast_weights.json: python -m bench.forecast_weights OUT.

From the first 80 % of each person's record in the openly licensed sets (iglu's stay for testing);
what meals and insulin do, for alarms alone, from virtual people (virtual_people_learn.csv.gz).
`python -m bench.forecast_weights OUT treated` learns the latter only, onto the weights that are.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from backend.insights.glucose_records import first_and_last
from backend.science.glucose_forecast import WEIGHTS, weights_to_json
from backend.science.glucose_forecast_fit import fit_glucose_forecast
from bench.glucobench import shared_people
from bench.virtual_people import LEARN, forecasts, parts_of, people

SOURCES = {
    "cgm-hall-2018": "Hall et al., PLoS Biol 2018;16:e2005143 (CC BY 4.0)",
    "cgm-bigideas": "Cho et al., PhysioNet 10.13026/zthx-5212 (ODC-By 1.0)",
    "cgm-physiocgm": "Quamer et al., figshare 10.6084/m9.figshare.28136294 (CC0)",
}
EVERY = {"cgm-physiocgm": 2}  # of its stretches: ten people's months would drown the others
TREATED_STEPS = 6
TREATED_PENALTY = 10.0  # in standard deviations of what is taken


def treated() -> list[list[float]]:
    """Ridge of what the forecast missed on what was eaten and injected; no constant is kept."""
    design, missed = [], []
    for person in people(LEARN).values():
        for n, ahead in forecasts(person):
            came = person.mg_dl[n + 1 : n + 1 + TREATED_STEPS]
            if len(came) == TREATED_STEPS:
                design.append(parts_of(person, int(person.at_ms[n])))
                missed.append(came - np.array(ahead.mean[:TREATED_STEPS]))
    taken, error = np.array(design), np.array(missed)
    spread = taken.std(axis=0)
    taken = (taken - taken.mean(axis=0)) / spread
    square = taken.T @ taken + TREATED_PENALTY * np.eye(taken.shape[1])
    found = np.linalg.solve(square, taken.T @ (error - error.mean(axis=0))) / spread[:, None]
    return [[float(f"{one:.4g}") for one in row] for row in found.tolist()]


def main(out: Path) -> None:
    """Fit and write."""
    parts = []
    for folder in SOURCES:
        early, _ = first_and_last(shared_people(folder))
        if not early:
            raise SystemExit(f"{folder} is not on this machine (EVENKEEL_SHARED_DATA).")
        found = [one for stretches in early.values() for one in stretches]
        parts += found[:: EVERY.get(folder, 1)]
    made_from = "the first 80 % of each record of " + "; ".join(SOURCES.values())
    weights = weights_to_json(fit_glucose_forecast(parts, made_from=made_from))
    write(out, weights)


def write(out: Path, weights: dict[str, Any]) -> None:
    """With what meals and insulin do."""
    weights["treated"] = treated()
    weights["treated_from"] = "virtual people of simglucose 0.2.11 (MIT), seed 11, 5 days each"
    out.write_text(json.dumps(weights, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    if sys.argv[2:] == ["treated"]:
        write(Path(sys.argv[1]), json.loads(WEIGHTS.read_text()))
    else:
        main(Path(sys.argv[1]))

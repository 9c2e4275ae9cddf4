"""Makes backend/science/glucose_forecast_weights.json: python -m bench.forecast_weights OUT.

From the first 80 % of each person's record in the openly licensed sets (iglu's stay for testing).
"""

import json
import sys
from pathlib import Path

from backend.science.glucose_forecast import weights_to_json
from backend.science.glucose_forecast_fit import fit_glucose_forecast
from bench.glucobench import first_and_last, shared_people

SOURCES = {
    "cgm-hall-2018": "Hall et al., PLoS Biol 2018;16:e2005143 (CC BY 4.0)",
    "cgm-bigideas": "Cho et al., PhysioNet 10.13026/zthx-5212 (ODC-By 1.0)",
    "cgm-physiocgm": "Quamer et al., figshare 10.6084/m9.figshare.28136294 (CC0)",
}
EVERY = {"cgm-physiocgm": 2}  # of its stretches: ten people's months would drown the others


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
    out.write_text(json.dumps(weights, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

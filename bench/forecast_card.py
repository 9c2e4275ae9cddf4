"""Puts what was measured into the forecast's card: python -m bench.forecast_card.

By groups and slices, with the shipped weights. People write the rest of the card.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from backend.science.glucose_forecast import WEIGHTS
from bench import forecast_groups, forecast_slices
from bench.alarms import counted

CARD = Path(__file__).resolve().parents[1] / "backend/insights/glucose_ahead_card.json"


def measured(card: dict[str, Any]) -> dict[str, Any]:
    """The card with its numbers anew."""
    groups = forecast_groups.table()
    (whole,) = (
        row
        for row in groups
        if (row["group"], row["readings_known"]) == (forecast_groups.EVERYONE, 192)
    )
    lows = counted("low")
    alarms = {
        "low_recall": round(lows.recall, 3),
        "low_false_a_day": round(lows.false_a_day, 3),
        "low_precision": round(lows.precision, 3),
        "low_median_lead_min": lows.median_lead_min,
        "low_recall_after_meal": round(lows.recall_of["after a meal"][1], 3),
        "low_recall_after_bolus": round(lows.recall_of["after a bolus"][1], 3),
    }
    overall = {
        "rmse_60_min_mg_dl": whole["rmse_60_min"],
        "mae_60_min_mg_dl": whole["mae_60_min"],
        "covered_90": whole["covered_90"],
    }
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    return card | {
        "data": card["data"] | {"digest": digest, "events": lows.events},
        "metrics": card["metrics"] | overall | alarms,
        "by_group": groups,
        "slices": forecast_slices.table(),
    }


if __name__ == "__main__":
    found = measured(json.loads(CARD.read_text()))
    CARD.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")

"""What the demo's people told of themselves, and their laboratory's last values.

Every third one has not told all: her risks ask for what is missing.
"""

from datetime import datetime, timedelta
from typing import Final

import numpy as np

from backend.demo.personas import FIRST, Persona
from backend.insights.risk_entry import BY_TEAM, tell
from backend.patients.access import Chart

LABORATORY: Final = timedelta(days=20)  # ago
SEED: Final = 2111  # its own numbers, so that nobody else's change
Told = dict[str, str]
Measured = dict[str, tuple[float, str]]


def tell_background(chart: Chart, persona: Persona, *, now: datetime) -> None:
    """As the clinician writes it down on the day of admission."""
    rng = np.random.default_rng([SEED, persona.index])
    answers, measured = _answers(persona, rng), _measured(persona, rng)
    if persona.index != FIRST and persona.index % 3 == 1:
        del answers["smoking"], measured["total_cholesterol"], measured["egfr"]
    day = (now - LABORATORY).date()
    tell(chart, answers=answers, measured=measured, day=day, source=BY_TEAM, now=now)


def _answers(persona: Persona, rng: np.random.Generator) -> Told:
    def yes(share: float) -> str:
        return "yes" if rng.random() < share else "no"

    return {
        "heart_disease": "no",
        "smoking": "yes" if persona.index == FIRST else yes(0.2),
        "diabetes": "yes" if persona.diabetes else "no",
        "bp_medicine": "now" if persona.hypertension else "never",
        "statin": yes(0.3),
        "high_glucose": "yes" if persona.diabetes else yes(0.1),
        "relatives": str(rng.choice(["close", "distant", "none"], p=[0.3, 0.2, 0.5])),
        "active": "yes" if persona.daily_steps > 7000 else "no",
        "greens": yes(0.7),
    }


def _measured(persona: Persona, rng: np.random.Generator) -> Measured:
    height = float(rng.normal(164 if persona.sex == "female" else 177, 6))
    found = {
        "body_height": (round(height), "cm"),
        "waist": (round(float(rng.normal(0.55, 0.05)) * height), "cm"),
        "total_cholesterol": (round(float(rng.normal(205, 30))), "mg/dL"),
        "hdl_cholesterol": (round(float(np.clip(rng.normal(52, 11), 25, 95))), "mg/dL"),
        "egfr": (round(float(np.clip(rng.normal(86, 15), 30, 120))), "mL/min/{1.73_m2}"),
        "hba1c": (round(float(rng.normal(7.2 if persona.diabetes else 5.5, 0.4)), 1), "%"),
    }
    if not (persona.diabetes or persona.index % 3 == 0):  # they have a scale at home
        found["body_weight"] = (round(persona.weight_kg), "kg")
    if not persona.hypertension:  # they have a cuff at home
        found["systolic"] = (round(float(rng.normal(124, 9))), "mm[Hg]")
    return found

"""Makes the virtual people with type 1 diabetes on whom glucose alarms are measured.

    python tests/science/data/make_virtual_people.py SEED DAYS OUT.csv.gz

Run once for each file (seed 11: learn, 7: test; 5 days), in an environment of its own with
`simglucose==0.2.11` (MIT; the UVA/Padova model of 2008) and `setuptools<81`: the project never
needs it. All of its 30 people; a five-minute sensor with half of simglucose's noise, which is as
rough as the Dexcom traces of GlucoBench's hall and iglu. What goes wrong is what goes wrong in
life: carbohydrate guessed 25 % off, a bolus early, late or forgotten, corrections on top of what
still acts, basal insulin up to 10 % off. They treat a low once it has shown for 15 minutes.
Columns: person, minute, mg_dl, carbs_g and insulin_u as the person would log them (empty if none).
"""

import csv
import gzip
import io
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from simglucose.patient import t1dpatient
from simglucose.sensor.cgm import CGMSensor

DAY = 1440
WARM_UP = 360  # minutes, not kept
PEOPLE = range(1, 31)
MEALS = ((450, 45, 45.0, 1.0), (750, 60, 70.0, 1.0), (1140, 60, 75.0, 1.0))
SNACKS = ((600, 40, 18.0, 0.3), (930, 60, 22.0, 0.4), (1320, 40, 20.0, 0.3))
NOISE = 0.5
GUESS = 0.25  # log-scale error of counted carbohydrate
FORGOTTEN = 0.06
TREATS_BELOW, TREATS_AFTER, TREATS_AGAIN = 65.0, 3, 20  # mg/dL, readings, minutes


@dataclass
class Day:
    """By minute: grams eaten, what is logged, units injected for meals."""

    eaten: dict[int, float] = field(default_factory=dict)
    logged: dict[int, float] = field(default_factory=dict)
    boluses: dict[int, tuple[float, bool]] = field(default_factory=dict)  # guessed g; corrects?


class Patient(t1dpatient.T1DPatient):
    """simglucose's own, without pandas and numpy scalars in its equations: ten times as fast."""

    @staticmethod
    def model(t, x, *rest):
        """Of plain floats."""
        return t1dpatient.T1DPatient.model(t, x.tolist(), *rest)


def plan(rng: np.random.Generator, days: int, size: float) -> Day:
    """Meals and the boluses for them."""
    found = Day()
    for start in range(0, days * DAY, DAY):
        for usual, spread, grams, chance in (*MEALS, *SNACKS):
            if rng.random() > chance:
                continue
            at = int(start + WARM_UP + usual + rng.normal(0, spread))
            eaten = round(grams * size * rng.lognormal(0, 0.3))
            guess = round(eaten * rng.lognormal(0, GUESS))
            found.eaten[at] = found.eaten.get(at, 0) + eaten
            found.logged[at] = found.logged.get(at, 0) + guess
            if rng.random() > FORGOTTEN:
                found.boluses[at + int(rng.uniform(-15, 20))] = (guess, rng.random() < 0.6)
    return found


def live(number: int, seed: int, days: int) -> list[list[object]]:
    """One person's rows."""
    rng = np.random.default_rng([seed, number])
    patient = Patient.withID(number)
    name, params = patient._params.Name, patient._params
    patient._params = SimpleNamespace(**params.to_dict())
    sensor = CGMSensor.withName("GuardianRT", seed=seed * 100 + number)
    quest = QUEST.loc[QUEST.Name == name].squeeze()
    day = plan(rng, days, float(np.clip(params.BW / 70, 0.45, 1.2)))
    basal = params.u2ss * params.BW / 6000
    rows, low, treated, factor, shown = [], 0, -DAY, 1.0, float(params.Gb)
    for minute in range(WARM_UP + days * DAY):
        if minute % 480 == 0:
            factor = rng.uniform(0.9, 1.1)
        insulin = 0.0
        if minute in day.boluses:
            grams, corrects = day.boluses[minute]
            over = max(shown - 150, 0) if corrects else 0
            insulin = round(grams / quest.CR + over / quest.CF, 1)
        if low >= TREATS_AFTER and minute - treated >= TREATS_AGAIN:
            treated, treat = minute, round(15 * float(np.clip(params.BW / 60, 0.6, 1.2)))
            day.eaten[minute] = day.eaten.get(minute, 0) + treat
            day.logged[minute] = day.logged.get(minute, 0) + treat
        action = t1dpatient.Action(CHO=day.eaten.get(minute, 0.0), insulin=basal * factor + insulin)
        if minute % 5 == 0:
            noise = NOISE * (sensor.measure(patient) - patient.observation.Gsub)
            shown = float(np.clip(patient.observation.Gsub + noise, 39, 400))
            low = low + 1 if shown < TREATS_BELOW else 0
        patient.step(action)
        rows.append([name, minute - WARM_UP, shown, day.logged.get(minute, 0), insulin])
    return fives(rows[WARM_UP:])


def fives(rows: list[list[object]]) -> list[list[object]]:
    """A row each five minutes; what was logged since the last one stands beside its reading."""
    found = []
    for start in range(0, len(rows), 5):
        piece = rows[max(0, start - 4) : start + 1]
        carbs, insulin = (round(sum(row[at] for row in piece), 1) for at in (3, 4))
        name, minute, shown = rows[start][:3]
        found.append([name, minute, round(shown), carbs or "", insulin or ""])
    return found


QUEST = pd.read_csv(t1dpatient.PATIENT_PARA_FILE.replace("vpatient_params", "Quest"))

if __name__ == "__main__":
    seed, days, out = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    with gzip.GzipFile(out, "wb", 9, mtime=0) as raw, io.TextIOWrapper(raw, "ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["person", "minute", "mg_dl", "carbs_g", "insulin_u"])
        for number in PEOPLE:
            writer.writerows(live(number, seed, days))

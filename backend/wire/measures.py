"""The one table of what can be measured: a new kind is one line here and one golden example.

Units are UCUM where UCUM has one, plus the spellings that devices really write. `low` and `high`
bound what one sample can plausibly be in the canonical unit: beyond them lies a fault, not a
finding. LOINC codes are LOINC's (loinc.org); an empty one says that no single code fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Summary = Literal["mean", "sum"]
DIGITS = (
    6  # a converted value is rounded here, so that 5.5 mmol/L is 99.0858 and not 99.08580000000001
)


class UnknownUnit(ValueError):
    """This kind is never measured in that unit."""


class Linear(NamedTuple):
    """Canonical value = factor * value + offset."""

    factor: float
    offset: float = 0.0


SAME = Linear(1.0)


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of stream; `gatt` is its Bluetooth characteristic, `shown` the unit for people.

    `every_s` is how often a device that measures by itself does; None for what is measured at will.
    `target` is the range, in the canonical unit, to stay in where no plan names another.
    """

    code: str
    label: str
    unit: str
    units: dict[str, Linear]
    low: float
    high: float
    loinc: str
    summary: Summary
    gatt: str = ""
    shown: str = ""
    every_s: int | None = None
    target: tuple[float, float] | None = None


class SleepStage:
    """The values of `sleep_stage`: what begins at the sample's instant and lasts to the next."""

    AWAKE, ASLEEP, LIGHT, DEEP, REM, IN_BED = range(6)


class DayTag:
    """The values of `day_tag`: what the day had in it; NONE takes a tag back (wire/diary.py)."""

    NONE, ALCOHOL, TRAVEL, VACCINE = range(4)


PER_MINUTE = {"/min": SAME, "{beats}/min": SAME, "count/min": SAME, "bpm": SAME, "/s": Linear(60.0)}
COUNTED = {"{steps}": SAME, "{count}": SAME, "count": SAME, "steps": SAME, "1": SAME}
MASS_GLUCOSE = 18.0156  # mg/dL per mmol/L: molar mass of glucose 180.156 g/mol
GLUCOSE = {"mg/dL": SAME, "mmol/L": Linear(MASS_GLUCOSE)}
LENGTHS = {
    "m": SAME,
    "km": Linear(1000.0),
    "[mi_i]": Linear(1609.344),
    "mi": Linear(1609.344),
    "[ft_i]": Linear(0.3048),
    "ft": Linear(0.3048),
    "cm": Linear(0.01),
}
ENERGIES = {
    "kcal": SAME,
    "Cal": SAME,
    "[Cal]": SAME,
    "cal": Linear(0.001),
    "kJ": Linear(1 / 4.184),
    "J": Linear(1 / 4184),
}
PRESSURES = {"mm[Hg]": SAME, "mmHg": SAME, "kPa": Linear(7.500615758)}
FRACTIONS = {"%": SAME, "1": Linear(100.0)}
FAHRENHEIT = Linear(5 / 9, -160 / 9)
TEMPERATURES = {
    "Cel": SAME,
    "degC": SAME,
    "[degF]": FAHRENHEIT,
    "degF": FAHRENHEIT,
    "K": Linear(1.0, -273.15),
}
WEIGHTS = {
    "kg": SAME,
    "g": Linear(0.001),
    "[lb_av]": Linear(0.45359237),
    "lb": Linear(0.45359237),
    "[stone_av]": Linear(6.35029318),
    "st": Linear(6.35029318),
}
BREATHS = PER_MINUTE | {"{breaths}/min": SAME}
MILLISECONDS = {"ms": SAME, "s": Linear(1000.0)}
MINUTES = {"min": SAME, "h": Linear(60.0), "s": Linear(1 / 60)}
STAGES = {"{stage}": SAME}
TAGS = {"{tag}": SAME}
EVENTS = {"{events}": SAME, "{count}": SAME, "count": SAME, "1": SAME}
SIZES = {"cm": SAME, "m": Linear(100.0), "[in_i]": Linear(2.54), "in": Linear(2.54)}
CHOLESTEROL = {"mg/dL": SAME, "mmol/L": Linear(38.67)}
# IFCC to NGSP: NGSP's master equation, ngsp.org/ifcc.asp.
GLYCATED = {"%": SAME, "mmol/mol": Linear(0.09148, 2.152)}
ALBUMIN = {"mg/g": SAME, "mg/mmol": Linear(8.84)}
FILTRATION = {"mL/min/{1.73_m2}": SAME, "mL/min/1.73m2": SAME, "mL/min/{1.73m2}": SAME}
GRAMS = {"g": SAME, "kg": Linear(1000.0)}
INSULIN = {"[iU]": SAME, "U": SAME, "u": SAME, "IU": SAME}

# fmt: off
_TABLE = (
    Measure("heart_rate", "Heart rate", "/min", PER_MINUTE,
            20, 300, "8867-4", "mean", "2A37", "beats/min", every_s=60),
    Measure("resting_heart_rate", "Resting heart rate", "/min", PER_MINUTE,
            20, 200, "40443-4", "mean", "", "beats/min"),
    Measure("rr_interval", "RR interval", "ms", MILLISECONDS,
            200, 3000, "8637-1", "mean", "2A37", "ms"),
    Measure("heart_rate_variability", "Heart rate variability (SDNN)", "ms", MILLISECONDS,
            0, 500, "80404-7", "mean", "", "ms"),
    Measure("glucose", "Glucose", "mg/dL", GLUCOSE, 10, 1000, "2339-0", "mean", "2A18", "mg/dL",
            every_s=300, target=(70, 180)),
    Measure("steps", "Steps", "{steps}", COUNTED, 0, 200_000, "55423-8", "sum", "", "steps"),
    Measure("distance", "Distance", "m", LENGTHS, 0, 500_000, "55430-3", "sum", "", "m"),
    Measure("active_energy", "Active energy", "kcal", ENERGIES,
            0, 20_000, "41981-2", "sum", "", "kcal"),
    Measure("total_energy", "Total energy", "kcal", ENERGIES,
            0, 20_000, "41979-6", "sum", "", "kcal"),
    Measure("systolic", "Systolic blood pressure", "mm[Hg]", PRESSURES,
            30, 350, "8480-6", "mean", "2A35", "mmHg"),
    Measure("diastolic", "Diastolic blood pressure", "mm[Hg]", PRESSURES,
            10, 250, "8462-4", "mean", "2A35", "mmHg"),
    Measure("spo2", "Oxygen saturation", "%", FRACTIONS, 30, 100, "59408-5", "mean", "2A5F", "%",
            every_s=300),
    Measure("body_temperature", "Body temperature", "Cel", TEMPERATURES,
            20, 46, "8310-5", "mean", "2A1C", "°C"),
    Measure("respiratory_rate", "Respiratory rate", "/min", BREATHS,
            2, 120, "9279-1", "mean", "", "breaths/min", every_s=300),
    Measure("body_weight", "Body weight", "kg", WEIGHTS, 0.2, 700, "29463-7", "mean", "2A9D", "kg"),
    Measure("sleep_stage", "Sleep stage", "{stage}", STAGES, 0, 5, "", "mean", "", "stage"),
    Measure("sleep_duration", "Time asleep", "min", MINUTES, 0, 2880, "93832-4", "sum", "", "min"),
    Measure("carbohydrate", "Carbohydrate", "g", GRAMS, 0, 1000, "9059-7", "sum", "", "g"),
    Measure("insulin_bolus", "Insulin, bolus", "[iU]", INSULIN, 0, 300, "", "sum", "", "units"),
    Measure("insulin_basal", "Insulin, basal", "[iU]", INSULIN, 0, 300, "", "sum", "", "units"),
    Measure("seizure", "Seizures", "{events}", EVENTS, 0, 100, "", "sum", "", "seizures"),
    Measure("day_tag", "Notes on days", "{tag}", TAGS, 0, 3, "", "mean", "", "note"),
    Measure("body_height", "Height", "cm", SIZES, 30, 280, "8302-2", "mean", "", "cm"),
    Measure("waist", "Waist", "cm", SIZES, 20, 300, "8280-0", "mean", "", "cm"),
    Measure("total_cholesterol", "Cholesterol", "mg/dL", CHOLESTEROL,
            20, 2000, "2093-3", "mean", "", "mg/dL"),
    Measure("hdl_cholesterol", "HDL cholesterol", "mg/dL", CHOLESTEROL,
            2, 300, "2085-9", "mean", "", "mg/dL"),
    Measure("hba1c", "HbA1c", "%", GLYCATED, 2, 25, "4548-4", "mean", "", "%"),
    Measure("egfr", "Kidney filtration (eGFR)", "mL/min/{1.73_m2}", FILTRATION,
            1, 250, "98979-8", "mean", "", "mL/min"),
    Measure("urine_albumin", "Urine albumin (UACR)", "mg/g", ALBUMIN,
            0, 50_000, "9318-7", "mean", "", "mg/g"),
)
# fmt: on

MEASURES: dict[str, Measure] = {measure.code: measure for measure in _TABLE}
CODED = frozenset(
    {"sleep_stage", "day_tag"}
)  # coded kinds: a value between two codes means nothing


def linear(kind: str, unit: str) -> Linear:
    """How `unit` becomes the canonical one; KeyError for the kind, UnknownUnit for the unit."""
    units = MEASURES[kind].units
    if unit not in units:
        raise UnknownUnit(f"{kind} is never measured in this unit")
    return units[unit]


def convert(kind: str, unit: str, values: Sequence[float]) -> list[float]:
    """The values in the canonical unit; KeyError for the kind, UnknownUnit for the unit."""
    scale = linear(kind, unit)
    if scale == SAME:
        return list(values)
    return [round(value * scale.factor + scale.offset, DIGITS) for value in values]


def express(kind: str, unit: str, values: Sequence[float]) -> list[float]:
    """Canonical values in another unit of the kind: `convert` backwards, as people prefer."""
    scale = linear(kind, unit)
    if scale == SAME:
        return list(values)
    return [round((value - scale.offset) / scale.factor, DIGITS) for value in values]

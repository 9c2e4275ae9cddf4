"""PREVENT: the risk of total CVD, ASCVD, heart failure, CHD and stroke over 10 and 30 years.

Khan et al., Circulation 2024;149:430 (doi 10.1161/CIRCULATIONAHA.123.067626): five outcomes, two
sexes, two horizons, and a base model that HbA1c, urine albumin (UACR), the social deprivation
index (SDI) or all of them may join; no race. The coefficients are tables S12A-J of its supplement.

What a model needs is never imputed: a person who lacks it gets no number and is asked for it. The
full model has terms of its own for an additional test that was not done; `Risk.unknown` names them.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

VERSION: Final = "1.0"
COEFFICIENTS: Final = Path(__file__).with_name("prevent_coefficients.json")
HORIZONS: Final = (10, 30)
OUTCOMES: Final = ("total_cvd", "ascvd", "hf", "chd", "stroke")
OLDEST: Final = {10: 79, 30: 59}  # the 30-year equations were made on people up to 59
MMOL_PER_MG_DL: Final = 0.02586

# What the equations were made on, ends included, as the Association's own calculator bounds it.
RANGES: Final = {
    "age": (30.0, 79.0),
    "sbp": (90.0, 200.0),
    "total_c": (130.0, 320.0),
    "hdl_c": (20.0, 100.0),
    "egfr": (15.0, 140.0),
    "bmi": (18.5, 39.9),
    "hba1c": (3.0, 15.0),
    "uacr": (0.1, 25_000.0),
    "sdi": (1.0, 10.0),
}
ADDITIONAL: Final = ("hba1c", "uacr", "sdi")


@dataclass(frozen=True, slots=True)
class PreventInput:
    """One person, None for what is not known: mmHg, mg/dL, mL/min/1.73 m², kg/m², %, mg/g, decile.

    The names are the columns of `manage.py prevent`.
    """

    age: float | None
    sex: str | None  # "female" or "male"
    sbp: float | None
    bp_tx: bool | None
    total_c: float | None
    hdl_c: float | None
    statin: bool | None
    dm: bool | None
    smoking: bool | None
    egfr: float | None
    bmi: float | None
    hba1c: float | None = None
    uacr: float | None = None
    sdi: float | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """Percent by outcome over `years`, and which of the models told it."""

    years: int
    model: str
    percent: Mapping[str, float]
    unknown: tuple[str, ...]  # additional tests that the full model went without


def model_for(person: PreventInput) -> str:
    """The base model, the one for the one additional test there is, or the full one."""
    known = [name for name in ADDITIONAL if getattr(person, name) is not None]
    if not known:
        return "base"
    return known[0] if len(known) == 1 else "full"


def missing_inputs(person: PreventInput) -> list[str]:
    """Names of what every model needs and nobody told: to be asked for."""
    return [
        field.name
        for field in fields(person)
        if field.name not in ADDITIONAL and getattr(person, field.name) is None
    ]


def out_of_range(person: PreventInput) -> list[str]:
    """Names of what is out of the range that the equations were made on."""
    known = {name: getattr(person, name) for name in RANGES}
    return [
        name
        for name, (low, high) in RANGES.items()
        if known[name] is not None and not low <= known[name] <= high
    ]


def unfit_inputs(person: PreventInput) -> list[str]:
    """What cannot be reckoned with, in words."""
    found = [
        f"{name} must be from {RANGES[name][0]:g} to {RANGES[name][1]:g}"
        for name in out_of_range(person)
    ]
    if person.sex not in ("female", "male", None):
        found.append("sex must be female or male")
    if person.sdi is not None and person.sdi % 1:
        found.append("sdi must be a decile")
    if person.total_c is not None and person.hdl_c is not None and person.hdl_c >= person.total_c:
        found.append("hdl_c must be below total_c")
    return found


def prevent_risk(person: PreventInput, years: int, *, model: str | None = None) -> Risk | list[str]:
    """The risks over 10 or 30 years, or what stands against them, in words.

    `model` asks for another one than what is known allows by itself: base, hba1c, uacr, sdi, full.
    """
    against = [f"{name} is missing" for name in missing_inputs(person)] + unfit_inputs(person)
    if person.age is not None and person.age > OLDEST[years] and years != HORIZONS[0]:
        against.append(f"age must be at most {OLDEST[years]} for {years} years")
    chosen = model or model_for(person)
    if chosen in ADDITIONAL and getattr(person, chosen) is None:
        against.append(f"{chosen} is missing")
    if against:
        return against
    added = _added(person, chosen, years)
    percent = {o: 100 / (1 + math.exp(-sum(added[o].values()))) for o in OUTCOMES}
    unknown = tuple(n for n in ADDITIONAL if chosen == "full" and getattr(person, n) is None)
    return Risk(years, chosen, percent, unknown)


def term_sums(person: PreventInput, risk: Risk, outcome: str) -> dict[str, float]:
    """What each term of the model that told this risk adds to the log odds, by its name."""
    return _added(person, risk.model, risk.years)[outcome]


def _added(person: PreventInput, model: str, years: int) -> dict[str, dict[str, float]]:
    terms, table = _terms(person), _coefficients()[f"{model}_{years}"]
    sex = 0 if person.sex == "female" else 1
    return {
        outcome: {name: terms[name] * row[sex][place] for name, row in table.items()}
        for place, outcome in enumerate(OUTCOMES)
    }


@cache
def _coefficients() -> dict[str, dict[str, Any]]:
    """By model and horizon, by term: for women and men one coefficient an outcome."""
    models: dict[str, dict[str, Any]] = json.loads(COEFFICIENTS.read_text())["models"]
    return models


def _terms(person: PreventInput) -> dict[str, float]:
    """Every term by its name in the table; splines and centres as in the supplement."""
    age = (_known(person.age) - 55) / 10
    hdl_mmol = _known(person.hdl_c) * MMOL_PER_MG_DL
    non_hdl = _known(person.total_c) * MMOL_PER_MG_DL - hdl_mmol - 3.5
    sbp, bmi, egfr = _known(person.sbp), _known(person.bmi), _known(person.egfr)
    treated, statin = _known(person.bp_tx), _known(person.statin)
    found = {
        "constant": 1.0,
        "age": age,
        "age_squared": age**2,
        "non_hdl": non_hdl,
        "hdl": (hdl_mmol - 1.3) / 0.3,
        "sbp_below_110": (min(sbp, 110) - 110) / 20,
        "sbp_from_110": (max(sbp, 110) - 130) / 20,
        "diabetes": _known(person.dm),
        "smoking": _known(person.smoking),
        "bmi_below_30": (min(bmi, 30) - 25) / 5,
        "bmi_from_30": (max(bmi, 30) - 30) / 5,
        "egfr_below_60": (min(egfr, 60) - 60) / -15,
        "egfr_from_60": (max(egfr, 60) - 90) / -15,
        "bp_treated": treated,
        "statin": statin,
    }
    crossed = ("non_hdl", "hdl", "sbp_from_110", "diabetes", "smoking", "bmi_from_30")
    found |= {f"age_{name}": age * found[name] for name in (*crossed, "egfr_below_60")}
    found["bp_treated_sbp_from_110"] = treated * found["sbp_from_110"]
    found["statin_non_hdl"] = statin * non_hdl
    return found | _additional_terms(person)


def _additional_terms(person: PreventInput) -> dict[str, float]:
    over = 0.0 if person.hba1c is None else person.hba1c - 5.3
    sdi = person.sdi or 0
    return {
        "hba1c_diabetes": over if person.dm else 0.0,
        "hba1c_no_diabetes": 0.0 if person.dm else over,
        "hba1c_unknown": float(person.hba1c is None),
        "ln_uacr": 0.0 if person.uacr is None else math.log(person.uacr),
        "uacr_unknown": float(person.uacr is None),
        "sdi_4_to_6": float(4 <= sdi <= 6),
        "sdi_7_to_10": float(sdi >= 7),
        "sdi_unknown": float(person.sdi is None),
    }


def _known(value: float | None) -> float:
    """Asked for only after nothing was found missing."""
    assert value is not None  # noqa: S101
    return float(value)

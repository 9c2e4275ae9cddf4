"""What PREVENT's number is made of: the same person with lower risk, and what each factor adds.

The equations are logistic, and every term that is not of age alone belongs to one factor: so a
person's log odds are those of a neutral person of her age and sex plus one exact sum a factor.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from backend.science.prevent import (
    MMOL_PER_MG_DL,
    OUTCOMES,
    PreventInput,
    Risk,
    prevent_risk,
    term_sums,
)

FACTORS: Final = (
    "blood_pressure",
    "cholesterol",
    "smoking",
    "diabetes",
    "weight",
    "kidneys",
    "neighbourhood",
)
# Where each term belongs, by how its name begins once age is taken off.
_BEGINS: Final = {
    "sbp": "blood_pressure",
    "bp_treated": "blood_pressure",
    "non_hdl": "cholesterol",
    "hdl": "cholesterol",
    "statin": "cholesterol",
    "smoking": "smoking",
    "diabetes": "diabetes",
    "hba1c": "diabetes",
    "bmi": "weight",
    "egfr": "kidneys",
    "ln_uacr": "kidneys",
    "uacr": "kidneys",
    "sdi": "neighbourhood",
}
GOOD_SBP: Final = 120.0
GOOD_NON_HDL: Final = 3.5 / MMOL_PER_MG_DL  # where the equations' own scale begins
GOOD_BMI: Final = 25.0
# What a person can change, and how it would be.
CHANGES: Final[Mapping[str, Callable[[PreventInput], PreventInput]]] = {
    "smoking": lambda one: replace(one, smoking=False),
    "blood_pressure": lambda one: replace(one, sbp=min(one.sbp or 0.0, GOOD_SBP)),
    "cholesterol": lambda one: replace(
        one, total_c=min(one.total_c or 0.0, (one.hdl_c or 0.0) + GOOD_NON_HDL)
    ),
    "weight": lambda one: replace(one, bmi=min(one.bmi or 0.0, GOOD_BMI)),
}


def neutral(person: PreventInput) -> PreventInput:
    """Somebody of the same age and sex whose every factor is where it adds nothing or little."""
    return replace(
        person,
        sbp=GOOD_SBP,
        bp_tx=False,
        hdl_c=1.3 / MMOL_PER_MG_DL,
        total_c=1.3 / MMOL_PER_MG_DL + GOOD_NON_HDL,
        statin=False,
        dm=False,
        smoking=False,
        egfr=90.0,
        bmi=GOOD_BMI,
        hba1c=None if person.hba1c is None else 5.3,
        uacr=None if person.uacr is None else 1.0,
        sdi=None if person.sdi is None else 1.0,
    )


def log_odds_added(
    person: PreventInput, risk: Risk, outcome: str = OUTCOMES[0]
) -> dict[str, float]:
    """By factor, over the neutral person; they sum up to the whole difference exactly."""
    ours, theirs = term_sums(person, risk, outcome), term_sums(neutral(person), risk, outcome)
    added = dict.fromkeys(FACTORS, 0.0)
    for term, value in ours.items():
        if (factor := _factor_of(term)) is not None:
            added[factor] += value - theirs[term]
    return added


def _factor_of(term: str) -> str | None:
    """None for what is of age alone."""
    plain = term.removeprefix("age_")
    return next((factor for begin, factor in _BEGINS.items() if plain.startswith(begin)), None)


def with_changes(person: PreventInput, risk: Risk) -> tuple[PreventInput, tuple[str, ...]]:
    """The person after every change that lowers her risk of any cardiovascular disease, and which.

    Each change moves the log odds by itself, so whether it lowers them is asked one by one. Among
    the old the equations have high cholesterol lower the risk: that is no change to ask for.
    """
    changed, kept = person, []
    for factor, change in CHANGES.items():
        if _total(change(person), risk) < _total(person, risk):
            changed = change(changed)
            kept.append(factor)
    return changed, tuple(kept)


def _total(person: PreventInput, risk: Risk) -> float:
    found = prevent_risk(person, risk.years, model=risk.model)
    return found.percent[OUTCOMES[0]] if isinstance(found, Risk) else float("inf")

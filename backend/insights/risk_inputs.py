"""The evidence of risk_evidence.py as the inputs of the equations, and what they are asked by."""

from collections.abc import Iterable
from typing import Final

from backend.insights.evidence import Evidence
from backend.science.findrisc import FindriscInput, Relatives
from backend.science.prevent import PreventInput

ASKED_FOR: Final = {  # an equation's own name, as what a person is asked for
    "age": "birth_date",
    "sbp": "systolic",
    "bp_tx": "bp_medicine",
    "total_c": "total_cholesterol",
    "hdl_c": "hdl_cholesterol",
    "dm": "diabetes",
    "uacr": "urine_albumin",
    "sdi": "deprivation",
    "female": "sex",
    "waist_cm": "waist",
    "active_daily": "active",
    "greens_daily": "greens",
    "bp_medicine_ever": "bp_medicine",
    "high_glucose_ever": "high_glucose",
}
RELATIVES: Final = {
    "close": Relatives.CLOSE,
    "distant": Relatives.DISTANT,
    "none": Relatives.NONE,
}


class Known:
    """The inputs by name, None for what nobody told."""

    def __init__(self, evidence: Evidence) -> None:
        self._columns = evidence.columns
        asked, chosen = (evidence.columns[name].tolist() for name in ("questions", "choices"))
        self._answers = dict(zip(asked, chosen, strict=True))

    def number(self, name: str) -> float | None:
        """The age, or what was measured."""
        return float(self._columns[name][0]) if name in self._columns else None

    def is_one_of(self, question: str, *choices: str) -> bool | None:
        """Whether such was the answer."""
        chosen = self._answers.get(question)
        return None if chosen is None else chosen in choices

    @property
    def sex(self) -> str | None:
        """Female or male."""
        return str(self._columns["sex"][0]) if "sex" in self._columns else None

    @property
    def bmi(self) -> float | None:
        """From weight and height."""
        weight, height = self.number("body_weight"), self.number("body_height")
        return None if weight is None or height is None else weight / (height / 100) ** 2

    def for_prevent(self) -> PreventInput:
        """As PREVENT takes it."""
        tenth = self._answers.get("deprivation")
        return PreventInput(
            age=self.number("age"),
            sex=self.sex,
            sbp=self.number("systolic"),
            bp_tx=self.is_one_of("bp_medicine", "now"),
            total_c=self.number("total_cholesterol"),
            hdl_c=self.number("hdl_cholesterol"),
            statin=self.is_one_of("statin", "yes"),
            dm=self.is_one_of("diabetes", "yes"),
            smoking=self.is_one_of("smoking", "yes"),
            egfr=self.number("egfr"),
            bmi=self.bmi,
            hba1c=self.number("hba1c"),
            uacr=self.number("urine_albumin"),
            sdi=None if tenth is None else float(tenth),
        )

    def for_findrisc(self) -> FindriscInput:
        """As FINDRISC takes it."""
        sex, family = self.sex, self._answers.get("relatives")
        return FindriscInput(
            age=self.number("age"),
            female=None if sex is None else sex == "female",
            bmi=self.bmi,
            waist_cm=self.number("waist"),
            active_daily=self.is_one_of("active", "yes"),
            greens_daily=self.is_one_of("greens", "yes"),
            bp_medicine_ever=self.is_one_of("bp_medicine", "now", "earlier"),
            high_glucose_ever=self.is_one_of("high_glucose", "yes"),
            relatives=None if family is None else RELATIVES[family],
        )

    def asked_for(self, names: Iterable[str]) -> tuple[str, ...]:
        """What a person has to be asked for, where an equation lacks these."""
        asked: list[str] = []
        for name in names:
            if name == "bmi":
                asked += [k for k in ("body_weight", "body_height") if self.number(k) is None]
            else:
                asked.append(ASKED_FOR.get(name, name))
        return tuple(asked)

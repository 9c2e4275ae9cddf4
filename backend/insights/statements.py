"""Evidence in, statement out: what a finding will say, still without a patient or a clock."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backend.insights.evidence import Evidence
from backend.science import activity, adherence, glucose, heart
from backend.science.refusal import Refusal

DIGITS = 3  # beyond what any sensor knows; keeps rows short and equal on every machine


@dataclass(frozen=True, slots=True)
class Statement:
    """A value with its interval, and what else the method found, units in the names.

    Without an interval it is a count of what is there, or its notes say what is not certain.
    """

    value: float
    lower: float | None  # None where counting leaves no doubt
    upper: float | None
    detail: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """No number leaves a method without its uncertainty."""
        is_open = self.lower is None or self.upper is None
        if is_open and not float(self.value).is_integer() and not self.detail.get("notes"):
            raise ValueError("a number without its uncertainty")


Answer = Statement | Refusal


def time_in_range(evidence: Evidence) -> Answer:
    """Share of sensor glucose from 70 to 180 mg/dL; GMI and CV stand in the detail."""
    found = glucose.glucose_profile(
        evidence.columns["glucose_ms"],
        evidence.columns["glucose_mg_dl"],
        start_ms=evidence.start_ms,
        end_ms=evidence.end_ms,
    )
    if isinstance(found, Refusal):
        return found
    return statement(
        found,
        evidence,
        value=found.in_70_180_percent,
        lower=found.in_range_lower_percent,
        upper=found.in_range_upper_percent,
    )


def night_resting_heart_rate(evidence: Evidence) -> Answer:
    """The last measured night's rate beside the person's usual range."""
    columns = evidence.columns
    nights = heart.night_rates(
        columns["heart_ms"],
        columns["heart_per_min"],
        columns["steps_ms"],
        columns["steps"],
        columns["nights_ms"],
    )
    found = heart.compare_with_usual(nights)
    if isinstance(found, Refusal):
        return found
    return statement(
        found,
        evidence,
        value=found.rate_per_min,
        lower=found.lower_per_min,
        upper=found.upper_per_min,
    )


def activity_trend(evidence: Evidence) -> Answer:
    """Steps a day gained or lost each week."""
    found = activity.activity_trend(evidence.columns["days"], evidence.columns["steps_per_day"])
    if isinstance(found, Refusal):
        return found
    return statement(
        found,
        evidence,
        value=found.slope_steps_per_day_per_week,
        lower=found.lower_steps_per_day_per_week,
        upper=found.upper_steps_per_day_per_week,
    )


def days_covered(evidence: Evidence) -> Answer:
    """Share of days on which all due doses were taken, of the medicine that lacks the most.

    Medicines are not blended: one that is never taken would vanish behind four that are.
    """
    told = [
        (name, found)
        for n, name in enumerate(evidence.columns["names"].tolist())
        if not isinstance(found := _adherence_of(evidence, n), Refusal)
    ]
    if not told:
        return _thin_adherence(evidence)
    name, found = min(told, key=lambda one: (one[1].pdc_percent, one[0]))
    answer = statement(
        found,
        evidence,
        value=found.pdc_percent,
        lower=found.pdc_lower_percent,
        upper=found.pdc_upper_percent,
    )
    each = {name: rounded(found.pdc_percent) for name, found in told}
    return replace(answer, detail=answer.detail | {"medicine": name, "pdc_percent_of": each})


def _adherence_of(evidence: Evidence, medicine: int) -> adherence.Adherence | Refusal:
    columns = evidence.columns
    mine = columns["medicines"] == medicine
    return adherence.adherence(
        columns["medicines"][mine],
        columns["days"][mine],
        columns["outcomes"][mine],
        columns["minutes_off"][mine],
    )


def _thin_adherence(evidence: Evidence) -> Refusal:
    """The refusal of the medicine that is nearest to a number."""
    count = len(evidence.columns["names"])
    refused = [_adherence_of(evidence, n) for n in range(max(1, count))]
    found = [one for one in refused if isinstance(one, Refusal)]
    return max(found, key=lambda one: one.have / one.need)


def statement(
    found: Any, evidence: Evidence, *, value: float, lower: float, upper: float
) -> Statement:
    """What was found, with its days."""
    detail = {name: rounded(number) for name, number in dataclasses.asdict(found).items()}
    days = {"first_day": str(evidence.first_day), "last_day": str(evidence.last_day)}
    return Statement(rounded(value), rounded(lower), rounded(upper), detail | days)


def rounded(number: Any) -> Any:
    """Floats to DIGITS; JSON has no NaN and no infinity, so such a one becomes None."""
    if not isinstance(number, float):
        return number
    return round(number, DIGITS) if math.isfinite(number) else None


def refusal_detail(refusal: Refusal, *, some_data: bool) -> Mapping[str, Any]:
    """What an abstention keeps beside its sentence."""
    told = dataclasses.asdict(refusal) | {"have": rounded(refusal.have), "some_data": some_data}
    named = list(told.pop("missing"))
    return told | ({"missing": named} if named else {})

"""Statements on blood pressure and weight measured at home."""

from dataclasses import replace
from datetime import date

from backend.insights.evidence import Evidence
from backend.insights.statements import Answer, Statement, rounded, statement
from backend.science.home_pressure import days_over, home_pressure, very_high
from backend.science.refusal import Refusal
from backend.science.weight import weight_gain, weight_trend

LEAST_READINGS = 2  # in a row
LATELY_DAYS = 2  # that a very high reading is news for


def mean_pressure(evidence: Evidence) -> Answer:
    """The mean of a week's readings: systolic; diastolic in the detail."""
    columns = evidence.columns
    readings = columns["days"], columns["systolic_mm_hg"], columns["diastolic_mm_hg"]
    found = home_pressure(*readings)
    if isinstance(found, Refusal):
        return found
    answer = statement(
        found,
        evidence,
        value=found.systolic_mm_hg,
        lower=found.systolic_lower_mm_hg,
        upper=found.systolic_upper_mm_hg,
    )
    over = [
        {"day": str(date.fromordinal(day)), "over_mm_hg": rounded(over)}
        for day, over in days_over(*readings)
    ]
    return replace(answer, detail=answer.detail | {"days_over": over})


def very_high_pressure(evidence: Evidence) -> Answer:
    """How often the last two days a very high reading was followed by another."""
    columns = evidence.columns
    late = columns["days"] > evidence.last_day.toordinal() - LATELY_DAYS
    top, bottom = columns["systolic_mm_hg"][late], columns["diastolic_mm_hg"][late]
    if len(top) < LEAST_READINGS:
        return Refusal("too_few_pressures", len(top), LEAST_READINGS, "readings")
    confirmed = very_high(columns["reading_ms"][late], top, bottom)
    days = sorted(set(columns["days"][late][confirmed].tolist()))
    detail = {
        "readings": len(top),
        "highest_systolic_mm_hg": float(top.max()),
        "highest_diastolic_mm_hg": float(bottom.max()),
        "days_very_high": [str(date.fromordinal(day)) for day in days],
        "first_day": str(evidence.first_day),
        "last_day": str(evidence.last_day),
    }
    return Statement(float(len(confirmed)), None, None, detail)


def fast_gain(evidence: Evidence) -> Answer:
    """What the last day weighs over the lightest of the week before, on the same scale."""
    columns = evidence.columns
    found = weight_gain(columns["days"], columns["scales"], columns["weight_kg"])
    if isinstance(found, Refusal):
        return found
    return statement(
        found,
        evidence,
        value=found.gain_7_days_kg,
        lower=found.gain_7_days_lower_kg,
        upper=found.gain_7_days_upper_kg,
    )


def slow_change(evidence: Evidence) -> Answer:
    """Kilograms gained or lost each week, over three months."""
    columns = evidence.columns
    found = weight_trend(columns["days"], columns["scales"], columns["weight_kg"])
    if isinstance(found, Refusal):
        return found
    return statement(
        found,
        evidence,
        value=found.kg_per_week,
        lower=found.kg_per_week_lower,
        upper=found.kg_per_week_upper,
    )

"""When a finding asks for a look: published targets, never a diagnosis.

Time in range under 70 %, time below 54 mg/dL over 1 % (Battelino et al., Diabetes Care
2019;42:1593); PDC under 80 % (PQA); two or more nights in a row above one's own usual (Alavi et
al., Nat Med 2022;28:175); a mean pressure at home whose lower end is 135/85 or more (NICE NG136),
very high readings that were confirmed (AHA); gains of weight that count in heart failure (ESC 2021,
AHA); a fall in steps whose whole interval lies below zero and that exceeds 5 % a week; values that
a device or a unit made.
"""

from collections.abc import Callable, Mapping
from typing import Any

Detail = Mapping[str, Any]


def _glucose(value: float, detail: Detail) -> str:
    if (detail.get("below_54_percent") or 0) > 1:
        return f"{detail['below_54_percent']:.1f} % of glucose below 54 mg/dL (target: under 1 %)"
    return f"{value:.0f} % of glucose in range (target: 70 % or more)" if value < 70 else ""


def _heart(value: float, detail: Detail) -> str:
    nights = detail.get("nights_high_in_row") or 0
    if nights < 2:
        return ""
    above = detail.get("above_usual_per_min") or 0
    return f"Resting heart rate above the usual range for {nights} nights (last: {above:+.0f}/min)"


def _activity(value: float, detail: Detail) -> str:
    change, upper = (
        detail.get("change_percent_per_week"),
        detail.get("upper_steps_per_day_per_week"),
    )
    if change is None or upper is None or upper >= 0 or change > -5:
        return ""
    return f"Steps fall by {-change:.0f} % a week"


def _adherence(value: float, detail: Detail) -> str:
    if value >= 80:
        return ""
    of = f" of {detail['medicine']}" if len(detail.get("pdc_percent_of") or ()) > 1 else ""
    return f"All doses{of} taken on {value:.0f} % of days (target: 80 %)"


def _pressure(value: float, detail: Detail) -> str:
    if detail.get("surely_over_135_85_mm_hg", -1.0) < 0:
        return ""
    return f"Blood pressure at home {value:.0f}/{detail['diastolic_mm_hg']:.0f} (limit: 135/85)"


def _very_high_pressure(value: float, detail: Detail) -> str:
    highest = f"{detail['highest_systolic_mm_hg']:.0f}/{detail['highest_diastolic_mm_hg']:.0f}"
    return f"Very high blood pressure, confirmed (highest {highest})" if value else ""


def _gain(value: float, detail: Detail) -> str:
    if (soon := detail.get("gain_3_days_kg") or 0) > 2:
        return f"Gained {soon:.1f} kg in 3 days (limit in heart failure: 2 kg)"
    return (
        f"Gained {value:.1f} kg in a week (limit in heart failure: 2.3 kg)" if value > 2.3 else ""
    )


def _quality(value: float, detail: Detail) -> str:
    return str(detail.get("says", "")) if value > 0 else ""


JUDGES: dict[str, Callable[[float, Detail], str]] = {
    "glucose.time_in_range": _glucose,
    "heart.night_resting": _heart,
    "activity.trend": _activity,
    "adherence.pdc": _adherence,
    "pressure.home": _pressure,
    "pressure.very_high": _very_high_pressure,
    "weight.gain": _gain,
    "quality.levels": _quality,
}


# Thin data of these are worth a word; the others lack the same data, or are for whoever looks.
MISSED_WHEN_THIN = frozenset(JUDGES) - {"quality.levels", "pressure.very_high", "weight.gain"}


def reason_to_look(method: str, value: float | None, detail: Detail) -> str:
    """Why a person should look at this finding, in words; empty if it is within its target."""
    judge = JUDGES.get(method)
    return judge(value, detail) if judge and value is not None else ""

"""When a finding asks for a look: published targets, never a diagnosis.

Time in range under 70 %, time below 54 mg/dL over 1 % (Battelino et al., Diabetes Care
2019;42:1593); PDC under 80 % (PQA); two or more nights in a row above one's own usual (Alavi et
al., Nat Med 2022;28:175); a mean pressure at home whose lower end is 135/85 or more (NICE NG136),
very high readings that were confirmed (AHA); gains of weight that count in heart failure (ESC 2021,
AHA); a fall in steps whose whole interval lies below zero and that exceeds 5 % a week; values that
a device or a unit made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """Why a person should look, in words, and how bad it is: more is worse, in its own measure."""

    reason: str
    level: float


def _glucose(value: float, detail: Detail) -> Judged | None:
    if (low := detail.get("below_54_percent") or 0) > 1:
        said = f"{low:.1f} % of glucose below 54 mg/dL (target: under 1 %)"
        return Judged(said, 100 + low)  # lows before anything that is merely out of range
    if value >= 70:
        return None
    return Judged(f"{value:.0f} % of glucose in range (target: 70 % or more)", 70 - value)


def _glucose_ahead(value: float, detail: Detail) -> Judged | None:
    """Of lows to come the team hears where the patient's plan says so."""
    if detail.get("alarm") != "low" or not detail.get("tells_team"):
        return None
    said = f"A low is likely within {detail['alarm_minutes']} minutes or so of the last reading"
    return Judged(f"{said} ({detail['last_mg_dl']:.0f} mg/dL)", 300 - detail["last_mg_dl"])


def _heart(value: float, detail: Detail) -> Judged | None:
    nights = detail.get("nights_high_in_row") or 0
    if nights < 2:
        return None
    above = detail.get("above_usual_per_min") or 0
    said = f"Resting heart rate above the usual range for {nights} nights (last: {above:+.0f}/min)"
    return Judged(said, above)


def _early(value: float, detail: Detail) -> Judged | None:
    nights = [
        f"{_day(night['day'])} {night['above_per_min']:+.0f}/min"
        for night in detail.get("nights", ())
    ]
    return Judged(f"Nights unlike the usual: {', '.join(nights)}", value) if nights else None


def _activity(value: float, detail: Detail) -> Judged | None:
    change = detail.get("change_percent_per_week")
    upper = detail.get("upper_steps_per_day_per_week")
    if change is None or upper is None or upper >= 0 or change > -5:
        return None
    days = ""
    if "first_day" in detail:
        days = f", {_day(detail['first_day'])} to {_day(detail['last_day'])}"
    return Judged(f"Steps fall by {-change:.0f} % a week ({value:+.0f} a day{days})", -change)


def _adherence(value: float, detail: Detail) -> Judged | None:
    if value >= 80:
        return None
    of = f" of {detail['medicine']}" if len(detail.get("pdc_percent_of") or ()) > 1 else ""
    return Judged(f"All doses{of} taken on {value:.0f} % of days (target: 80 %)", 80 - value)


def _pressure(value: float, detail: Detail) -> Judged | None:
    if detail.get("surely_over_135_85_mm_hg", -1.0) < 0:
        return None
    mean = f"{value:.0f}/{detail['diastolic_mm_hg']:.0f}"
    days = [f"{_day(d['day'])} {d['over_mm_hg']:+.0f}" for d in detail.get("days_over", ())]
    return Judged(f"Blood pressure at home {mean}, over 135/85{_on(days)}", value)


def _very_high_pressure(value: float, detail: Detail) -> Judged | None:
    if not value:
        return None
    highest = detail["highest_systolic_mm_hg"], detail["highest_diastolic_mm_hg"]
    days = _on([_day(day) for day in detail.get("days_very_high", ())])
    most = f"highest {highest[0]:.0f}/{highest[1]:.0f}, limit: 180/110"
    return Judged(f"Very high blood pressure, confirmed{days} ({most})", highest[0])


def _gain(value: float, detail: Detail) -> Judged | None:
    if (soon := detail.get("gain_3_days_kg") or 0) > 2:
        gained, days, limit = soon, "3 days", "2 kg"
    elif value > 2.3:
        gained, days, limit = value, "a week", "2.3 kg"
    else:
        return None
    last = f", up to {_day(detail['last_day'])}" if "last_day" in detail else ""
    said = f"Gained {gained:.1f} kg in {days}{last} (limit in heart failure: {limit})"
    return Judged(said, gained)


def _on(days: list[str]) -> str:
    """Nothing for a finding that an earlier version wrote, without its days."""
    return f" on {', '.join(days)}" if days else ""


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day:%a} {day.day} {day:%b}"


def _quality(value: float, detail: Detail) -> Judged | None:
    said = str(detail.get("says", "")) if value > 0 else ""
    return Judged(said, value) if said else None


JUDGES: dict[str, Callable[[float, Detail], Judged | None]] = {
    "glucose.ahead": _glucose_ahead,
    "glucose.time_in_range": _glucose,
    "heart.night_resting": _heart,
    "heart.early_warning": _early,
    "activity.trend": _activity,
    "adherence.pdc": _adherence,
    "pressure.home": _pressure,
    "pressure.very_high": _very_high_pressure,
    "weight.gain": _gain,
    "quality.levels": _quality,
}


# Thin data of these are worth a word; the others lack the same data, or are for whoever looks.
MISSED_WHEN_THIN = frozenset(JUDGES) - {
    "glucose.ahead",
    "quality.levels",
    "heart.early_warning",
    "pressure.very_high",
    "weight.gain",
}


def judge(method: str, value: float | None, detail: Detail) -> Judged | None:
    """What is wrong with this finding; None if it is within its target."""
    judge_of = JUDGES.get(method)
    return judge_of(value, detail) if judge_of and value is not None else None


def reason_to_look(method: str, value: float | None, detail: Detail) -> str:
    """The same in words alone; empty if it is within its target."""
    judged = judge(method, value, detail)
    return judged.reason if judged else ""

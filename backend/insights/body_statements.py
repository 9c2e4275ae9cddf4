"""Statements on glucose's swings, risk and lows, on beats, sleep and active minutes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.insights.evidence import GLUCOSE_DAYS, Evidence
from backend.insights.statements import Answer, Statement, rounded, statement
from backend.science.active_week import LEAST_DAYS, active_week
from backend.science.beats import LEAST_MINUTES
from backend.science.glucose_certainty import cv_interval, gri_interval, weekly
from backend.science.glucose_consensus import GlucoseConsensus, glucose_consensus
from backend.science.glucose_episodes import Episode
from backend.science.heart_rest import resting_variability
from backend.science.refusal import Refusal
from backend.science.sleep_regularity import sleep_regularity
from backend.science.sleep_states import EPOCH_MS, sleep_states

EPOCHS_A_DAY = 86_400_000 // EPOCH_MS
ACTIVE_DAYS_PER_PERCENT = GLUCOSE_DAYS / 100
EPISODES = ("below_70", "below_54", "above_180", "above_250")


def _consensus(evidence: Evidence) -> GlucoseConsensus | Refusal:
    return glucose_consensus(
        evidence.columns["glucose_ms"],
        evidence.columns["glucose_mg_dl"],
        window=(evidence.start_ms, evidence.end_ms),
    )


def glucose_swings(evidence: Evidence) -> Answer:
    """CV; SD, MAGE, MODD and J-index in the detail."""
    found = _consensus(evidence)
    if isinstance(found, Refusal):
        return found
    profile, mage = found.profile, found.mage
    lower, upper = cv_interval(*_readings(evidence), profile.cv_percent, start_ms=evidence.start_ms)
    detail = {
        "cv_percent": profile.cv_percent,
        "mean_mg_dl": profile.mean_mg_dl,
        "sd_mg_dl": profile.sd_mg_dl,
        "j_index": found.j_index,
        **_or_why("mage_mg_dl", mage if isinstance(mage, Refusal) else mage.mage_mg_dl),
        **_or_why("modd_mg_dl", found.modd_mg_dl),
    }
    return _told(evidence, profile.cv_percent, lower, upper, detail)


def glucose_risk(evidence: Evidence) -> Answer:
    """GRI; LBGI, HBGI, GMI and eA1c in the detail."""
    found = _consensus(evidence)
    if isinstance(found, Refusal):
        return found
    lower, upper = gri_interval(*_readings(evidence), found.gri, start_ms=evidence.start_ms)
    risk = found.risk
    detail = {
        **_or_why("lbgi", risk if isinstance(risk, Refusal) else risk.lbgi),
        **_or_why("hbgi", risk if isinstance(risk, Refusal) else risk.hbgi),
        "gmi_percent": found.profile.gmi_percent,
        "ea1c_percent": found.ea1c_percent,
        "below_54_percent": found.profile.below_54_percent,
        "above_250_percent": found.profile.above_250_percent,
    }
    return _told(evidence, found.gri, lower, upper, detail)


def glucose_lows(evidence: Evidence) -> Answer:
    """Episodes under 70 mg/dL in a week of sensor time; the other thresholds in the detail."""
    found = _consensus(evidence)
    if isinstance(found, Refusal):
        return found
    lows = found.below_70
    if isinstance(lows, Refusal):
        return lows
    active_days = ACTIVE_DAYS_PER_PERCENT * found.profile.active_percent
    a_week, lower, upper = weekly(len(lows), active_days)
    detail: dict[str, Any] = {"active_days": active_days}
    for name in EPISODES:
        detail |= _counted(name, getattr(found, name))
    return _told(evidence, a_week, lower, upper, detail)


def _counted(name: str, ones: tuple[Episode, ...] | Refusal) -> dict[str, Any]:
    if isinstance(ones, Refusal):
        return {f"{name}_episodes": None}
    minutes = [one.minutes for one in ones]
    return {
        f"{name}_episodes": len(ones),
        f"{name}_longest_minutes": max(minutes, default=0.0),
        f"{name}_minutes": sum(minutes, 0.0),
    }


def _readings(evidence: Evidence) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    at, values = evidence.columns["glucose_ms"], evidence.columns["glucose_mg_dl"]
    inside = (at >= evidence.start_ms) & (at < evidence.end_ms) & np.isfinite(values)
    return at[inside], values[inside]


def _or_why(name: str, number: float | Refusal) -> dict[str, Any]:
    """The number, or None and the code of the reason beside it."""
    if isinstance(number, Refusal):
        return {name: None, f"{name}_refused": number.code}
    return {name: number}


def _told(
    evidence: Evidence, value: float, lower: float, upper: float, detail: dict[str, Any]
) -> Statement:
    days = {"first_day": str(evidence.first_day), "last_day": str(evidence.last_day)}
    told = {name: rounded(number) for name, number in detail.items()}
    return Statement(rounded(value), rounded(lower), rounded(upper), told | days)


def heart_variability(evidence: Evidence) -> Answer:
    """RMSSD at rest on the last day with beats; SDNN, pNN50 and powers in the detail."""
    columns = evidence.columns
    if not len(columns["rr_ms"]):
        return Refusal("too_short_recording", 0.0, LEAST_MINUTES, "min")
    found = resting_variability(
        columns["beat_ms"], columns["rr_ms"], columns["step_ms"], columns["steps"]
    )
    if isinstance(found, Refusal):
        return found
    return statement(
        found,
        evidence,
        value=found.rmssd_ms,
        lower=found.rmssd_lower_ms,
        upper=found.rmssd_upper_ms,
    )


def sleep_rhythm(evidence: Evidence) -> Answer:
    """The sleep regularity index of two weeks."""
    columns = evidence.columns
    states = sleep_states(
        columns["stage_ms"],
        columns["asleep"],
        columns["noons_ms"].tolist(),
        epochs_per_day=EPOCHS_A_DAY,
    )
    found = sleep_regularity(states, epochs_per_day=EPOCHS_A_DAY)
    if isinstance(found, Refusal):
        return found
    return statement(found, evidence, value=found.sri, lower=found.lower_sri, upper=found.upper_sri)


def active_minutes(evidence: Evidence) -> Answer:
    """Minutes a day of walking or more; steps and long sitting in the detail."""
    columns = evidence.columns
    if not len(columns["step_ms"]):
        return Refusal("too_few_worn_days", 0.0, LEAST_DAYS, "days")
    found = active_week(
        columns["step_ms"],
        columns["steps"],
        columns["worn_ms"],
        columns["sleep_ms"].tolist(),
        columns["days_ms"].tolist(),
    )
    if isinstance(found, Refusal):
        return found
    return statement(
        found,
        evidence,
        value=found.active_minutes_per_day,
        lower=found.active_minutes_lower,
        upper=found.active_minutes_upper,
    )

"""The registry: what may write findings. A new method is one entry here, and its tests.

`version` is the algorithm's own; a higher one supersedes what an older one said. `purpose` is the
intended purpose that the care team reads: what the number is for, and what it is not for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from backend.insights import (
    body_statements,
    day_evidence,
    device_evidence,
    device_statements,
    event_evidence,
    event_statements,
    evidence,
    glucose_ahead,
    home_evidence,
    home_statements,
    medicine_evidence,
    medicine_statements,
    night_evidence,
    night_statements,
    risk_evidence,
    risk_statements,
    statements,
)
from backend.insights.evidence import Evidence
from backend.insights.statements import Answer
from backend.science import (
    active_week,
    activity,
    adherence,
    adherence_risk,
    early_warning,
    event_hours,
    findrisc,
    glucose,
    glucose_consensus,
    glucose_episodes,
    glucose_forecast,
    glucose_risk,
    heart,
    heart_rest,
    home_pressure,
    level_step,
    monitor,
    monitor_openings,
    pdc,
    prevent,
    sleep_regularity,
    wear,
    weight,
)


@dataclass(frozen=True, slots=True)
class Method:
    """A named pure function over evidence; what it says is worth acting on for `valid_days`.

    Its words stand in templates/insights/said under the name. Methods that share a gatherer are
    shown the same evidence, which is read once. A learned one is also given the version in use
    (in_use.py), whose version is its findings'; its own `version` is that of what comes with the
    project.
    """

    name: str
    version: str
    label: str
    unit: str
    valid_days: int
    purpose: str
    gather: Callable[..., Evidence]  # gather(chart, *, now)
    state: Callable[..., Answer]  # state(evidence), or state(evidence, model) of a learned one
    is_learned: bool = False


_TABLE = (
    Method(
        name=glucose_ahead.METHOD,
        version=glucose_forecast.VERSION,
        label="Glucose in an hour",
        unit="mg/dL",
        valid_days=0,  # it holds for two hours after the last reading
        purpose="Shows where sensor glucose will likely be, with 90 % intervals, and warns of a "
        "low or high to come. Not for setting a dose. It misses some lows: symptoms count first.",
        gather=glucose_ahead.gather_ahead,
        state=glucose_ahead.state_ahead,
        is_learned=True,
    ),
    Method(
        name="glucose.time_in_range",
        version=glucose.VERSION,
        label="Glucose: time in range",
        unit="%",
        valid_days=7,
        purpose="Shows how much of two weeks sensor glucose stayed from 70 to 180 mg/dL, for talks "
        "between patient and care team. Not for setting a dose.",
        gather=evidence.gather_glucose,
        state=statements.time_in_range,
    ),
    Method(
        name="glucose.swings",
        version=glucose_consensus.VERSION,
        label="Glucose: swings (CV)",
        unit="%",
        valid_days=7,
        purpose="Shows how much sensor glucose went up and down in two weeks (CV, SD, MAGE, MODD, "
        "J-index), for talks between patient and care team. Not for setting a dose.",
        gather=evidence.gather_glucose,
        state=body_statements.glucose_swings,
    ),
    Method(
        name="glucose.risk",
        version=glucose_risk.VERSION,
        label="Glucose: risk of lows and highs (GRI)",
        unit="{score}",
        valid_days=7,
        purpose="Sums up the lows and highs of two weeks in one grade from 0 (best) to 100, with "
        "LBGI, HBGI, GMI and eA1c beside it. It does not foresee the next low.",
        gather=evidence.gather_glucose,
        state=body_statements.glucose_risk,
    ),
    Method(
        name="glucose.lows",
        version=glucose_episodes.VERSION,
        label="Glucose: lows each week",
        unit="/wk",
        valid_days=7,
        purpose="Counts episodes of 15 minutes or more under 70 mg/dL, and under 54, over 180 and "
        "over 250, to talk about when and why. It looks back: it is no alarm.",
        gather=evidence.gather_glucose,
        state=body_statements.glucose_lows,
    ),
    Method(
        name="heart.night_resting",
        version=heart.VERSION,
        label="Resting heart rate at night",
        unit="/min",
        valid_days=3,
        purpose="Sets the last night's resting heart rate beside the person's own usual nights. "
        "It does not say why a night was different.",
        gather=night_evidence.gather_nights,
        state=statements.night_resting_heart_rate,
    ),
    Method(
        name="heart.early_warning",
        version=early_warning.VERSION,
        label="Nights unlike the usual: heart rate above it",
        unit="/min",
        valid_days=2,
        purpose="Tells when the last nights are unlike a person's own (resting heart rate, with "
        "steps and sleep), with one false alarm in about 90 nights, so that she takes care of "
        "herself. It does not say why, and was set on simulated people.",
        gather=night_evidence.gather_nights,
        state=night_statements.unlike_usual,
    ),
    Method(
        name="heart.variability",
        version=heart_rest.VERSION,
        label="Heart rate variability at rest (RMSSD)",
        unit="ms",
        valid_days=3,
        purpose="Sets RMSSD, SDNN, pNN50, LF and HF of five-minute stretches at rest beside those "
        "of other days, measured the same way. It finds no disease of the heart.",
        gather=day_evidence.gather_beats,
        state=body_statements.heart_variability,
    ),
    Method(
        name="seizures.day_ahead",
        version=event_hours.VERSION,
        label="Seizures: chance of one in a day",
        unit="%",
        valid_days=1,
        purpose="Tells from a patient's own diary (20 seizures or more, 90 days kept) the chance "
        "of one on the next day, beside the plain average of 90 days, to plan a day. A low chance "
        "is no safety, and no reason to change a medicine.",
        gather=event_evidence.gather_seizures,
        state=event_statements.seizure_ahead,
    ),
    Method(
        name="pressure.home",
        version=home_pressure.VERSION,
        label="Blood pressure at home: mean of a week",
        unit="mm[Hg]",
        valid_days=14,
        purpose="Shows the mean of a week's readings as guidelines ask for it (12 or more, the "
        "first day left out), for talks with the care team. Not for setting a dose.",
        gather=home_evidence.gather_pressure,
        state=home_statements.mean_pressure,
    ),
    Method(
        name="pressure.very_high",
        version=home_pressure.VERSION,
        label="Blood pressure: very high twice in a row",
        unit="{times}",
        valid_days=2,
        purpose="Counts readings of 180/110 or more that another soon confirmed, in two days, so "
        "that somebody is asked how they feel. It is no alarm system: it hears of late readings.",
        gather=home_evidence.gather_pressure,
        state=home_statements.very_high_pressure,
    ),
    Method(
        name="weight.gain",
        version=weight.VERSION,
        label="Weight: gain in a week",
        unit="kg",
        valid_days=2,
        purpose="Shows a fast gain on one scale, which may be water in people with heart failure, "
        "so that they call early. It cannot tell water from food.",
        gather=home_evidence.gather_weight,
        state=home_statements.fast_gain,
    ),
    Method(
        name="weight.trend",
        version=weight.VERSION,
        label="Weight: change each week",
        unit="kg/wk",
        valid_days=14,
        purpose="Shows whether weight went up or down over three months, scales kept apart, to "
        "start a talk about plans and health. It does not say why.",
        gather=home_evidence.gather_weight,
        state=home_statements.slow_change,
    ),
    Method(
        name="sleep.regularity",
        version=sleep_regularity.VERSION,
        label="Sleep: how regular",
        unit="{score}",
        valid_days=7,
        purpose="Shows how alike sleep and waking are from day to day (100: the same each day, 0: "
        "chance), to talk about habits. It does not say how well a person slept.",
        gather=day_evidence.gather_sleep,
        state=body_statements.sleep_rhythm,
    ),
    Method(
        name="activity.active_minutes",
        version=active_week.VERSION,
        label="Active minutes a day",
        unit="min",
        valid_days=7,
        purpose="Counts minutes of brisk walking or more, and long sitting, in a worn week. "
        "Cycling, swimming and strength are not seen by steps.",
        gather=day_evidence.gather_active_days,
        state=body_statements.active_minutes,
    ),
    Method(
        name="activity.trend",
        version=activity.VERSION,
        label="Steps a day: change each week",
        unit="{steps}/d/wk",
        valid_days=7,
        purpose="Shows whether a person walks more or less than in the weeks before, to start a "
        "talk about daily life. It does not say why.",
        gather=evidence.gather_steps,
        state=statements.activity_trend,
    ),
    Method(
        name="adherence.pdc",
        version=adherence.VERSION,
        label="Medicine kept least: days with all doses taken",
        unit="%",
        valid_days=7,
        purpose="Shows on how many days of the last month the due doses were marked as taken, of "
        "the medicine that lacks the most. It trusts what the patient marked.",
        gather=evidence.gather_doses,
        state=statements.days_covered,
    ),
    Method(
        name="adherence.phases",
        version=monitor.VERSION,
        label="Medicines being taken",
        unit="{medicines}",
        valid_days=7,
        purpose="Shows of each medicine when it was begun, how doses were taken, and for how long "
        "it was kept up: three answers, not one. It trusts what the patient marked.",
        gather=medicine_evidence.gather_medicines,
        state=medicine_statements.by_phases,
    ),
    Method(
        name="adherence.outlook",
        version=adherence_risk.VERSION,
        label="Medicine: chance of missing 20 % or more in 30 days",
        unit="%",
        valid_days=7,
        purpose="A hint whom to ask about their medicines first. It was fitted on simulated people "
        "and not yet checked on real ones: not for any decision on a medicine.",
        gather=medicine_evidence.gather_medicines,
        state=medicine_statements.outlook,
        is_learned=True,
    ),
    Method(
        name="adherence.fills",
        version=pdc.VERSION,
        label="Medicines with known fills",
        unit="{medicines}",
        valid_days=30,
        purpose="Shows of each medicine the days that its fills last for (PDC), days in hospital "
        "left out. It says what was at hand, not what was taken.",
        gather=medicine_evidence.gather_fills,
        state=medicine_statements.by_fills,
    ),
    Method(
        name="adherence.monitor",
        version=monitor_openings.VERSION,
        label="Medicines with a pill monitor",
        unit="{medicines}",
        valid_days=7,
        purpose="Shows of each pill monitor how often it was opened, on how many days as often as "
        "prescribed, and how evenly. An opened box is not yet a dose taken.",
        gather=medicine_evidence.gather_openings,
        state=medicine_statements.by_openings,
    ),
    Method(
        name="risk.prevent",
        version=prevent.VERSION,
        label="Heart and vessels: risk in 10 years (PREVENT)",
        unit="%",
        valid_days=365,
        purpose="Shows the risk of a first heart attack, stroke or heart failure (PREVENT, Khan "
        "2024), to talk about what can change. For people of 30 to 79 years without heart disease; "
        "made in the USA. In other people's data it ranked well (C 0.79 women, 0.76 men) and was "
        "near what happened (slope 1.03, 0.94). It cannot tell who becomes ill.",
        gather=risk_evidence.gather_risk,
        state=risk_statements.heart_risk,
    ),
    Method(
        name="risk.findrisc",
        version=findrisc.VERSION,
        label="Diabetes: risk in 10 years (FINDRISC)",
        unit="{points}",
        valid_days=365,
        purpose="Shows the risk of type 2 diabetes by eight answers (FINDRISC, Lindström 2003), to "
        "talk about habits and tests. For people of 35 to 74 years without diabetes; made in "
        "Finland. It cannot tell who becomes ill.",
        gather=risk_evidence.gather_risk,
        state=risk_statements.diabetes_risk,
    ),
    Method(
        name="wear.glucose",
        version=wear.VERSION,
        label="Glucose sensor: hours worn a day",
        unit="h",
        valid_days=3,
        purpose="Shows how long the sensor measured on each day, and how much of it the readings "
        "cover, to find gaps early. It says nothing about the body.",
        gather=device_evidence.gather_wear("glucose"),
        state=device_statements.hours_measured,
    ),
    Method(
        name="wear.heart_rate",
        version=wear.VERSION,
        label="Watch: hours worn a day",
        unit="h",
        valid_days=3,
        purpose="Shows how long the watch was worn on each day, by its heart rate, and how much of "
        "the day that covers, to find gaps early. It says nothing about the body.",
        gather=device_evidence.gather_wear("heart_rate"),
        state=device_statements.hours_measured,
    ),
    Method(
        name="quality.levels",
        version=level_step.VERSION,
        label="Devices: doubtful values",
        unit="{kinds}",
        valid_days=14,
        purpose="Tells a wrong unit or another device from a change in the body, so that somebody "
        "checks the device. It says nothing about the body.",
        gather=device_evidence.gather_levels,
        state=device_statements.doubtful_levels,
    ),
)

METHODS: dict[str, Method] = {method.name: method for method in _TABLE}

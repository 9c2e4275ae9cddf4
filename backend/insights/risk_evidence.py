"""What the risks are reckoned from: the profile, answers, and the last value of what is measured.

Nothing is guessed: what is not known, or was measured too long ago, is not among the columns.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from backend.insights.evidence import Column, Evidence
from backend.insights.reading import days_of
from backend.patients.access import Category, Chart
from backend.patients.background import answers_of
from backend.patients.models import Patient
from backend.streams.overview import days_of_all

YEAR: Final = timedelta(days=365)
COUNTS_FOR: Final = {  # how long ago a value may have been measured
    "total_cholesterol": 2 * YEAR,
    "hdl_cholesterol": 2 * YEAR,
    "egfr": 2 * YEAR,
    "hba1c": YEAR,
    "urine_albumin": YEAR,
    "waist": YEAR,
    "body_weight": YEAR,
    "body_height": 10 * YEAR,
    "systolic": timedelta(days=180),
}
OLDEST: Final = max(COUNTS_FOR.values())
OFTEN: Final = ("systolic", "body_weight")  # whose days other methods have read already
NEAR: Final = timedelta(days=90)
PRESSURE_DAYS: Final = timedelta(days=28)  # up to the last reading: their mean counts
SEXES: Final = (Patient.Sex.FEMALE, Patient.Sex.MALE)  # the equations know no other


def gather_risk(chart: Chart, *, now: datetime) -> Evidence:
    """One column an input: its value and the day of it; and the answers with their questions."""
    chart.need(Category.PROFILE)
    patient, zone = chart.patient, ZoneInfo(chart.patient.zone)
    today = now.astimezone(zone).date()
    columns = _profile(patient, today) | _measured(chart, today, zone)
    answers = answers_of(chart, at=now)
    columns |= {
        "questions": np.array(list(answers), np.str_),
        "choices": np.array([one.choice for one in answers.values()], np.str_),
    }
    days = [date.fromordinal(int(columns[kind][1])) for kind in COUNTS_FOR if kind in columns]
    days += [one.day for one in answers.values()]
    return Evidence(columns, zone, min(days, default=today), max(days, default=today))


def _profile(patient: Patient, today: date) -> dict[str, Column]:
    born, found = patient.birth_date, {}
    if born is not None:
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        found["age"] = np.array([age], np.int64)
    if patient.sex in SEXES:
        found["sex"] = np.array([patient.sex], np.str_)
    return found


def _measured(chart: Chart, today: date, zone: ZoneInfo) -> dict[str, Column]:
    found: dict[str, tuple[date, float]] = {}
    for kind in OFTEN:
        days = days_of(chart, kind, today - NEAR, today, zone)
        if days:
            last = max(days)
            since = last - PRESSURE_DAYS if kind == "systolic" else last
            found[kind] = last, float(np.mean([days[day].mean for day in days if day >= since]))
    others = [kind for kind in COUNTS_FOR if kind not in found]
    for kind, told in days_of_all(chart, today - OLDEST, today, kinds=others).items():
        found[kind] = told[-1].day, told[-1].mean
    return {
        kind: np.array([value, day.toordinal()], np.float64)
        for kind, (day, value) in found.items()
        if today - day <= COUNTS_FOR[kind]
    }

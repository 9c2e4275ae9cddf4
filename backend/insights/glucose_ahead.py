"""Glucose in the next two hours: what is looked at, what is said, and when it is an alarm.

A forecast is for minutes. It is made when readings arrive (merge, then refresh: two ticks of the
agenda, seconds), from readings that are fresh; what comes late is never forecast from, and never
alarms. A patient who wears no sensor, or whose readings are old, has the same empty evidence on any
day, so that nothing is written for her over and over.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from backend.insights.evidence import Column, Evidence
from backend.insights.models import Finding
from backend.insights.statements import Answer, Statement, rounded
from backend.notices import actions as notices
from backend.notices.queries import is_left_since
from backend.patients.access import Category, Chart
from backend.science.glucose_forecast import (
    WEIGHTS,
    forecast_glucose,
    glucose_forecast_weights,
)
from backend.science.glucose_forecast_grid import MINUTE_MS, MOST_POINTS, STEP_MIN, latest_window
from backend.science.refusal import Refusal
from backend.streams import queries as streams
from backend.streams.columns import EMPTY, Columns
from backend.streams.plans import plans_of
from backend.wire.codec import moment_of
from backend.wire.glucose_ahead import Ahead, digest_of
from backend.wire.glucose_alarm import COOL_DOWN_MS, alarm_of
from backend.wire.glucose_treated import USUAL_DAYS, Taken, leaning, shares, usual_of

METHOD: Final = "glucose.ahead"
FRESH: Final = timedelta(minutes=20)  # a sensor of 15 minutes, and the way here
CLOCKS_DIFFER: Final = timedelta(minutes=5)
LOOKED_AT: Final = timedelta(minutes=STEP_MIN * (MOST_POINTS + 1))
HOLDS: Final = timedelta(minutes=120)
COOL_DOWN: Final = timedelta(milliseconds=COOL_DOWN_MS)
HOUR: Final = 12  # steps
GRACE: Final = timedelta(minutes=20)
TREATMENTS: Final = ("carbohydrate", "insulin_bolus")  # in the order of the weights' rows
USUAL: Final = timedelta(days=USUAL_DAYS)


def gather_ahead(chart: Chart, *, now: datetime) -> Evidence:
    """The last sixteen hours of readings if the newest is fresh, else nothing."""
    zone = ZoneInfo(chart.patient.zone)
    today = now.astimezone(zone).date()
    found = streams.samples(chart, "glucose", start=now - LOOKED_AT, end=now + CLOCKS_DIFFER)
    newest = moment_of(int(found.instants[-1])) if len(found) else None
    if newest is None or newest <= now - FRESH:
        return Evidence(_columns(EMPTY, tells_team=False), zone, today, today)
    plan = plans_of(chart).get("glucose")
    columns = _columns(found, tells_team=bool(plan and plan.tell_team)) | {
        f"{kind}_{part}": column
        for kind in TREATMENTS
        for part, column in _taken(chart, kind, newest).items()
    }
    return Evidence(columns, zone, today, today, valid_until=newest + HOLDS)


def _columns(glucose: Columns, *, tells_team: bool) -> dict[str, Column]:
    return {
        "glucose_ms": glucose.instants,
        "glucose_mg_dl": glucose.values,
        "tells_team": np.array([1] if tells_team else [], np.int64),
    }


def _taken(chart: Chart, kind: str, newest: datetime) -> dict[str, Column]:
    """What the patient logged in the week up to the newest reading."""
    just_after = newest + timedelta(milliseconds=1)
    found = streams.samples(chart, kind, start=newest - USUAL, end=just_after)
    return {"ms": found.instants, "amount": found.values}


def state_ahead(evidence: Evidence) -> Answer:
    """In an hour, with the way there every five minutes up to two, and what it warns of."""
    at, mg_dl = evidence.columns["glucose_ms"], evidence.columns["glucose_mg_dl"]
    window = latest_window(at, mg_dl)
    if isinstance(window, Refusal):
        return window
    told = forecast_glucose(glucose_forecast_weights(), window[None])
    ahead = Ahead(told.mean[0].tolist(), told.lower[0].tolist(), told.upper[0].tolist())
    alarm = alarm_of(float(mg_dl[-1]), _leant(evidence, ahead))
    detail = {
        "last_ms": int(at[-1]),
        "last_mg_dl": rounded(float(mg_dl[-1])),
        "step_minutes": STEP_MIN,
        "mean_mg_dl": [round(one) for one in ahead.mean],
        "lower_mg_dl": [round(one) for one in ahead.lower],
        "upper_mg_dl": [round(one) for one in ahead.upper],
        "alarm": alarm.kind if alarm else "",
        "alarm_minutes": alarm.minutes if alarm else None,
        "tells_team": bool(len(evidence.columns["tells_team"])),
    }
    ends = (ahead.mean[HOUR - 1], ahead.lower[HOUR - 1], ahead.upper[HOUR - 1])
    value, lower, upper = (rounded(one) for one in ends)
    return Statement(value, lower, upper, detail)


def _leant(evidence: Evidence, ahead: Ahead) -> Ahead:
    """What meals and insulin will still do, where they are known, counts for the alarm alone."""
    now_ms = int(evidence.columns["glucose_ms"][-1])
    parts: list[float] = []
    for kind in TREATMENTS:
        at = evidence.columns[f"{kind}_ms"].tolist()
        amounts = evidence.columns[f"{kind}_amount"].tolist()
        parts += shares(Taken(at, amounts, usual_of(at, amounts, now_ms)), now_ms)
    return leaning(weights_file(), ahead, parts) if any(parts) else ahead


@cache
def weights_file() -> dict[str, Any]:
    """The model as the phone gets it."""
    found: dict[str, Any] = json.loads(WEIGHTS.read_text())
    return found


@cache
def _digest() -> str:
    return digest_of(weights_file())


def model_for(known: str | None) -> dict[str, Any] | None:
    """The model for a phone that has one with this digest, or none (""); None: it needs none."""
    return None if known is None or known == _digest() else weights_file()


def raise_alarm(chart: Chart, written: Sequence[Finding], *, now: datetime) -> None:
    """Tell the patient at once, day or night, unless she was told of the same in the last hour.

    Quiet hours do not hold it back: a low at night is the dangerous one. After twenty minutes it
    is too late to be told.
    """
    for finding in written:
        kind = finding.detail.get("alarm") if finding.method == METHOD else ""
        if kind and not is_left_since(chart, f"glucose_{kind}", now - COOL_DOWN):
            notices.announce(
                chart,
                key=f"glucose_{kind}:{chart.patient.id}:{finding.detail['last_ms']}",
                due_at=now,
                template=f"glucose_{kind}",
                values={"minutes": finding.detail["alarm_minutes"]},
                grace=GRACE,
            )


def forecast_of(chart: Chart, *, now: datetime) -> list[tuple[float, float, float, float]]:
    """The standing forecast for a chart, while it holds: ms since 1970, mean, lower, upper.

    It begins with the last reading.
    """
    chart.need(Category.INSIGHTS)
    said = Finding.objects.filter(patient=chart.patient, method=METHOD, superseded_at=None).first()
    if said is None or said.abstained or not said.holds_at(now):
        return []
    detail = said.detail
    last, step = detail["last_ms"], detail["step_minutes"] * MINUTE_MS
    sides = (detail["mean_mg_dl"], detail["lower_mg_dl"], detail["upper_mg_dl"])
    steps = enumerate(zip(*sides, strict=True), start=1)
    return [(last, *(3 * (detail["last_mg_dl"],))), *((last + n * step, *one) for n, one in steps)]

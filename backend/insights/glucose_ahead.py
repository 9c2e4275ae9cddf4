"""Glucose in the next two hours: what is looked at, what is said, and when it is an alarm.

A forecast is for minutes. It is made when readings arrive (merge, then refresh: two ticks of the
agenda, seconds), from readings that are fresh; what comes late is never forecast from, and never
alarms. A patient who wears no sensor, or whose readings are old, has the same empty evidence on any
day, so that nothing is written for her over and over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from backend.core.problems import invalid_field
from backend.insights.evidence import Column, Evidence
from backend.insights.in_use import InUse, in_use_lately
from backend.insights.models import Finding
from backend.insights.statements import Answer, Statement, rounded
from backend.notices import actions as notices
from backend.notices.queries import is_left_since
from backend.patients.access import Category, Chart, Deed
from backend.science.glucose_forecast import (
    GlucoseForecastWeights,
    forecast_glucose,
    weights_from_json,
)
from backend.science.glucose_forecast_grid import MINUTE_MS, MOST_POINTS, STEP_MIN, latest_window
from backend.science.refusal import Refusal
from backend.streams import queries as streams
from backend.streams.columns import EMPTY, Columns
from backend.streams.plans import plans_of
from backend.wire.codec import moment_of, ms_of
from backend.wire.glucose_ahead import NO_MODEL, Ahead, digest_of
from backend.wire.glucose_alarm import COOL_DOWN_MS, GRACE_MS, PREFIX, alarm_key, alarm_of
from backend.wire.glucose_treated import (
    TREATMENTS,
    USUAL_DAYS,
    Taken,
    leaning,
    shares,
    usual_of,
)
from backend.wire.messages import GlucoseAlarmEvent
from backend.wire.problems import Code

METHOD: Final = "glucose.ahead"
FRESH: Final = timedelta(minutes=20)  # a sensor of 15 minutes, and the way here
CLOCKS_DIFFER: Final = timedelta(minutes=5)
LOOKED_AT: Final = timedelta(minutes=STEP_MIN * (MOST_POINTS + 1))
HOLDS: Final = timedelta(minutes=120)
COOL_DOWN: Final = timedelta(milliseconds=COOL_DOWN_MS)
HOUR: Final = 12  # steps
GRACE: Final = timedelta(milliseconds=GRACE_MS)
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


def state_ahead(evidence: Evidence, model: InUse) -> Answer:
    """In an hour, with the way there every five minutes up to two, and what it warns of."""
    at, mg_dl = evidence.columns["glucose_ms"], evidence.columns["glucose_mg_dl"]
    window = latest_window(at, mg_dl)
    if isinstance(window, Refusal):
        return window
    told = forecast_glucose(_weights(model), window[None])
    ahead = Ahead(told.mean[0].tolist(), told.lower[0].tolist(), told.upper[0].tolist())
    alarm = alarm_of(float(mg_dl[-1]), _leant(evidence, ahead, model))
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


@lru_cache(maxsize=8)
def _weights(model: InUse) -> GlucoseForecastWeights:
    """Raises ValueError for those of another version of the algorithm."""
    return weights_from_json(model.artefact)


def _leant(evidence: Evidence, ahead: Ahead, model: InUse) -> Ahead:
    """What meals and insulin will still do, where they are known, counts for the alarm alone."""
    now_ms = int(evidence.columns["glucose_ms"][-1])
    parts: list[float] = []
    for kind in TREATMENTS:
        at = evidence.columns[f"{kind}_ms"].tolist()
        amounts = evidence.columns[f"{kind}_amount"].tolist()
        parts += shares(Taken(at, amounts, usual_of(at, amounts, now_ms)), now_ms)
    return leaning(model.artefact, ahead, parts) if any(parts) else ahead


def model_for(known: str | None, *, now: datetime) -> Mapping[str, Any] | None:
    """The model for a phone that has one with this digest, or none (""); None: it needs none.

    Where it was retired the phone is told to forget the one that it has.
    """
    if known is None:
        return None
    model = in_use_lately(METHOD, now=now)
    if model is None:
        return None if known == digest_of(NO_MODEL) else NO_MODEL
    return None if known == model.digest else model.artefact


def raise_alarm(chart: Chart, written: Sequence[Finding], *, now: datetime) -> None:
    """Tell the patient at once, day or night, unless she was told of the same in the last hour.

    Quiet hours do not hold it back: a low at night is the dangerous one. After twenty minutes it
    is too late to be told.
    """
    for finding in written:
        kind = finding.detail.get("alarm") if finding.method == METHOD else ""
        if kind and not is_left_since(chart, f"{PREFIX}{kind}", now - COOL_DOWN):
            last_ms, minutes = finding.detail["last_ms"], finding.detail["alarm_minutes"]
            notices.announce_all(chart, [_saying(chart, kind, last_ms, minutes, due_at=now)])


def record_phone_alarm(chart: Chart, event: GlucoseAlarmEvent, *, now: datetime) -> None:
    """The phone told it without a network: nobody tells it again, and it stands in the record."""
    chart.need(Category.NOTICES, Deed.CHANGE)
    if event.last_reading_at > event.at + CLOCKS_DIFFER:
        raise invalid_field("last_reading_at", Code.IN_FUTURE, "The reading is later than that.")
    last_ms = ms_of(event.last_reading_at)
    saying = _saying(chart, event.kind, last_ms, event.minutes, due_at=event.at)
    notices.note_told(chart, saying, now=now)


def _saying(
    chart: Chart, kind: str, last_ms: int, minutes: int, *, due_at: datetime
) -> notices.Saying:
    return notices.Saying(
        key=alarm_key(kind, chart.patient.id, last_ms),
        due_at=due_at,
        template=f"{PREFIX}{kind}",
        values={"minutes": minutes},
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

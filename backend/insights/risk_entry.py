"""Telling what a risk needs: answers, and what was measured elsewhere, by the team or the patient.

A value of a laboratory or a tape measure is a sample like any other, of a source of its own.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from backend.agenda.actions import call_up
from backend.core.models import new_id
from backend.core.problems import FieldError, Invalid, invalid_field
from backend.core.rendering import to_json
from backend.patients.access import Chart
from backend.patients.background import record_answers
from backend.streams.actions import store_uploads
from backend.wire.problems import Code

REFRESH: Final = "insights.refresh"
BY_TEAM, BY_PATIENT = "Care team", "Patient"  # the sources' names
FARTHEST: Final = timedelta(days=366 * 10)
NOON: Final = time(12)
UNITS: Final = {  # what can be told, and in which units people have it; the usual one first
    "body_height": ("cm", "[in_i]"),
    "body_weight": ("kg", "[lb_av]"),
    "waist": ("cm", "[in_i]"),
    "systolic": ("mm[Hg]",),
    "total_cholesterol": ("mg/dL", "mmol/L"),
    "hdl_cholesterol": ("mg/dL", "mmol/L"),
    "hba1c": ("%", "mmol/mol"),
    "egfr": ("mL/min/{1.73_m2}",),
    "urine_albumin": ("mg/g", "mg/mmol"),
}
AT_HOME: Final = ("body_height", "body_weight", "waist")  # what a patient measures herself
SHOWN: Final = {
    "[in_i]": "in",
    "[lb_av]": "lb",
    "mm[Hg]": "mmHg",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}


def tell(
    chart: Chart,
    *,
    answers: Mapping[str, str],
    measured: Mapping[str, tuple[float, str]],
    day: date,
    source: str,
    now: datetime,
) -> None:
    """Keep answers, and by kind a value with its unit measured on that local day; or Invalid.

    What is told is reckoned with at once.
    """
    record_answers(chart, answers, now=now)
    if measured:
        at = _moment(chart, day, now)
        uploads = [
            _upload(kind, value, unit, source, at) for kind, (value, unit) in measured.items()
        ]
        results = store_uploads(chart, uploads, now=now).answers()
        errors = [
            FieldError(kind, problem.code, "This value cannot be right. Check it and its unit.")
            for kind, result in zip(measured, results, strict=True)
            for problem in result.problems
        ]
        if errors:
            raise Invalid(errors=errors)
    call_up(chart.patient.id, REFRESH)


def _moment(chart: Chart, day: date, now: datetime) -> datetime:
    """Noon of that day, or now if that is earlier."""
    noon = datetime.combine(day, NOON, ZoneInfo(chart.patient.zone))
    if day > now.astimezone(noon.tzinfo).date() or now - noon > FARTHEST:
        raise invalid_field("day", Code.OUT_OF_RANGE, "Choose a day of the last ten years.")
    return min(noon, now)


def _upload(kind: str, value: float, unit: str, source: str, at: datetime) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "kind": kind,
        "source": source,
        "unit": unit,
        "start": to_json(at),
        "offsets_ms": [0],
        "values": [value],
    }

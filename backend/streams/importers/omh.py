"""Open mHealth data points: a JSON list of them, one object, or one object a line.

Read are the quantities that have a kind here; a point whose effective time is an interval counts
at its start. Times without an offset are refused, as Open mHealth asks for RFC 3339.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backend.streams.importers.reading import Export, Options, Row, Sample, Unreadable, slug
from backend.wire.codec import ms_of
from backend.wire.measures import MEASURES

MOST_BYTES = 256 * 1024 * 1024
# body property, kind
BODIES = {
    "heart_rate": "heart_rate", "blood_glucose": "glucose", "step_count": "steps",
    "body_weight": "body_weight", "body_temperature": "body_temperature",
    "oxygen_saturation": "spo2", "respiratory_rate": "respiratory_rate",
    "systolic_blood_pressure": "systolic", "diastolic_blood_pressure": "diastolic",
    "rr_interval": "rr_interval", "total_sleep_time": "sleep_duration", "distance": "distance",
    "kcal_burned": "active_energy",
}  # fmt: skip
UNITS = {
    "beats/min": "/min", "breaths/min": "/min", "mmHg": "mm[Hg]", "C": "Cel", "F": "[degF]",
    "lb": "[lb_av]", "steps": "{steps}", "mi": "[mi_i]", "ft": "[ft_i]",
}  # fmt: skip


def recognises(export: Export) -> bool:
    """Whether it looks like JSON with a body and an effective time."""
    head = export.head()
    return head.lstrip()[:1] in (b"{", b"[") and b"effective_time_frame" in head


def read(export: Export, options: Options) -> Iterator[Row]:
    """Each data point; raises Unreadable."""
    with export.open() as file:
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise Unreadable("The file is too large.")
    for point in _points(text):
        yield _row(point)


def _points(text: bytes) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise Unreadable("The file is not JSON.") from None
    return found if isinstance(found, list) else [found]


def _row(point: Any) -> Row:
    body = point.get("body", point) if isinstance(point, dict) else None
    if not isinstance(body, dict):
        return Row((), "not a data point")
    at_ms = _instant_ms(body.get("effective_time_frame"))
    if at_ms is None:
        return Row((), "time not readable")
    samples, reason = [], "nothing here measures this"
    for name, kind in BODIES.items():
        if name in body:
            value, unit = _quantity(body[name], kind)
            if isinstance(value, int | float) and not isinstance(value, bool):
                samples.append(Sample(kind, unit, _source(point), at_ms, float(value)))
            else:
                reason = "not a number"
    return Row(tuple(samples), "" if samples else reason)


def _quantity(found: Any, kind: str) -> tuple[Any, str]:
    """A value with its unit; counts such as steps are written bare."""
    if isinstance(found, dict):
        unit = str(found.get("unit", ""))
        return found.get("value"), UNITS.get(unit, unit)
    return found, MEASURES[kind].unit


def _source(point: dict[str, Any]) -> str:
    header = point.get("header")
    provenance = header.get("acquisition_provenance") if isinstance(header, dict) else None
    named = provenance.get("source_name") if isinstance(provenance, dict) else None
    return slug(str(named)) if named else "open-mhealth"


def _instant_ms(frame: Any) -> int | None:
    if not isinstance(frame, dict):
        return None
    interval = frame.get("time_interval")
    inside = interval if isinstance(interval, dict) else {}
    text = frame.get("date_time") or inside.get("start_date_time")
    try:
        found = datetime.fromisoformat(str(text))
        return ms_of(found) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None

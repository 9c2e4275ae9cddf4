"""Open mHealth data points: a JSON list of them, one object, or one object a line.

Each is held against its schema. A point over an interval counts at its start, sleep at its end:
it belongs to the day of waking. Times without an offset are refused, as Open mHealth asks for
RFC 3339.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backend.streams.importers.documents import items, keys_of
from backend.streams.importers.items import (
    UNMEASURED,
    Bad,
    Clock,
    fields_of,
    finite,
    in_columns,
    judged,
    no_time,
)
from backend.streams.importers.omh_schemas import (
    CHECKS,
    Body,
    Figure,
    body_schema,
    check_header,
    hold,
)
from backend.streams.importers.reading import Export, Note, Options, Run, Sample, slug
from backend.wire.codec import ms_of
from backend.wire.measures import MEASURES

STATISTIC = "a statistic over time, not a measurement"
FRAME = "body.effective_time_frame"
LENGTHS_MS = {
    "ms": 1,
    "sec": 1000,
    "min": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "wk": 604_800_000,
}


def recognises(export: Export) -> bool:
    """Whether it looks like JSON with a body and an effective time."""
    keys = keys_of(export)
    return "effective_time_frame" in keys or {"header", "schema_id"} <= keys


def read(export: Export, options: Options) -> Iterator[Run | Note]:
    """Each data point; raises Unreadable."""
    source = options.source or "open-mhealth"
    return in_columns(
        judged(items(export), lambda point: _samples(point, source)), Clock(options.zone)
    )


def _samples(point: Any, default: str) -> list[Sample]:
    found = fields_of(point)
    header, body = None, found
    if "header" in found or "body" in found:
        header, body = found.get("header"), fields_of(found.get("body"), "body")
        hold(check_header, header, "header")
    schema = body_schema(header, body)
    if schema is None:
        raise Bad(UNMEASURED)
    hold(CHECKS[schema.name], body, "body")
    if _is_statistic(body, schema):
        raise Bad(STATISTIC)
    start_ms, end_ms = _span(body["effective_time_frame"])
    at_ms = end_ms if schema.figures[0].kind == "sleep_duration" else start_ms
    source = _source(header) or default
    return [
        _sample(body[figure.member], figure, source, at_ms)
        for figure in schema.figures
        if figure.member in body
    ]


def _is_statistic(body: dict[str, Any], schema: Body) -> bool:
    """A mean over some minutes is as good as a sample; extremes and means of totals are not."""
    told = body.get("descriptive_statistic")
    means = all(MEASURES[figure.kind].summary == "mean" for figure in schema.figures)
    return told is not None and not (told == "average" and means)


def _sample(found: Any, figure: Figure, source: str, at_ms: int) -> Sample:
    if isinstance(found, dict):
        value = finite(found["value"], f"body.{figure.member}.value")
        return Sample(figure.kind, figure.units[found["unit"]], source, at_ms, value)
    value = finite(found, f"body.{figure.member}")
    return Sample(figure.kind, MEASURES[figure.kind].unit, source, at_ms, value)


def _source(header: Any) -> str:
    provenance = header.get("acquisition_provenance") if isinstance(header, dict) else None
    return slug(provenance["source_name"]) if provenance else ""


def _span(frame: dict[str, Any]) -> tuple[int, int]:
    """When it began and ended, the same for a moment."""
    if "date_time" in frame:
        at_ms = _instant_ms(frame["date_time"])
        return at_ms, at_ms
    interval = frame["time_interval"]
    ends = {
        name: _instant_ms(interval[name])
        for name in ("start_date_time", "end_date_time")
        if name in interval
    }
    length_ms = 0
    if "duration" in interval:
        told = interval["duration"]
        length_ms = round(finite(told["value"], FRAME) * LENGTHS_MS[told["unit"]])
    start_ms = ends.get("start_date_time", ends.get("end_date_time", 0) - length_ms)
    end_ms = ends.get("end_date_time", start_ms + length_ms)
    if end_ms < start_ms:
        raise Bad(f"ends before it starts: {FRAME}")
    return start_ms, end_ms


def _instant_ms(text: str) -> int:
    try:
        return ms_of(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Bad(no_time(FRAME)) from None

"""iHealth API: blood pressure, glucose, oxygen, weight, activity and sleep.

`MDate` and the like count seconds of the wearer's wall clock since 1970, not of UTC; `TimeZone`
beside them says how far that clock was ahead. Units are told once for a list by a number, and 0
stands for what was not measured.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from backend.streams.importers.documents import items, keys_of
from backend.streams.importers.items import (
    NO_OBJECT,
    UNMEASURED,
    Bad,
    Clock,
    Placed,
    epoch_ms,
    fields_of,
    finite,
    in_columns,
    judged,
    number_of,
    text_of,
    whole_of,
)
from backend.streams.importers.reading import Export, Note, Options, Run, Sample, slug

NO_ZONE = "no such zone: TimeZone"
FURTHEST = 14  # hours from UTC
OFFSET = re.compile(r"([+-]?)(\d{1,2}):?([0-5]\d)?")


class Figure(NamedTuple):
    """A field, what it measures, and its unit: one word, or one for each number of `choice`."""

    field: str
    kind: str
    units: tuple[str, ...]
    choice: str = ""


class Kind(NamedTuple):
    """What one list holds; `pace` is added to the source's name."""

    time: str
    figures: tuple[Figure, ...]
    pace: str = ""


BEATS = Figure("HR", "heart_rate", ("/min",))
LISTS = {
    "BPDataList": Kind(
        "MDate",
        (
            Figure("HP", "systolic", ("mm[Hg]", "kPa"), "BPUnit"),
            Figure("LP", "diastolic", ("mm[Hg]", "kPa"), "BPUnit"),
            BEATS,
        ),
    ),
    "BGDataList": Kind("MDate", (Figure("BG", "glucose", ("mg/dL", "mmol/L"), "BGUnit"),), "strip"),
    "BODataList": Kind("MDate", (Figure("BO", "spo2", ("%",)), BEATS)),
    "WeightDataList": Kind(
        "MDate", (Figure("WeightValue", "body_weight", ("kg", "lb", "st"), "WeightUnit"),)
    ),
    "ARDataList": Kind(
        "MDate",
        (
            Figure("Steps", "steps", ("{steps}",)),
            Figure("DistanceTraveled", "distance", ("km", "mi"), "DistanceUnit"),
            Figure("Calories", "total_energy", ("kcal",)),
        ),
        "day",
    ),
    "SRDataList": Kind("EndTime", (Figure("HoursSlept", "sleep_duration", ("min",)),), "log"),
    "SPORTDataList": Kind("SportStartTime", ()),
}


def recognises(export: Export) -> bool:
    """Whether the members near the beginning are iHealth's."""
    return bool(keys_of(export) & LISTS.keys())


def read(export: Export, options: Options) -> Iterator[Run | Note]:
    """Each measurement."""
    clock, source = Clock(options.zone), options.source or "ihealth"
    return in_columns(_placed(export, clock, source), clock)


def _placed(export: Export, clock: Clock, source: str) -> Iterator[Placed]:
    yield from judged(_parts(export), lambda part: _samples(part, clock, source))


def _parts(export: Export) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """The items of each answer, with the name of their list and the answer around them."""
    for answer in items(export):
        if not isinstance(answer, dict):
            yield "", {}, NO_OBJECT
            continue
        known = [name for name in answer if name in LISTS]
        if not known:
            yield "", {}, answer
        for name in known:
            found = answer[name]
            for each in found if isinstance(found, list) else [found]:
                yield name, answer, each


def _samples(part: tuple[str, dict[str, Any], Any], clock: Clock, source: str) -> list[Sample]:
    name, answer, item = part
    found = fields_of(item)
    kind = LISTS.get(name)
    if kind is None or not kind.figures:
        raise Bad(UNMEASURED)
    at_ms = _at_ms(found, kind.time, clock)
    words = [source, kind.pace, slug(text_of(found, "DeviceId") or text_of(found, "mac"))]
    if text_of(found, "DataSource").lower() == "manual":
        words.append("manual")
    named = ":".join(filter(None, words))
    return [
        Sample(figure.kind, _unit(answer, figure), named, at_ms, value)
        for figure in kind.figures
        if (value := number_of(found, figure.field))
    ]


def _unit(answer: dict[str, Any], figure: Figure) -> str:
    if not figure.choice:
        return figure.units[0]
    chosen = whole_of(answer, figure.choice)
    if chosen is None or not 0 <= chosen < len(figure.units):
        raise Bad(f"unit not known: {figure.choice}")
    return figure.units[chosen]


def _at_ms(found: dict[str, Any], field: str, clock: Clock) -> int:
    local_ms = epoch_ms(found.get(field), field, per_s=1)
    offset_ms = _offset_ms(found.get("TimeZone"))
    if offset_ms is None:
        return clock.local_ms(datetime.fromtimestamp(local_ms / 1000, UTC).replace(tzinfo=None))
    return local_ms - offset_ms


def _offset_ms(told: Any) -> int | None:
    """How far ahead the clock was, from "-0800", "+05:30" or hours as a number."""
    if told is None or told == "":
        return None
    match = OFFSET.fullmatch(told.strip()) if isinstance(told, str) else None
    if match is not None:
        hours = int(match[2]) + int(match[3] or 0) / 60
        hours = -hours if match[1] == "-" else hours
    elif isinstance(told, str):
        raise Bad(NO_ZONE)
    else:
        hours = finite(told, "TimeZone")
    if abs(hours) > FURTHEST:
        raise Bad(NO_ZONE)
    return round(hours * 3_600_000)

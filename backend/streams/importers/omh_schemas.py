"""Schemas of Open mHealth and IEEE 1752 data points, in our own words and stricter.

Held to are the parts that say what was measured, when and by whom. Stricter is that each point
needs an effective time, and that units are those that have a factor here. A schema of the body is
found by its name in the header; a body alone by its first member that some schema asks for.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import fastjsonschema

from backend.streams.importers.items import Bad

Schema = dict[str, Any]
MASSES = {"kg": "kg", "g": "g", "lb": "lb"}
LENGTHS = {"m": "m", "km": "km", "cm": "cm", "mi": "mi", "ft": "ft"}
ENERGIES = {"kcal": "kcal"}
DURATIONS = {"sec": "s", "min": "min", "h": "h"}
DATE_TIME = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$",
}
RELATED = {
    "temporal_relationship_to_physical_activity": (
        "at rest", "active", "before exercise", "after exercise", "during exercise",
    ),
    "temporal_relationship_to_sleep": (
        "before sleeping", "during sleep", "on waking",
    ),
    "temporal_relationship_to_meal": (
        "fasting", "not fasting", "before meal", "after meal", "before breakfast",
        "after breakfast", "before lunch", "after lunch", "before dinner", "after dinner",
        "2 hours postprandial", "with meal", "with food",
    ),
    "descriptive_statistic": (
        "average", "maximum", "minimum", "count", "median", "standard deviation", "variance",
        "sum", "first quartile", "third quartile", "1st quartile", "2nd quartile", "3rd quartile",
        "4th quartile", "quartile range",
    ),
}  # fmt: skip

OXYGEN: Schema = {
    "type": "object",
    "required": ["value", "unit"],
    "properties": {"value": {"type": "number"}, "unit": {"enum": ["L/min"]}},
}


class Figure(NamedTuple):
    """A member of a body, what it measures, and its units in theirs and in our words."""

    member: str
    kind: str
    units: dict[str, str]
    bare: bool = False


class Body(NamedTuple):
    """What one schema's bodies hold; a total is over an interval."""

    name: str
    figures: tuple[Figure, ...]
    total: bool = False
    needs: tuple[str, ...] = ()


BODIES = (
    Body("heart-rate", (Figure("heart_rate", "heart_rate", {"beats/min": "/min"}),)),
    Body(
        "blood-glucose",
        (Figure("blood_glucose", "glucose", {"mg/dL": "mg/dL", "mmol/L": "mmol/L"}),),
    ),
    Body(
        "blood-pressure",
        (
            Figure("systolic_blood_pressure", "systolic", {"mmHg": "mm[Hg]"}),
            Figure("diastolic_blood_pressure", "diastolic", {"mmHg": "mm[Hg]"}),
        ),
        needs=("systolic_blood_pressure", "diastolic_blood_pressure"),
    ),
    Body("body-weight", (Figure("body_weight", "body_weight", MASSES),)),
    Body(
        "body-temperature",
        (Figure("body_temperature", "body_temperature", {"C": "Cel", "F": "degF", "K": "K"}),),
    ),
    Body("oxygen-saturation", (Figure("oxygen_saturation", "spo2", {"%": "%"}),)),
    Body(
        "respiratory-rate",
        (Figure("respiratory_rate", "respiratory_rate", {"breaths/min": "/min"}),),
    ),
    Body("rr-interval", (Figure("rr_interval", "rr_interval", {"ms": "ms", "sec": "s"}),)),
    Body("step-count", (Figure("step_count", "steps", {"steps": "{steps}"}, bare=True),), True),
    Body("sleep-duration", (Figure("sleep_duration", "sleep_duration", DURATIONS),), True),
    Body("total-sleep-time", (Figure("total_sleep_time", "sleep_duration", DURATIONS),), True),
    Body(
        "physical-activity",
        (
            Figure("distance", "distance", LENGTHS),
            Figure("kcal_burned", "active_energy", ENERGIES),
        ),
        needs=("activity_name",),
    ),
    Body("calories-burned", (Figure("kcal_burned", "active_energy", ENERGIES),), True),
)


def _quantity(figure: Figure) -> Schema:
    measured = {
        "type": "object",
        "required": ["value", "unit"],
        "properties": {"value": {"type": "number"}, "unit": {"enum": list(figure.units)}},
    }
    return {"anyOf": [{"type": "number"}, measured]} if figure.bare else measured


INTERVAL: Schema = {
    "type": "object",
    "properties": {
        "start_date_time": DATE_TIME,
        "end_date_time": DATE_TIME,
        "duration": {
            "type": "object",
            "required": ["value", "unit"],
            "properties": {
                "value": {"type": "number", "minimum": 0},
                "unit": {"enum": ["ms", "sec", "min", "h", "d", "wk"]},
            },
        },
    },
    "oneOf": [
        {"required": ["start_date_time", "end_date_time"], "not": {"required": ["duration"]}},
        {"required": ["start_date_time", "duration"], "not": {"required": ["end_date_time"]}},
        {"required": ["end_date_time", "duration"], "not": {"required": ["start_date_time"]}},
    ],
}


def _time_frame(total: bool) -> Schema:
    if total:
        return {
            "type": "object",
            "required": ["time_interval"],
            "properties": {"time_interval": INTERVAL},
            "not": {"required": ["date_time"]},
        }
    return {
        "type": "object",
        "properties": {"date_time": DATE_TIME, "time_interval": INTERVAL},
        "oneOf": [{"required": ["date_time"]}, {"required": ["time_interval"]}],
    }


def _body(body: Body) -> Schema:
    members = {figure.member: _quantity(figure) for figure in body.figures}
    related = {name: {"enum": list(words)} for name, words in RELATED.items()}
    return {
        "type": "object",
        "required": [
            *(body.needs or [figure.member for figure in body.figures]),
            "effective_time_frame",
        ],
        "properties": {
            **members,
            **related,
            "activity_name": {"type": "string"},
            "supplemental_oxygen_flow_rate": OXYGEN,
            "effective_time_frame": _time_frame(body.total),
        },
    }


HEADER: Schema = {
    "type": "object",
    "required": ["schema_id"],
    # IEEE 1752 names the same things otherwise.
    "if": {"required": ["uuid"]},
    "then": {"required": ["source_creation_date_time"]},
    "else": {"required": ["id", "creation_date_time"]},
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "uuid": {"type": "string", "minLength": 1},
        "creation_date_time": DATE_TIME,
        "source_creation_date_time": DATE_TIME,
        "user_id": {"type": "string"},
        "schema_id": {
            "type": "object",
            "required": ["namespace", "name", "version"],
            "properties": {
                "namespace": {"type": "string"},
                "name": {"type": "string"},
                "version": {"type": "string", "pattern": r"^\d+\.(\d+|x)"},
            },
        },
        "acquisition_provenance": {
            "type": "object",
            "required": ["source_name"],
            "properties": {
                "source_name": {"type": "string"},
                "source_creation_date_time": DATE_TIME,
                "modality": {"enum": ["sensed", "self-reported"]},
            },
        },
    },
}
Check = Callable[[Any], Any]
check_header: Check = fastjsonschema.compile(HEADER)
CHECKS: dict[str, Check] = {body.name: fastjsonschema.compile(_body(body)) for body in BODIES}
BY_NAME = {body.name: body for body in BODIES}


def body_schema(header: Any, body: dict[str, Any]) -> Body | None:
    """The schema that the header names, or that a body alone seems to follow."""
    if header is not None:
        return BY_NAME.get(header["schema_id"]["name"])
    return next(
        (
            each
            for each in BODIES
            if any(figure.member in body for figure in each.figures)
            and (each.name != "physical-activity" or "activity_name" in body)
        ),
        None,
    )


def hold(check: Check, found: Any, part: str) -> None:
    """Raises Bad with the first field that breaks the schema, never with what stands in it."""
    try:
        check(found)
    except fastjsonschema.JsonSchemaValueException as error:
        path = [part, *map(str, error.path[1:])]
        if error.rule == "required" and isinstance(error.value, dict):
            path += [name for name in error.rule_definition if name not in error.value][:1]
            raise Bad(f"missing: {'.'.join(path)}") from None
        raise Bad(f"not as its schema asks: {'.'.join(path)}") from None
